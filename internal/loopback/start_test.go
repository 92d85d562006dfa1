package loopback

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

func TestStartPageLeadsToTheProvider(t *testing.T) {
	lg := startLogin(t, Options{Wait: 90 * time.Second}, nil)
	path := strings.TrimPrefix(lg.open, lg.at.origin())
	if path == lg.open || len(path) < 32 || strings.Contains(lg.open, lg.req.State) || strings.Contains(lg.open, lg.req.Nonce) {
		t.Fatalf("expected a random address of the listener without the request, found %s", lg.open)
	}
	if status, header, _ := lg.send("GET", path, "", "Sec-Purpose", "prefetch;prerender"); status != http.StatusServiceUnavailable || header.Get("Location") != "" {
		t.Errorf("expected a prefetch to be refused, found %d", status)
	}
	status, header, page := lg.send("GET", path, "")
	address, _ := lg.req.URL()
	if status != http.StatusSeeOther || header.Get("Location") != address || page != "" {
		t.Fatalf("status %d, %v, %s", status, header, page)
	}
	if header.Get("Referrer-Policy") != "no-referrer" || header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", header)
	}
	cookie := header.Get("Set-Cookie")
	for _, want := range []string{"implicit-" + lg.at.port + "-", "; Path=/;", "; Max-Age=90;", "; HttpOnly", "; SameSite=Lax"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("expected %q in the cookie %q", want, cookie)
		}
	}
	if strings.Contains(cookie, "Secure") || strings.Contains(cookie, "Domain") || strings.Contains(cookie, "__") {
		t.Errorf("cookie %q", cookie)
	}
	if runtime.GOOS == "linux" { // an opener, a scanner, then the browser: all this user's
		if status, header, _ := lg.send("GET", path, ""); status != http.StatusSeeOther || header.Get("Set-Cookie") != cookie {
			t.Errorf("a second time: status %d, cookie %q", status, header.Get("Set-Cookie"))
		}
	}
	lg.start().completes()
	if status, header, _ := lg.send("GET", path, ""); status != http.StatusGone || header.Get("Location")+header.Get("Set-Cookie") != "" {
		t.Errorf("after the response: status %d, %v", status, header)
	}
}

// TestStartPageAnswersOnceWhereTheUserIsUnknown uses a separate address, with
// which no system tells whose connection it is.
func TestStartPageAnswersOnceWhereTheUserIsUnknown(t *testing.T) {
	lg := startLogin(t, Options{RedirectURI: "http://127.0.0.1/callback", Listen: "127.0.0.1:0"}, nil).start()
	status, header, page := lg.send("GET", strings.TrimPrefix(lg.open, lg.at.origin()), "")
	if status != http.StatusGone || header.Get("Location")+header.Get("Set-Cookie") != "" || strings.Contains(page, lg.req.State) {
		t.Errorf("status %d, %v, %s", status, header, page)
	}
	if told := lg.noticed(StartAgain); !strings.Contains(told, "a second time") {
		t.Errorf("the terminal says %q", told)
	}
	lg.completes()
}

func TestStartPageOfAPost(t *testing.T) {
	lg := startLogin(t, Options{}, func(r *implicit.Request) {
		r.Method = http.MethodPost
		r.LoginHint = `"><script>alert(1)</script>`
		r.ResponseMode = "form_post"
	})
	status, header, page := lg.send("GET", strings.TrimPrefix(lg.open, lg.at.origin()), "")
	if status != http.StatusOK || strings.Contains(page, "<script>alert") || header.Get("Set-Cookie") == "" {
		t.Fatalf("status %d, %v, page %s", status, header, page)
	}
	if csp := header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "form-action") {
		t.Errorf("policy %s", csp)
	}
	for _, want := range []string{`action="https://provider.example/authorize"`, `name="state" value="` + lg.req.State + `"`, `name="nonce" value="` + lg.req.Nonce + `"`} {
		if !strings.Contains(page, want) {
			t.Errorf("expected %s in %s", want, page)
		}
	}
	lg.completes()
}

// TestWhatEndsALogin: a valid response from any tab does; an error or an invalid
// one only from the browser that was at the start page, and else the terminal is
// told at once, once for each kind.
func TestWhatEndsALogin(t *testing.T) {
	refused := func(lg *login) string { return "error=access_denied&state=" + lg.req.State }
	invalid := func(lg *login) string { return strings.Replace(lg.answer(), "=at", "=forged", 1) }
	unreadable := func(lg *login) string { return lg.answer() + "&id_token=other" }
	for _, way := range []struct {
		name string
		send func(lg *login, response string) (int, string)
	}{
		{"fragment", func(lg *login, response string) (int, string) { return lg.relay("#" + response) }},
		{"form", (*login).form},
		{"query", func(lg *login, response string) (int, string) {
			return lg.follow(lg.send("GET", lg.at.path+"?"+response, ""))
		}},
	} {
		for _, c := range []struct {
			name     string
			response func(*login) string
			kind     Kind
			says     string
		}{
			{"error", refused, UnboundError, `"access_denied"`},
			{"invalid", invalid, UnboundInvalid, "the signature is wrong"},
			{"unreadable", unreadable, UnboundInvalid, "id_token"},
		} {
			t.Run(way.name+" "+c.name, func(t *testing.T) {
				fresh := func() *login {
					lg := startLogin(t, Options{}, func(r *implicit.Request) {
						r.ResponseMode, r.AllowQuery = way.name, way.name == "query"
						if way.name == "form" {
							r.ResponseMode = "form_post"
						}
					})
					lg.valid = func(r *implicit.Response) bool { return r.AccessToken.Reveal() == "at" }
					return lg
				}
				lg := fresh()
				for range 2 {
					if _, page := way.send(lg, c.response(lg)); !strings.Contains(page, "still waiting") {
						t.Errorf("without the cookie the page says %s", page)
					}
				}
				if told := lg.noticed(c.kind); strings.Count(told, c.says) != 1 || !strings.Contains(told, "Ctrl-C") || lg.counted(c.kind) != 2 {
					t.Errorf("the terminal says %q, counted %v", told, lg.Strays())
				}
				lg.waits()
				if way.send(lg, lg.answer()); !lg.takesTokens() {
					t.Errorf("the valid response was not taken: %v", lg.err)
				}
				lg = fresh().start()
				way.send(lg, c.response(lg))
				if resp, err := lg.ends(); err == nil && resp.Error == nil && resp.AccessToken.Reveal() == "at" {
					t.Errorf("with the cookie: found %v, %v", resp, err)
				}
			})
		}
	}
}

// takesTokens waits for the end of the login and reports whether it has the
// tokens.
func (lg *login) takesTokens() bool {
	resp, err := lg.ends()
	return err == nil && resp.AccessToken.Reveal() == "at"
}

func TestResponsesOfOtherLoginsAreReportedOnce(t *testing.T) {
	lg := startLogin(t, Options{}, nil).start()
	for range 3 {
		lg.form("access_token=x&state=other")
		lg.form("access_token=x")
		lg.relay("#error=no%1B[31m")
		lg.relay("#response=eyJh.eyJi.c")
	}
	for _, kind := range []Kind{WrongState, NoState, BareError, SignedResponse} {
		if told := lg.noticed(kind); strings.Count(told, "\n") > 4 || strings.Contains(told, "\x1b") || strings.Contains(told, "%s") {
			t.Errorf("the terminal says %q", told)
		}
	}
	lg.completes()
}

func TestNoticesCannotDriveTheTerminal(t *testing.T) {
	l := newListener(&redirectURI{scheme: "http", host: "127.0.0.1"}, Options{})
	l.count(UnboundInvalid, "certificate for \x1b]0;x\a\u202e")
	if text := (<-l.notices).String(); strings.ContainsAny(text, "\x1b\a\u202e") || !strings.Contains(text, "certificate for") {
		t.Errorf("found %q", text)
	}
}

func TestTheLastPageDeletesTheCookie(t *testing.T) {
	lg := startLogin(t, Options{}, nil).start()
	_, header, _ := lg.send("POST", lg.at.path, lg.answer())
	_, header, page := lg.send("GET", header.Get("Location"), "")
	name, _, _ := strings.Cut(lg.cookie, "=")
	if set := header.Get("Set-Cookie"); !strings.HasPrefix(set, name+"=;") || !strings.Contains(set, "Max-Age=0") || !strings.Contains(page, success.Title) {
		t.Errorf("found %q, %s", set, page)
	}
}

func TestAHandleWorksOnce(t *testing.T) {
	lg := startLogin(t, Options{}, nil)
	status, header, _ := lg.send("POST", lg.at.path, lg.answer())
	if status != http.StatusSeeOther { // a page in reply to a post would be kept with it
		t.Fatalf("status %d", status)
	}
	_, header, page := lg.send("GET", header.Get("Location"), "")
	if strings.Contains(page, "=at") || strings.Contains(page, lg.req.State) || header.Get("Location") != "" {
		t.Fatalf("expected a page with a handle alone, found %v, %s", header, page)
	}
	handle := dataOf(t, page, "token")
	if status, _, _ := lg.send("POST", lg.relayPath(), "", "Relay-Token", handle, "Origin", "https://evil.example"); status != http.StatusForbidden {
		t.Errorf("another origin: status %d", status)
	}
	status, header, _ = lg.send("POST", lg.heldPath(), "handle="+handle, "Origin", lg.at.origin()) // without JavaScript
	if status != http.StatusSeeOther {
		t.Errorf("status %d", status)
	}
	lg.send("GET", header.Get("Location"), "")
	if status, _, _ := lg.send("POST", lg.relayPath(), "", "Relay-Token", handle, "Origin", lg.at.origin()); status != http.StatusForbidden {
		t.Errorf("a second time: status %d", status)
	}
	if resp, err := lg.ends(); err != nil || resp.AccessToken.Reveal() != "at" {
		t.Errorf("found %v, %v", resp, err)
	}
}

func TestAFloodOfPageLoadsLeavesTheTabItsToken(t *testing.T) {
	lg := startLogin(t, Options{}, nil).start()
	_, _, page := lg.send("GET", lg.at.path, "")
	for range 1100 { // more than were once kept
		r := httptest.NewRequest("GET", lg.RedirectURI(), nil)
		lg.ServeHTTP(httptest.NewRecorder(), r)
	}
	status, _, path := lg.send("POST", dataOf(t, page, "to"), "#"+lg.answer(), "Relay-Token", dataOf(t, page, "token"), "Origin", lg.at.origin())
	lg.send("GET", path, "")
	if resp, err := lg.ends(); status != http.StatusOK || err != nil || resp.AccessToken.Reveal() != "at" {
		t.Errorf("status %d, %v, %v", status, resp, err)
	}
}

func TestWrap(t *testing.T) {
	var paths []string
	lg := startLogin(t, Options{Wrap: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			paths = append(paths, r.URL.Path)
			next.ServeHTTP(w, r)
		})
	}}, nil).start()
	lg.completes()
	if len(paths) != 4 { // start page, relay page, its post, last page
		t.Errorf("recorded %v", paths)
	}
}
