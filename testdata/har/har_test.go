// Package har validates the HAR files of the program by a schema that others wrote.
package har

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestFilesFollowTheSchema(t *testing.T) {
	dir := t.TempDir()
	binary := filepath.Join(dir, "implicit")
	command(t, nil, 0, "go", "build", "-C", "../..", "-o", binary, "./cmd/implicit")
	if _, err := os.Stat("node_modules/har-schema"); err != nil {
		command(t, nil, 0, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	}
	for _, run := range []struct {
		name string
		env  []string
		exit int
		args []string
	}{
		{"valid", nil, 0, []string{"login", "--userinfo"}},
		{"form post", nil, 0, []string{"login", "--response-mode", "form_post"}},
		{"pi.flow", nil, 0, []string{"login", "--response-mode", "pi.flow"}},
		{"POST", nil, 0, []string{"login", "--method", "POST"}},
		{"wrong password", []string{"IMPLICIT_PASSWORD=an unlucky guess"}, 3, []string{"login"}},
		{"no sign-on in the browser", []string{"CI="}, 6, []string{"login", "--via", "browser", "--wait", "1s"}},
	} {
		file := filepath.Join(dir, run.name+".har")
		env := append(run.env, "IMPLICIT_SANDBOX=true", "IMPLICIT_STORE=none", "HOME="+dir, "BROWSER=true")
		command(t, env, run.exit, binary, append(run.args, "--har", file)...)
		command(t, nil, 0, "node", "validate.mjs", file)
	}
}

// The validator finds what is wrong, so that its silence says something.
func TestTheSchemaIsUsed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "wrong.har")
	if err := os.WriteFile(file, []byte(`{"log":{"version":"1.2","creator":{"name":"x","version":"1"},"entries":[{"time":1}]}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := command(t, nil, 1, "node", "validate.mjs", file); !strings.Contains(out, "required") {
		t.Errorf("the validator says: %s", out)
	}
}

func command(t *testing.T, env []string, exit int, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var status *exec.ExitError
	if errors.As(err, &status) && status.ExitCode() == exit {
		err = nil
	}
	if err != nil || cmd.ProcessState.ExitCode() != exit {
		t.Fatalf("%s %q: %v, expected exit status %d\n%s", name, args, err, exit, out.String())
	}
	return out.String()
}
