package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// A recording of a login that failed says the same as the login did, but for what only
// keys and tokens show.
func TestReplayFindsTheFaultOfALogin(t *testing.T) {
	t.Parallel()
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
		if login.exit != 5 {
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

// Nothing that replay and diff print or write holds a secret of the recording, wherever
// the recording has it.
func TestReplayPrintsNoSecret(t *testing.T) {
	t.Parallel()
	const password, cookie, user = "planted-password-1", "planted-cookie-2", "planted-user-3"
	recording := `{"log":{"creator":{"name":"WebInspector","version":"1"},"entries":[
{"startedDateTime":"2026-11-25T14:00:00Z","request":{"method":"GET","url":"https://u:` + user + `@login.example.com/as/authorize?client_id=app&response_type=token&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb&scope=openid&state=planted-state-4&nonce=planted-nonce-5","headers":[{"name":"Cookie","value":"ST=` + cookie + `"},{"name":"Authorization","value":"Bearer planted-bearer-6"}]},"response":{"status":302,"headers":[{"name":"Set-Cookie","value":"ST=` + cookie + `; Path=/"}]}},
{"startedDateTime":"2026-11-25T14:00:01Z","request":{"method":"POST","url":"https://login.example.com/signon/","postData":{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"username","value":"plain"},{"name":"password","value":"` + password + `"}]}},"response":{"status":200,"content":{"mimeType":"text/html","text":"<input type=hidden value=planted-page-7>"}}},
{"startedDateTime":"2026-11-25T14:00:02Z","request":{"method":"GET","url":"https://login.example.com/as/resume"},"response":{"status":302,"redirectURL":"https://app.example.com/cb#RESPONSE"}}]}}`
	b := newBench(t)
	for what, response := range map[string]string{
		"tokens":          "access_token=planted-token-8&token_type=Bearer&state=planted-state-4",
		"another state":   "access_token=planted-token-8&token_type=Bearer&state=planted-state-9",
		"an error":        "error=access_denied&error_description=no+" + password + "+for+planted-state-4&state=planted-state-4",
		"both":            "access_token=planted-token-8&access_token=planted-token-9",
		"a token as code": "access_token=planted-token-8&error=planted-token-8",
	} {
		file, har, page := filepath.Join(b.home, "in.har"), filepath.Join(b.home, "out.har"), filepath.Join(b.home, "out.html")
		if err := os.WriteFile(file, []byte(strings.Replace(recording, "RESPONSE", response, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		printed := ""
		for _, args := range [][]string{
			{"replay", file, "--har", har, "--report", page}, {"replay", file, "-o", "json"}, {"replay", har}, {"replay", har, "-o", "json"},
			{"diff", "--all", file, har}, {"diff", "--all", "-o", "json", har, file},
		} {
			r := b.run(args...)
			printed += r.out + r.errOut
		}
		for _, name := range []string{har, page} {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			printed += string(text)
		}
		// A state that does not match is shown by its first half at most.
		printed = regexp.MustCompile(`planted…`).ReplaceAllString(printed, "")
		if at := strings.Index(printed, "planted"); at >= 0 {
			t.Errorf("%s: a secret is printed: …%s…", what, printed[max(0, at-200):min(len(printed), at+60)])
		}
	}
}

// The response that a browser received is replayed, though implicit did not receive it.
func TestReplayOfALoginInABrowser(t *testing.T) {
	t.Parallel()
	b, _ := browserBench(t, "plain")
	har := filepath.Join(b.home, "login.har")
	b.run("login", "--har", har).exits(0)
	r := b.run("replay", har, "-o", "json").exits(0)
	for _, want := range []string{`"place":"what the listener received`, `"name":"state","status":"pass"`, `"name":"nonce","status":"pass"`} {
		if !strings.Contains(r.out, want) {
			t.Errorf("no %s in %s", want, r.out)
		}
	}
}
