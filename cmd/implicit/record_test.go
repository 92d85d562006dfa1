package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// The trace shows each hop in lines of 80 columns, whatever the output, and the
// variable for pipelines asks for it too.
func TestTrace(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	for _, row := range []struct {
		debug string
		args  []string
	}{{"", []string{"login", "--trace"}}, {"trace", []string{"login", "-o", "json"}}, {"trace", []string{"token", "-q"}}} {
		r := b.set("IMPLICIT_DEBUG", row.debug).run(row.args...).exits(0)
		r.says("authorize  302 Found", "flow  200 OK", "action  200 OK", "resume  302 Found",
			"USERNAME_PASSWORD_REQUIRED", "offers", "usernamePassword.check", "cookie ST", "flowId", "alg=RS256", "sub=", "TLS 1.3", "wait ", " hops in ", "0 failed")
		for line := range strings.Lines(r.errOut) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
				t.Errorf("a line of %d columns: %s", n, line)
			}
		}
		if strings.Contains(r.errOut, "\x1b") {
			t.Error("colours without a terminal")
		}
	}
}

// It is written however the command ends, with the reason.
func TestTraceOfAFailure(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	b.set("IMPLICIT_PASSWORD", "fake not the password").run("login", "--trace").exits(3).says("action  400 Bad Request", "exit status 3")
	b.turn("wrong-nonce", true)
	b.set("IMPLICIT_PASSWORD", "fake-password-1").run("login", "--trace").exits(5).says("1 failed: nonce")
	b.turn("wrong-nonce", false)
	b.set("IMPLICIT_AUTH_URL", "https://127.0.0.1:9/0e5a11ab-1e00-4000-8000-00005a4db0c5").run("login", "--trace").exits(6).says("connection refused")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(&signalError{os.Interrupt})
	if r := b.runContext(ctx, strings.NewReader(""), "login", "--trace"); r.exit != 130 || !strings.Contains(r.errOut, "hop") {
		t.Errorf("interrupted: %d\n%s", r.exit, r.errOut)
	}
}

// With --redact-claims no one learns from the trace who signed on.
func TestTraceWithoutClaims(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().user("signs")
	sub, _ := claim(b.run("login", "-o", "json").exits(0).object(), "sub").(string)
	shown := b.run("login", "--trace", "--userinfo", "--login-hint", "signs").exits(0).says("username", "signs", sub).errOut
	hidden := b.run("login", "--trace", "--userinfo", "--login-hint", "signs", "--redact-claims", "-q").exits(0).errOut
	for _, text := range []string{sub, " signs"} {
		if !strings.Contains(shown, text) || strings.Contains(hidden, text) {
			t.Errorf("%q is hidden the wrong way round:\n%s", text, hidden)
		}
	}
}

// What a browser sends and brings back is in the trace.
func TestTraceOfABrowser(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	p := newVisitor(b, "plain")
	b.set("IMPLICIT_REDIRECT_URI", "http://127.0.0.1/callback")
	b.open = p.open
	r := b.run("login", "--via", "browser", "--trace").exits(0)
	p.wait()
	r.says("authorize, in the browser", "response, as the listener received it", "id_token", "alg=RS256")
}

// An ID that is sent can be found in PingOne's audit log; each request names us.
func TestTransactionID(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	b.run("login", "--transaction-id", "run 1").exits(2)
	b.run("login", "--transaction-id", "run-1", "--userinfo").exits(0)
	if len(b.seen.all()) == 0 {
		t.Fatal("nothing was sent")
	}
	for _, req := range b.seen.all() {
		if id, agent := req.Header.Get("X-Ping-External-Transaction-ID"), req.UserAgent(); id != "run-1" || agent != "implicit/test" {
			t.Errorf("%s: transaction %q, agent %q", req.URL.Path, id, agent)
		}
	}
}

func TestDebugVariable(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	for _, wrong := range []string{"yes", "trace:dir", "curl", "har"} {
		b.set("IMPLICIT_DEBUG", wrong).run("login").exits(2).says("IMPLICIT_DEBUG")
	}
	if n := len(b.seen.all()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
	b.set("IMPLICIT_DEBUG", "yes").run("version").exits(0) // it sends nothing
}

// No report of a run holds a secret, in any form, whatever a server does with it.
func TestReportsHoldNoSecret(t *testing.T) {
	t.Parallel()
	faults := []string{""}
	for _, s := range sandbox.Switches() {
		if name := s.Name; !slow(name) && (!testing.Short() || strings.HasPrefix(name, "bad-credentials") || strings.HasSuffix(name, ":resume")) {
			faults = append(faults, name)
		}
	}
	for _, fault := range faults {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			b := newBench(t).withSandbox(strings.Fields(fault)...).user("signs")
			dir := t.TempDir()
			var printed strings.Builder
			run := func(args ...string) ran {
				r := b.run(append(args, b.reportFlags(dir, args[0])...)...)
				printed.WriteString(r.errOut)
				printed.WriteString(textIn(t, dir))
				return r
			}
			b.set("IMPLICIT_TIMEOUT", "2s")
			run("login", "--state", "fake-state-1234", "--nonce", "fake-nonce-1234", "--param", "x=fake-param-1234")
			run("login", "--response-mode", "form_post", "--userinfo")
			run("login", "--response-mode", "pi.flow")
			if r := run("authorize", "-o", "json"); r.exit == 0 {
				id, _ := r.object()["flow_id"].(string)
				run("flow", "show", id)
				run("flow", "submit", id)
				run("resume", id)
			}
			b.set("IMPLICIT_PASSWORD", "fake not the password")
			run("login")
			b.searchReports(printed.String())
		})
	}
}

func slow(fault string) bool {
	name, _, _ := strings.Cut(fault, ":")
	return name == "endless" || name == "drip" || name == "slow" || name == "loop"
}

// A server that repeats all it was sent, in every place and encoding, brings no secret
// into a report.
func TestReportsOfAServerThatEchoes(t *testing.T) {
	t.Parallel()
	answers := map[string]func(w http.ResponseWriter, said string){
		"message": func(w http.ResponseWriter, said string) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_ = json.NewEncoder(w).Encode(map[string]any{"id": said, "code": "INVALID_DATA", "message": said, said: 1, "x": said})
		},
		"base64": func(w http.ResponseWriter, said string) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_ = json.NewEncoder(w).Encode(map[string]any{"message": base64.StdEncoding.EncodeToString([]byte(said)), "code": base64.RawURLEncoding.EncodeToString([]byte("x" + said))})
		},
		"location": func(w http.ResponseWriter, said string) {
			w.Header().Set("Location", "https://app.example.com/callback?"+url.Values{"error": {"invalid_request"}, "error_description": {said}}.Encode())
			w.WriteHeader(http.StatusFound)
		},
		"hosted error": func(w http.ResponseWriter, said string) {
			text, _ := json.Marshal(map[string]any{"code": "NOT_FOUND", "message": said})
			w.Header().Set("Location", "https://apps.example.com/x/signon/?"+url.Values{"error": {string(text)}}.Encode())
			w.WriteHeader(http.StatusFound)
		},
		"headers": func(w http.ResponseWriter, said string) {
			for _, name := range []string{"X-Echo", "Server", "Correlation-Id", "Retry-After", "Via", "Www-Authenticate"} {
				w.Header().Set(name, `Bearer error="`+url.QueryEscape(said)+`"`)
			}
			w.WriteHeader(http.StatusUnauthorized)
		},
		"page": func(w http.ResponseWriter, said string) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, "<title>%[1]s</title><script>skProps = {accessToken: %[1]q}</script><form method=post action=/x><input type=hidden name=state value=%[1]q></form>", html.EscapeString(said))
		},
		"cut at the limit": func(w http.ResponseWriter, said string) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"code":"INVALID_DATA","description":%q,"message":%q}`, strings.Repeat("a", 256<<10-30), url.QueryEscape(said))
		},
	}
	for name, answer := range answers {
		for _, path := range []string{"/as/authorize", "/flows/", "/as/resume", "/as/userinfo"} {
			t.Run(name+" "+path, func(t *testing.T) {
				if testing.Short() && name != "message" {
					t.Skip("a matrix: every place of a response in every request")
				}
				t.Parallel()
				b := newBench(t).withSandbox().user("signs")
				b.seen.answerWith(func(w http.ResponseWriter, r *http.Request, body string) bool {
					if !strings.Contains(r.URL.Path, path) || path == "/flows/" && r.Method == http.MethodGet {
						return false
					}
					query, _ := url.QueryUnescape(r.URL.RawQuery)
					answer(w, strings.Join([]string{body, query, r.Header.Get("Cookie"), r.Header.Get("Authorization")}, " & "))
					return true
				})
				dir := t.TempDir()
				r := b.run(append([]string{"login", "--userinfo", "--state", "fake-state-1234", "--nonce", "fake-nonce-1234", "--param", "x=fake-param-1234"}, b.reportFlags(dir, "login")...)...)
				b.searchReports(r.errOut + textIn(t, dir))
			})
		}
	}
}

// The password of a proxy is in no report.
func TestReportOfAProxy(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.set("HTTPS_PROXY", "http://someone:fake-proxy-1234@127.0.0.1:9").set("IMPLICIT_ENVIRONMENT_ID", sandbox.EnvironmentID).
		set("IMPLICIT_CLIENT_ID", "c").set("IMPLICIT_REDIRECT_URI", "https://app.example.com/cb").set("IMPLICIT_USERNAME", "u").set("IMPLICIT_PASSWORD", "fake-1234").set("IMPLICIT_TIMEOUT", "2s")
	dir := t.TempDir()
	r := b.run(append([]string{"login"}, b.reportFlags(dir, "login")...)...).exits(6).says("proxy 127.0.0.1:9")
	text := r.errOut + textIn(t, dir)
	for _, form := range formsOf("fake-proxy-1234", "someone:fake-proxy-1234") {
		if strings.Contains(text, form) {
			t.Errorf("it holds %s:\n%s", form, text)
		}
	}
}
