package main

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// A recording of a login that failed says the same as the login did, but for what only
// keys and tokens can tell.
func TestReplayFindsTheFaultOfALogin(t *testing.T) {
	if testing.Short() {
		t.Skip("a matrix: every fault of a response or a token")
	}
	cryptographic := regexp.MustCompile(`^validation failed: (access_token\.)?(signature|at_hash|key):`)
	b := newBench(t).withSandbox()
	har := filepath.Join(b.home, "login.har")
	for _, s := range sandbox.Switches() {
		if s.Group != "fault" || len(s.Legs) > 0 {
			continue
		}
		if err := b.srv.Set(s.Name, true); err != nil {
			t.Fatal(err)
		}
		login := b.run("login", "-o", "json", "--har", har)
		if err := b.srv.Set(s.Name, false); err != nil {
			t.Fatal(err)
		}
		if login.exit != 5 || s.Name == "alg-none" { // without a signature, only the fingerprint of a token is recorded
			continue
		}
		got, want := b.run("replay", har, "-o", "json"), messageOf(t, login)
		switch {
		case cryptographic.MatchString(want):
			if got.exit != 0 {
				t.Errorf("%s: login: %s; replay: exit %d, %s", s.Name, want, got.exit, got.errOut)
			}
		case got.exit != 5 || messageOf(t, got) != want:
			t.Errorf("%s: login: %s; replay: exit %d, %s", s.Name, want, got.exit, got.errOut)
		}
	}
}

// messageOf is the message of the error object, without what follows the check's words.
func messageOf(t *testing.T, r ran) string {
	t.Helper()
	var object struct{ Error struct{ Message string } }
	if err := json.Unmarshal([]byte(r.errOut), &object); err != nil {
		t.Fatalf("%v in %s", err, r.errOut)
	}
	message, _, _ := strings.Cut(object.Error.Message, ";")
	return message
}
