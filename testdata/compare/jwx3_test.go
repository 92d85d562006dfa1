package compare

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/lestrrat-go/jwx/v3/jws" // so that go.mod keeps it
)

// TestVersion3OfJWX runs the tests of pkg/implicit with testdata/jwx.go in the place
// of its one file that uses jwx: version 3 can take over from version 2 at any time.
func TestVersion3OfJWX(t *testing.T) {
	const verifier = "github.com/implicit-cli/implicit/pkg/implicit"
	overlay := map[string]map[string]string{"Replace": {absolute(t, "../../pkg/implicit/jwx.go"): absolute(t, "testdata/jwx.go")}}
	text, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	built := goTool(t, "list", "-overlay", file, "-deps", verifier)
	if strings.Contains(built, "/jwx/v2/") || !strings.Contains(built, "/jwx/v3/jws\n") {
		t.Errorf("expected version 3 alone in:\n%s", built)
	}
	goTool(t, "test", "-overlay", file, "-short", verifier)
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func goTool(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("go", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("go %q: %v\n%s", args, err, out)
	}
	return string(out)
}
