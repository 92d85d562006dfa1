// Package wycheproof runs the JSON web signature and key vectors of C2SP's
// Wycheproof against the verifier. It is a module of its own: the vectors are
// large, and nothing of them belongs in the program's go.mod.
package wycheproof

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	vectors "github.com/c2sp/wycheproof"
)

// TestWycheproof hands the vectors to the test of the same name in pkg/implicit,
// which sees what the package does not export.
func TestWycheproof(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"json_web_signature_test.json", "json_web_key_test.json"} {
		text, err := fs.ReadFile(vectors.TestVectors, name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	test := exec.Command("go", "test", "-count=1", "-v", "-run", "^TestWycheproof$", "./pkg/implicit")
	test.Dir = filepath.Join("..", "..")
	test.Env = append(os.Environ(), "IMPLICIT_WYCHEPROOF="+dir)
	out, err := test.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}
