package main

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// PingOne's addresses are known: discovery is never asked for, here it cannot
// even be reached.
func TestEveryCombinationWorksWithoutDiscovery(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox("reset:discovery")
	for _, method := range []string{"GET", "POST"} {
		for _, kinds := range []string{"token", "id_token", "token id_token", "id_token token"} {
			for _, mode := range []string{"fragment", "form_post", "pi.flow"} {
				b.seen.reset()
				out := b.run("login", "-o", "json", "--method", method, "--response-type", kinds, "--response-mode", mode).exits(0).object()
				name := method + " " + kinds + " " + mode
				if out["valid"] != true {
					t.Errorf("%s: valid is %v", name, out["valid"])
				}
				for field, kind := range map[string]string{"access_token": "token", "id_token": "id_token"} {
					_, came := out[field]
					if wanted := slices.Contains(strings.Fields(kinds), kind); came != wanted {
						t.Errorf("%s: %s received: %v, requested: %v", name, field, came, wanted)
					}
				}
				if first := b.seen.lines()[0]; first != method+" /as/authorize" {
					t.Errorf("%s: the first request was %s", name, first)
				}
			}
		}
	}
	if n := b.seen.count("/.well-known/openid-configuration"); n != 0 {
		t.Errorf("discovery was asked for %d times", n)
	}
}

func TestResponseTypeIsSentAsWritten(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	for _, kinds := range []string{"token id_token", "id_token token"} {
		for _, method := range []string{"GET", "POST"} {
			b.seen.reset()
			b.run("login", "--response-type", kinds, "--method", method).exits(0)
			req, body := b.seen.first("/as/authorize")
			sent := req.URL.RawQuery + body
			space := map[string]string{"GET": "%20", "POST": "+"}[method]
			if want := "response_type=" + strings.ReplaceAll(kinds, " ", space); !strings.Contains(sent, want) {
				t.Errorf("%s: expected %s in %s", method, want, sent)
			}
			if method == "POST" && (req.URL.RawQuery != "" || req.Header.Get("Content-Type") != "application/x-www-form-urlencoded") {
				t.Errorf("POST: query %q, Content-Type %q", req.URL.RawQuery, req.Header.Get("Content-Type"))
			}
		}
	}
}

func TestRequestsOnTheCriticalPath(t *testing.T) {
	t.Parallel()
	redirect := []string{"GET /as/authorize", "GET /flows", "POST /flows", "GET /as/resume"}
	rows := []struct {
		name     string
		mode     string
		switches []string
		want     []string
	}{
		{"fragment", "fragment", nil, redirect},
		{"form post", "form_post", nil, redirect},
		{"pi.flow", "pi.flow", nil, []string{"GET /as/authorize", "POST /flows", "GET /as/resume"}},
		{"pi.flow with the answer inline", "pi.flow", []string{"inline-response"}, []string{"GET /as/authorize", "POST /flows"}},
		{"pi.flow with half the answer inline", "pi.flow", []string{"partial-inline-response"}, []string{"GET /as/authorize", "POST /flows", "GET /as/resume"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t).withSandbox(row.switches...)
			b.run("login", "--response-mode", row.mode).exits(0)
			if got := b.seen.lines(); !slices.Equal(got, row.want) {
				t.Errorf("sent %q, expected %q", got, row.want)
			}
			if n := b.seen.count("/as/jwks"); n != 1 {
				t.Errorf("the keys were fetched %d times", n)
			}
			if n := len(b.seen.conns); n != 1 {
				t.Errorf("%d connections carried the path", n)
			}
		})
	}
}

func TestKeysAreFetchedOnceForManyLogins(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	for range 3 {
		b.run("login").exits(0)
	}
	if n := b.seen.count("/as/jwks"); n != 1 {
		t.Errorf("the keys were fetched %d times for three logins", n)
	}
	if err := b.srv.Rotate(); err != nil {
		t.Fatal(err)
	}
	b.run("login").exits(0) // the NEXT key was in the cached set already
	if err := b.srv.Rotate(); err != nil {
		t.Fatal(err)
	}
	b.run("login").exits(0)
	if n := b.seen.count("/as/jwks"); n != 2 {
		t.Errorf("the keys were fetched %d times, expected once more after the second rotation", n)
	}
}

// Keys that were fetched under one CA file are not used without it.
func TestCachedKeysNeedTheirCA(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	token, _, nonce, _, _ := b.signedOn()
	b.run("verify", "--nonce", nonce, token).exits(0)
	ca := b.env["IMPLICIT_CA_CERT"]
	b.set("IMPLICIT_CA_CERT", "").run("verify", "--nonce", nonce, token).exits(6).says("certificate")
	b.set("IMPLICIT_CA_CERT", ca).set("SSL_CERT_FILE", "/other/roots.pem").run("verify", "--nonce", nonce, token).exits(0)
	if n := b.seen.count("/as/jwks"); n != 2 {
		t.Errorf("the keys were fetched %d times, expected once for each set of roots", n)
	}
}

// The password goes out in one request, after the flow was read, in its JSON,
// whatever characters it has, and in no address and no header.
func TestPasswordIsSentOnceAndOnlyToTheFlow(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"fragment", "pi.flow"} {
		b := newBench(t).withSandbox().user("signs")
		b.run("login", "--response-mode", mode).exits(0)
		var sent []string
		for i, req := range b.seen.all() {
			body := bodyOf(req)
			var action struct{ Username, Password string }
			if json.Unmarshal([]byte(body), &action) == nil && action.Password != "" {
				sent = append(sent, req.Method+" "+req.Header.Get("Content-Type"))
				if action.Password != b.env["IMPLICIT_PASSWORD"] || action.Username != "signs" {
					t.Errorf("%s: the password arrived as %q", mode, action.Password)
				}
				if i == 0 {
					t.Errorf("%s: the password was sent before the flow asked", mode)
				}
			}
			var head strings.Builder
			if err := req.Header.Write(&head); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(req.URL.String()+head.String(), "fake") {
				t.Errorf("%s: the password is in an address or a header: %s", mode, req.URL.Path)
			}
			if req.Header.Get("Authorization") != "" {
				t.Errorf("%s: %s carries an Authorization header", mode, req.URL.Path)
			}
		}
		if want := []string{"POST application/vnd.pingidentity.usernamePassword.check+json"}; !slices.Equal(sent, want) {
			t.Errorf("%s: the password was sent in %q, expected %q", mode, sent, want)
		}
	}
}

// What cannot be answered here gets no credential.
func TestPasswordStaysHereWhereTheFlowDoesNotAsk(t *testing.T) {
	t.Parallel()
	rows := []struct{ name, application, fault string }{
		{"external identity provider", "16", ""}, {"DaVinci policy", "17", ""}, {"account linking", "21", ""},
		{"foreign action link", "01", "foreign-action-link"}, {"unknown status", "01", "unknown-status"},
	}
	b := newBench(t).withSandbox()
	for _, row := range rows {
		for _, mode := range []string{"fragment", "pi.flow"} {
			t.Run(row.name+" "+mode, func(t *testing.T) {
				b.on(t).seen.reset()
				if row.fault != "" {
					b.turn(row.fault, true)
					defer b.turn(row.fault, false)
				}
				r := b.application(row.application).run("login", "--response-mode", mode)
				if r.exit == 0 {
					t.Fatal("exit status 0")
				}
				for _, req := range b.seen.all() {
					if strings.Contains(bodyOf(req), b.env["IMPLICIT_PASSWORD"]) {
						t.Errorf("the password went to %s %s", req.Method, req.URL.Path)
					}
				}
			})
		}
	}
}

// Cookies go back whatever leg set them, and a foreign address gets none: the
// run's proxy counts every call to another host (see TestMain).
func TestForeignAddressesAreRefused(t *testing.T) {
	t.Parallel()
	rows := []struct{ name, fault, says string }{
		{"resumeUrl", "foreign-resume-url", "resumeUrl leads to"},
		{"action link", "foreign-action-link", "action link leads to"},
		{"where resume lands", "resume-elsewhere", "resume leads to"},
	}
	b := newBench(t).withSandbox()
	for _, row := range rows {
		b.turn(row.fault, true)
		for _, mode := range []string{"fragment", "form_post", "pi.flow"} {
			r := b.run("login", "--response-mode", mode).exits(3).says(row.says, "attacker.example.com", "implicit: hint: ")
			if r.out != "" {
				t.Errorf("%s %s: standard output: %s", row.name, mode, r.out)
			}
		}
		b.turn(row.fault, false)
	}
}

func TestSandboxFlagUsesTheSamePath(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.run("login", "--sandbox").exits(0)
	for _, args := range [][]string{{"--method", "POST", "--response-mode", "form_post"}, {"--response-mode", "pi.flow"}, {"--userinfo"}} {
		out := b.run(append([]string{"login", "--sandbox", "-o", "json"}, args...)...).exits(0).object()
		if out["valid"] != true || out["access_token"] == nil || out["id_token"] == nil {
			t.Errorf("%q: %v", args, out)
		}
	}
	b.run("login", "--sandbox", "--environment-id", sandbox.EnvironmentID).exits(2).says("--sandbox")
}

// reset forgets the requests so far.
func (r *requests) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list, r.conns = nil, map[string]bool{}
}

func (r *requests) all() []*http.Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.list)
}

// first returns the first request to a path that ends so, and its body.
func (r *requests) first(path string) (*http.Request, string) {
	for _, req := range r.all() {
		if strings.HasSuffix(req.URL.Path, path) {
			return req, bodyOf(req)
		}
	}
	return &http.Request{}, ""
}

// bodyOf reads a recorded body, again and again.
func bodyOf(req *http.Request) string {
	body, _ := io.ReadAll(req.Body)
	req.Body = io.NopCloser(strings.NewReader(string(body)))
	return string(body)
}
