package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// Scripts run the program as its own process, as a shell does. In addition to
// testscript's commands they have:
//
//	exits STATUS PROGRAM ARGS…   fails unless the program ends with that status
//	sandbox [SWITCH…]            starts a sandbox and sets the variables for it
//	setenv NAME PATTERN          sets a variable to what the pattern's group matches in the last stdout
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, scripts("script"))
}

// scripts are those in a directory of testdata.
func scripts(dir string) testscript.Params {
	return testscript.Params{
		Dir:                 filepath.Join("..", "..", "testdata", dir),
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Vars = append(env.Vars, quick)
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("USERPROFILE", env.WorkDir) // Windows
			env.Setenv("IMPLICIT_STORE", "file")
			recordings, err := filepath.Abs(filepath.Join("..", "..", "testdata", "recordings"))
			if err != nil {
				return err
			}
			env.Setenv("RECORDINGS", recordings)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": scriptExits, "sandbox": scriptSandbox, "setenv": scriptSetenv},
	}
}

func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS PROGRAM ARGS…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, expected %d", got, want)
	}
}

func scriptSandbox(ts *testscript.TestScript, _ bool, args []string) {
	srv, err := sandbox.Start(context.Background(), sandbox.Options{Keys: sandbox.SharedKeys(), Switches: args}, sandbox.ListenOptions{})
	ts.Check(err)
	ts.Defer(func() { _ = srv.Close() })
	for name, value := range settingsOf(srv, ts.MkAbs("ca.pem")) {
		ts.Setenv(name, value)
	}
	ts.Check(os.WriteFile(ts.MkAbs("ca.pem"), srv.CACert, 0o600))
}

func scriptSetenv(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: setenv NAME PATTERN")
	}
	found := regexp.MustCompile("(?m)" + args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(found) != 2 {
		ts.Fatalf("expected one group of %s in:\n%s", args[1], ts.ReadFile("stdout"))
	}
	ts.Setenv(args[0], found[1])
}

// settingsOf are the variables that point at a sandbox's first application and
// user.
func settingsOf(srv *sandbox.Server, ca string) map[string]string {
	settings := srv.Settings()
	return map[string]string{
		"IMPLICIT_AUTH_URL": settings.AuthURL, "IMPLICIT_CLIENT_ID": settings.ClientID, "IMPLICIT_REDIRECT_URI": "https://app.example.com/callback",
		"IMPLICIT_CA_CERT": ca, "IMPLICIT_USERNAME": settings.Users[0].Username, "IMPLICIT_PASSWORD": settings.Users[0].Password,
	}
}
