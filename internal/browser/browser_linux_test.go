package browser

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestOpenRunsTheProgram runs the real thing, a program that notes its arguments
// and its environment, and prints what openers do.
func TestOpenRunsTheProgram(t *testing.T) {
	dir := t.TempDir()
	program, notes := filepath.Join(dir, "xdg-open"), filepath.Join(dir, "notes")
	script := "#!/bin/sh\necho \"$# $1\" >" + notes + "\n/usr/bin/env >>" + notes + "\necho noise; echo noise >&2\n"
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	t.Setenv("LANG", "a language")
	for _, browser := range []string{"", program, program + " %s"} {
		secrets := []string{"IMPLICIT_PASSWORD", "IMPLICIT_SESSION_TOKEN", "IMPLICIT_TOTP_SECRET", "IMPLICIT_ID_TOKEN_HINT"}
		for _, name := range secrets {
			t.Setenv(name, "a secret")
		}
		var err error
		printed := outputOf(t, func() {
			host := Host{"linux", func(name string) string { return map[string]string{"BROWSER": browser}[name] }, exec.LookPath}
			err = New(host).Open(t.Context(), opened)
		})
		if err != nil || printed != "" {
			t.Errorf("BROWSER=%q: printed %q, error %v", browser, printed, err)
		}
		said, err := os.ReadFile(notes)
		if err != nil || !strings.HasPrefix(string(said), "1 "+opened+"\n") || !strings.Contains(string(said), "LANG=a language") {
			t.Errorf("BROWSER=%q: the browser got %q, %v", browser, said, err)
		}
		for _, name := range secrets {
			if strings.Contains(string(said), name) {
				t.Errorf("BROWSER=%q: the browser gets %s", browser, name)
			}
		}
	}
}

// outputOf returns what run prints on this process's streams.
func outputOf(t *testing.T, run func()) string {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	out, errOut := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = file, file
	defer func() { os.Stdout, os.Stderr = out, errOut }()
	run()
	printed, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(printed)
}
