package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A whole run leaves no password, cookie, token or passcode anywhere but where
// the contract allows it: the flow's own file until resume, and -o json of a
// result that is valid.
func TestNothingSecretIsLeftBehind(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a matrix: eight faults in every response mode")
	}
	b := newBench(t).withSandbox().user("signs")
	for _, fault := range []string{"", "wrong-nonce", "bad-credentials-error-object", "html-502:resume", "truncated:resume", "duplicate-parameter", "foreign-resume-url", "errors-as-html"} {
		for _, mode := range []string{"fragment", "form_post", "pi.flow"} {
			t.Run(fault+" "+mode, func(t *testing.T) {
				b.on(t).seen.reset()
				if fault != "" {
					b.turn(fault, true)
					defer b.turn(fault, false)
				}
				defer b.set("IMPLICIT_PASSWORD", b.env["IMPLICIT_PASSWORD"])
				var printed strings.Builder
				run := func(args ...string) ran {
					r := b.run(args...)
					printed.WriteString(r.out + r.errOut)
					return r
				}
				run("login", "--response-mode", mode)
				run("login", "--response-mode", mode, "--userinfo")
				if r := run("authorize", "--response-mode", mode, "-o", "json"); r.exit == 0 {
					id, _ := r.object()["flow_id"].(string)
					run("flow", "show", id)
					run("flow", "submit", id)
					run("resume", id)
				}
				b.set("IMPLICIT_PASSWORD", "fake not the password")
				run("login", "--response-mode", mode, "-o", "json")
				run("config", "show")
				b.searchFor(printed.String())
			})
		}
	}
}

var jwt = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{20,}\.`)

// searchFor looks for secrets in what was printed and in every file.
func (b *bench) searchFor(printed string) {
	b.t.Helper()
	secrets := map[string]bool{"fake +&=": true, `fake +\u0026=`: true, "fake not the password": true, "fake%20": true, "fake+%2B": true}
	for _, req := range b.seen.all() {
		for _, c := range req.Cookies() {
			secrets[c.Value] = true
		}
	}
	look := func(where, text string, cookies bool) {
		for secret := range secrets {
			if strings.Contains(text, secret) && (cookies || strings.Contains(secret, "fake")) {
				b.t.Errorf("%s holds the secret %.12s…:\n%.600s", where, secret, text)
			}
		}
		if found := jwt.FindString(text); found != "" {
			b.t.Errorf("%s holds a token: %.24s…", where, found)
		}
	}
	look("the output", printed, true)
	for path := range b.files() {
		data, err := os.ReadFile(path)
		if err != nil {
			b.t.Fatal(err)
		}
		inFlow := filepath.Base(filepath.Dir(path)) == "flows" // its cookies wait there for resume
		look(path, string(data), !inFlow)
	}
}

// JSON of a valid login has the tokens, and neither a cookie nor a password.
func TestValidResultHoldsTokensAndNothingElse(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	r := b.run("login", "-o", "json").exits(0)
	if !jwt.MatchString(r.out) || r.errOut != "" {
		t.Errorf("standard output: %s\nstandard error: %s", r.out, r.errOut)
	}
	for _, secret := range []string{b.cookie("ST"), b.env["IMPLICIT_PASSWORD"]} {
		if strings.Contains(r.out, secret) {
			t.Errorf("it holds %.12s…", secret)
		}
	}
}
