package main

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A server may send the same refusal in any of these forms.
var shapes = []string{"", "errors-as-json", "errors-as-oauth-json", "errors-hosted", "errors-in-query"}

// correlated finds the Correlation ID at the end of an error.
var correlated = regexp.MustCompile(`\(Correlation ID: [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\)`)

// refused checks what a person sees: one line that says which, with the
// Correlation ID, and a hint that names what to change.
func (r ran) refused(status int, says, hint string) {
	r.t.Helper()
	r.exits(status).says("implicit: error: ", says, "implicit: hint: ", hint)
	lines := strings.Split(strings.TrimSpace(r.errOut), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "implicit: error: ") || !strings.HasPrefix(lines[1], "implicit: hint: ") {
		r.t.Fatalf("expected an error and a hint, a line each:\n%s", r.errOut)
	}
	if !correlated.MatchString(lines[0]) {
		r.t.Fatalf("the error lacks the Correlation ID:\n%s", r.errOut)
	}
	if r.out != "" {
		r.t.Fatalf("standard output:\n%s", r.out)
	}
}

// PingOne's answers to wrong credentials differ; none is tried again.
func TestWrongPassword(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	users := []string{"plain", "signs", "totp", "sms", "push", "staff"} // the fifth failure would lock one out
	tries := 0
	for _, variant := range []string{"", "bad-credentials-code", "bad-credentials-password", "bad-credentials-200",
		"bad-credentials-error-object", "action-errors-403", "inner-error-lower-case", "vendor-media-type"} {
		for _, mode := range []string{"fragment", "pi.flow"} {
			t.Run(variant+" "+mode, func(t *testing.T) {
				b.on(t).seen.reset()
				if variant != "" {
					b.turn(variant, true)
					defer b.turn(variant, false)
				}
				tries++
				b.user(users[tries%len(users)]).set("IMPLICIT_PASSWORD", "not-the-password")
				b.run("login", "--response-mode", mode).refused(3, "wrong user name or password", "look at the user in the console")
				tried := 0
				for _, req := range b.seen.all() {
					if req.Method == http.MethodPost {
						tried++
					}
				}
				if tried != 1 {
					t.Errorf("the password was sent %d times", tried)
				}
			})
		}
	}
}

func TestUsersWhoCannotSignOn(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox("no-password-code")
	b.user("locked").run("login").refused(3, "locked out until", "unlock the user")
	b.user("no-password").set("IMPLICIT_PASSWORD", "any-password").run("login").refused(3, "no password", "Reset Password")
	b.user("disabled").run("login").refused(3, "wrong user name or password", "enabled")
}

func TestLockoutAfterFiveFailures(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox("bad-credentials-password")
	right := b.env["IMPLICIT_PASSWORD"]
	b.set("IMPLICIT_PASSWORD", "not-the-password")
	for range 5 {
		b.run("login").exits(3)
	}
	b.set("IMPLICIT_PASSWORD", right).run("login").refused(3, "locked out until", "wait")
}

// Exit status and hint do not depend on the form of a refusal.
func TestRefusedRequests(t *testing.T) {
	t.Parallel()
	const unregistered = "https://other.example.com/callback"
	grant := "enable the grant type Implicit and the response types"
	rows := []struct {
		name        string
		application string
		args        []string
		status      int
		says, hint  string
	}{
		{"redirect URI is not registered", "01", []string{"--redirect-uri", unregistered}, 3, "redirect URI", "register exactly " + unregistered},
		{"scope is not granted", "01", []string{"--scope", "nothing:here"}, 3, "At least one scope must be granted", "Resources tab"},
		{"scopes of two resources", "08", []string{"--scope", "openid orders:read invoices:read"}, 3, "multiple resources", "one resource at a time"},
		{"response type is off", "02", nil, 3, "nsupported response type", grant},
		{"grant is off", "04", nil, 3, "nsupported response type", grant},
		{"group is another", "07", nil, 3, "may access the application", "Access tab"},
		{"policy is not assigned", "01", []string{"--acr-values", "Identifier_First"}, 3, "acr_values", "Policies tab"},
		{"pushed request is demanded", "22", nil, 3, "pushed authorization requests", "pushed authorization requests"},
	}
	b := newBench(t).withSandbox()
	for _, shape := range shapes {
		if shape != "" {
			b.turn(shape, true)
		}
		for _, mode := range []string{"fragment", "form_post", "pi.flow"} {
			for _, row := range rows {
				t.Run(row.name+" "+shape+" "+mode, func(t *testing.T) {
					b.on(t).application(row.application)
					b.run(append([]string{"login", "--response-mode", mode}, row.args...)...).refused(row.status, row.says, row.hint)
				})
			}
		}
		if shape != "" {
			b.turn(shape, false)
		}
	}
}

func TestUnknownApplication(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	for _, shape := range []string{"", "unknown-client-json"} {
		if shape != "" {
			b.turn(shape, true)
		}
		b.set("IMPLICIT_CLIENT_ID", "c11e0000-0000-4000-8000-999999999999")
		b.run("login").refused(3, "NOT_FOUND", "client ID, environment ID and region belong together")
		b.application("05").run("login").refused(3, "NOT_FOUND", "the application is enabled")
	}
}

func TestUnknownEnvironment(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	b.set("IMPLICIT_AUTH_URL", strings.Replace(b.env["IMPLICIT_AUTH_URL"], "0e5a11ab", "11111111", 1))
	b.run("login").refused(3, "NOT_FOUND", "environment ID")
}

// A provider that wants a person is exit status 4, in whatever shape it says so
// with a code.
func TestPromptNoneWithoutSession(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	for _, shape := range []string{"", "errors-as-oauth-json", "errors-hosted", "errors-in-query"} {
		if shape != "" {
			b.turn(shape, true)
		}
		for _, mode := range []string{"fragment", "form_post", "pi.flow"} {
			r := b.run("login", "--prompt", "none", "--response-mode", mode)
			if r.exit != 4 || !strings.Contains(r.errOut, "implicit: hint: run implicit login") {
				t.Errorf("%s %s: exit status %d: %s", shape, mode, r.exit, r.errOut)
			}
		}
		if shape != "" {
			b.turn(shape, false)
		}
	}
}

func TestFlowExpiresByTheClock(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	b.now = func() time.Time { return now }
	b.withSandboxClock()
	id := b.authorized()
	now = now.Add(14 * time.Minute)
	b.run("flow", "show", id).exits(0)
	now = now.Add(14 * time.Minute) // sliding: the call before prolonged it
	b.run("flow", "show", id).exits(0)
	now = now.Add(16 * time.Minute)
	b.run("flow", "show", id).refused(3, "unknown or expired", "sign on again")
}

// Errors are one object on standard error where JSON was asked for.
func TestErrorsAsJSON(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	type errorObject struct {
		Error struct {
			Kind, Code, Message, Hint string
			Exit                      int
			CorrelationID             string `json:"correlation_id"`
			Warnings                  []any
		}
	}
	rows := []struct {
		name       string
		args       []string
		kind, code string
		exit       int
		correlated bool
	}{
		{"scope", []string{"--scope", "nothing:here"}, "refused", "invalid_scope", 3, true},
		{"login_required", []string{"--prompt", "none"}, "person_needed", "login_required", 4, true},
		{"wrong setting", []string{"--region", "XX", "--environment-id", "x"}, "usage", "", 2, false},
		{"unknown flag", []string{"--nonsense"}, "usage", "", 2, false},
	}
	for _, row := range rows {
		r := b.run(append([]string{"login", "-o", "json"}, row.args...)...).exits(row.exit)
		var got errorObject
		dec := json.NewDecoder(strings.NewReader(r.errOut))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&got); err != nil || dec.More() {
			t.Fatalf("%s: standard error is not one JSON object (%v):\n%s", row.name, err, r.errOut)
		}
		e := got.Error
		if e.Kind != row.kind || e.Code != row.code || e.Exit != row.exit || e.Message == "" || (e.CorrelationID != "") != row.correlated {
			t.Errorf("%s: %+v", row.name, e)
		}
		if r.out != "" {
			t.Errorf("%s: standard output: %s", row.name, r.out)
		}
	}
}

// on runs the commands that follow for another test.
func (b *bench) on(t *testing.T) *bench {
	before := b.t
	t.Cleanup(func() { b.t = before })
	b.t = t
	return b
}
