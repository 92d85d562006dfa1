package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// redirectWith answers the leg of that path with parameters in the fragment of
// the redirect URI, and the request's state.
func (b *bench) redirectWith(path, parameters string) {
	state := ""
	b.seen.answerWith(func(w http.ResponseWriter, r *http.Request, _ string) bool {
		if s := r.URL.Query().Get("state"); s != "" {
			state = s
		}
		if !strings.HasSuffix(r.URL.Path, path) {
			return false
		}
		w.Header().Set("Location", b.env["IMPLICIT_REDIRECT_URI"]+"#"+parameters+"&state="+url.QueryEscape(state))
		w.WriteHeader(http.StatusFound)
		return true
	})
}

// A 503 and a 500 that a redirect cannot carry: RFC 6749 section 4.2.2.1.
func TestErrorsThatPass(t *testing.T) {
	t.Parallel()
	for code, exit := range map[string]int{"temporarily_unavailable": 6, "server_error": 6, "invalid_scope": 3} {
		b := newBench(t).withSandbox()
		for _, path := range []string{"/as/authorize", "/as/resume"} {
			b.redirectWith(path, "error="+code)
			for _, args := range [][]string{{"login"}, {"login", "-o", "json"}, {"token"}, {"exec", "--", "true"}} {
				b.run(args...).exits(exit).says(code)
			}
		}
		id := b.openFlow()
		b.run("resume", id).exits(exit).says(code)
		b.redirectWith("/as/authorize", "error="+code)
		b.run("authorize").exits(exit).says(code)
		b.run("parse", b.env["IMPLICIT_REDIRECT_URI"]+"#error="+code).exits(3)
		// with a token the response contradicts itself
		for _, args := range [][]string{{"login"}, {"token"}, {"exec", "--", "true"}, {"authorize"}} {
			b.redirectWith("/as/authorize", "access_token=at&token_type=Bearer&error="+code)
			b.run(args...).exits(3).says(code)
		}
	}
}

// openFlow signs on step by step, up to resume.
func (b *bench) openFlow() (id string) {
	b.t.Helper()
	id, _ = b.run("authorize", "-o", "json").exits(0).object()["flow_id"].(string)
	b.run("flow", "submit", id).exits(0)
	return id
}

func TestErrorsThatPassAtRenewal(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().set("IMPLICIT_STORE", "file")
	b.run("login").exits(0)
	stored := strings.TrimSpace(b.run("token").exits(0).out)
	for code, exit := range map[string]int{"temporarily_unavailable": 6, "server_error": 6, "invalid_scope": 3} {
		b.redirectWith("/as/authorize", "error="+code)
		b.run("token", "--min-ttl", "2h").exits(exit).says(code)
		if now := strings.TrimSpace(b.run("token").exits(0).out); now != stored {
			t.Errorf("%s: the stored token is lost", code)
		}
	}
	b.redirectWith("/as/authorize", "access_token=at&error=server_error")
	b.run("token", "--min-ttl", "2h").exits(3)
}

// Nothing waits behind a 101, whichever call is answered so. It is HTTP/1.1's
// alone.
func TestSwitchingProtocols(t *testing.T) {
	t.Parallel()
	pingOne, err := sandbox.New(sandbox.Options{Keys: sandbox.SharedKeys()})
	if err != nil {
		t.Fatal(err)
	}
	for _, leg := range []string{"GET /as/authorize", "GET /flows/", "POST /flows/", "GET /as/resume", "GET /as/jwks"} {
		method, path, _ := strings.Cut(leg, " ")
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != method || !strings.Contains(r.URL.Path, path) {
				pingOne.ServeHTTP(w, r)
				return
			}
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(func() { conn.Close() })
			fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
		}))
		t.Cleanup(srv.Close)
		settings := pingOne.Settings()
		b := newBench(t)
		for name, value := range map[string]string{
			"IMPLICIT_AUTH_URL": srv.URL + "/" + settings.EnvironmentID, "IMPLICIT_CLIENT_ID": settings.ClientID, "IMPLICIT_STORE": "none",
			"IMPLICIT_REDIRECT_URI": "https://app.example.com/callback", "IMPLICIT_USERNAME": settings.Users[0].Username,
			"IMPLICIT_PASSWORD": settings.Users[0].Password, "IMPLICIT_TIMEOUT": "60s",
		} {
			b.set(name, value)
		}
		began := time.Now()
		b.run("login").exits(3).says("101", "expected a final answer")
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s: it took %s", leg, took)
		}
	}
}

// Cookies that do not fit into a session are left out, and that is said.
func TestCookiesThatDoNotFit(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	b.seen.answerWith(func(w http.ResponseWriter, _ *http.Request, _ string) bool {
		for _, name := range []string{"first", "second"} {
			w.Header().Add("Set-Cookie", name+"="+strings.Repeat("x", 4000))
		}
		w.Header().Set("Location", b.env["IMPLICIT_AUTH_URL"]+"/signon/?flowId=f-1")
		w.WriteHeader(http.StatusFound)
		return true
	})
	b.run("authorize").exits(0).says("warning: the server sets more cookies than are sent back", "second")
}

func TestCookiesThatDoNotFitLater(t *testing.T) {
	t.Parallel()
	b, c := tokenBench(t)
	b.run("login").exits(0)
	var open struct {
		FlowID string `json:"flow_id"`
	}
	if err := json.Unmarshal([]byte(b.run("authorize", "-o", "json").exits(0).out), &open); err != nil {
		t.Fatal(err)
	}
	b.run("flow", "submit", open.FlowID).exits(0)
	b.seen.answerWith(func(w http.ResponseWriter, _ *http.Request, _ string) bool {
		for _, name := range []string{"first", "second"} {
			w.Header().Add("Set-Cookie", name+"="+strings.Repeat("x", 4000))
		}
		return false
	})
	const said = "warning: the server sets more cookies than are sent back"
	b.run("resume", open.FlowID).exits(0).says(said)
	c.forward(2 * time.Hour)
	b.withoutPassword().run("token").exits(0).says(said)
}
