//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A password manager is asked when the sign-on asks, once, and never for a stored
// token.
func TestPasswordCommand(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().user("plain")
	password := b.env["IMPLICIT_PASSWORD"]
	b.set("IMPLICIT_PASSWORD", "")
	b.change = anyProgram
	calls := filepath.Join(t.TempDir(), "calls")
	script := `/bin/sh -c "echo x >>'` + calls + `'; echo unlock >&2; echo '` + password + `'; echo user: plain"`
	b.set("IMPLICIT_PASSWORD_COMMAND", script).set("IMPLICIT_STORE", "file")
	b.run("login").exits(0).says("/bin/sh: unlock")
	b.run("token").exits(0)
	if data, err := os.ReadFile(calls); err != nil || strings.Count(string(data), "x") != 1 {
		t.Errorf("the command ran another number of times than once: %q, %v", data, err)
	}
}

func TestPasswordCommandFails(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().user("plain")
	b.set("IMPLICIT_PASSWORD", "")
	b.change = anyProgram
	for command, says := range map[string]string{
		`/bin/sh -c "echo not the password; exit 3"`: "exit status 3", "true": "printed no password",
	} {
		b.run("login", "--password-command", command).exits(4).says("--password-command", says)
	}
	b.run("login", "--password-command", "true", "--password-file", "x").exits(2).says("cannot be used together")
	r := b.run("login", "--password-command", "echo wrong-password-1").exits(3)
	if strings.Contains(r.errOut, "wrong-password-1") {
		t.Errorf("the password is on standard error: %s", r.errOut)
	}
	b.change = nil
	b.run("login", "--password-command", "no-such-program").exits(2).says("no program")
}

// An ID token hint is no argument: it is in a file, a variable or standard input.
func TestIDTokenHint(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().user("plain")
	hint := "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln"
	r := b.run("authorize", "--dry-run", "--id-token-hint", hint).exits(2).says("found a token")
	if strings.Contains(r.errOut, hint) {
		t.Errorf("it is printed: %s", r.errOut)
	}
	file := filepath.Join(t.TempDir(), "hint")
	if err := os.WriteFile(file, []byte(hint+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.run("authorize", "--dry-run", "--show-secrets", "--id-token-hint", file).exits(0)
	b.run("authorize", "--dry-run", "--id-token-hint", filepath.Join(t.TempDir(), "none")).exits(2)
}

// TestColor: the refusal of colours wins, then the wish for them, then the terminal.
func TestColor(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		env      string
		terminal bool
		want     bool
	}{
		{"", true, true}, {"", false, false}, {"TERM=dumb", true, false}, {"CLICOLOR=0", true, false},
		{"CLICOLOR_FORCE=1", false, true}, {"CLICOLOR_FORCE=0", false, false}, {"FORCE_COLOR=1", false, true}, {"FORCE_COLOR=0", true, false},
		{"NO_COLOR=1 FORCE_COLOR=1", true, false}, {"CLICOLOR=0 CLICOLOR_FORCE=1", false, true},
	} {
		a := &app{getenv: func(name string) string {
			for _, pair := range strings.Fields(row.env) {
				if key, value, _ := strings.Cut(pair, "="); key == name {
					return value
				}
			}
			return ""
		}}
		if got := a.color(row.terminal); got != row.want {
			t.Errorf("%q, terminal %v: got %v", row.env, row.terminal, got)
		}
	}
}
