package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/proxy"
	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// tokenAPI is an API that verifies tokens as of the bench's time, and what it was sent.
type tokenAPI struct {
	*httptest.Server
	mu     sync.Mutex
	tokens []string
}

func (b *bench) tokenAPI() *tokenAPI {
	b.t.Helper()
	api := &tokenAPI{}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(b.srv.CACert)
	client := &implicit.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}, Now: b.now}
	keys := implicit.NewRemoteKeySet(client, b.env["IMPLICIT_AUTH_URL"]+"/as/jwks", nil)
	b.t.Cleanup(keys.Close)
	verifier := &implicit.Verifier{Issuer: b.env["IMPLICIT_AUTH_URL"] + "/as", ClientID: b.env["IMPLICIT_CLIENT_ID"], Keys: keys, Algorithms: []string{"RS256"},
		Now: b.now, AccessToken: implicit.AccessPolicy{FromIssuer: true}}
	api.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		_, err := verifier.VerifyAccessToken(r.Context(), implicit.NewSecret(token), implicit.Expected{Partial: true})
		api.mu.Lock()
		defer api.mu.Unlock()
		if len(api.tokens) == 0 || api.tokens[len(api.tokens)-1] != token {
			api.tokens = append(api.tokens, token)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		fmt.Fprintln(w, "[]")
	}))
	b.t.Cleanup(api.Close)
	return api
}

func (api *tokenAPI) sent() []string {
	api.mu.Lock()
	defer api.mu.Unlock()
	return slices.Clone(api.tokens)
}

// running is a proxy on the bench.
type running struct {
	t        *testing.T
	url, key string
	stop     func() ran // by Ctrl-C
	errOut   *safeBuffer
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}
func (s *safeBuffer) String() string { s.mu.Lock(); defer s.mu.Unlock(); return s.b.String() }

func (b *bench) proxy(to string, args ...string) *running {
	b.t.Helper()
	out, w := io.Pipe()
	p := &running{t: b.t, errOut: new(safeBuffer)}
	ctx, cancel := context.WithCancelCause(context.Background())
	done := make(chan int, 1)
	a := b.app(strings.NewReader(""), w, p.errOut)
	go func() {
		done <- run(ctx, a, append([]string{"proxy", "--to", to, "--log", "text"}, args...))
		w.Close()
	}()
	p.stop = sync.OnceValue(func() ran {
		cancel(&signalError{syscall.SIGINT})
		return ran{b.t, <-done, "", p.errOut.String()}
	})
	b.t.Cleanup(func() { p.stop() })
	var ready struct{ URL, Key string }
	all := json.NewDecoder(out)
	if err := all.Decode(&ready); err != nil {
		b.t.Fatalf("no line that says it is ready: %v\n%s", err, p.errOut.String())
	}
	p.url, p.key = ready.URL, ready.Key
	return p
}

func (p *running) get(path string) (status int, body string) {
	p.t.Helper()
	req, err := http.NewRequest(http.MethodGet, p.url+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set(proxy.KeyHeader, p.key)
	resp, err := new(http.Transport).RoundTrip(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// Each request has a token that is valid then: the stored one, which the session
// renews, without another sign-on; or without a store, one obtained with the
// credentials.
func TestProxyOverAnExpiry(t *testing.T) {
	t.Parallel()
	for _, store := range []string{"file", "none"} {
		b, c := tokenBench(t)
		b.set("IMPLICIT_STORE", store)
		api := b.tokenAPI()
		p := b.proxy(api.URL)
		for range 3 {
			for range 2 {
				if status, body := p.get("/orders?q=fake-query"); status != 200 {
					t.Fatalf("%s: status %d, %s", store, status, body)
				}
			}
			c.forward(59*time.Minute + 30*time.Second)
		}
		if n := len(api.sent()); n != 3 {
			t.Errorf("%s: the API was sent %d tokens in three hours, expected 3", store, n)
		}
		if n := b.seen.count("/as/resume"); store == "file" && n != 1 {
			t.Errorf("%d sign-ons, expected one and renewals", n)
		}
		r := p.stop().exits(130)
		if strings.Contains(r.errOut, "error") || strings.Count(r.errOut, "/orders?q=…") != 6 {
			t.Errorf("standard error:\n%s", r.errOut)
		}
		for _, secret := range append(api.sent(), p.key, "fake-query", b.env["IMPLICIT_PASSWORD"]) {
			if strings.Contains(r.errOut, secret) {
				t.Errorf("standard error has a secret:\n%s", r.errOut)
			}
		}
	}
}

// The same under curl, which also takes it for a proxy to anywhere.
func TestProxyUnderCurl(t *testing.T) {
	t.Parallel()
	b, c := tokenBench(t)
	api := b.tokenAPI()
	p := b.proxy(api.URL)
	header := filepath.Join(t.TempDir(), "header")
	if err := os.WriteFile(header, []byte(proxy.KeyHeader+": "+p.key), 0o600); err != nil {
		t.Fatal(err)
	}
	status := func(args ...string) string {
		return b.curl(append([]string{"-o", os.DevNull, "-w", "%{http_code} %{http_connect}", "-H", "@" + header, "--path-as-is"}, args...)...)
	}
	for range 3 {
		if got := status(p.url + "/orders"); got != "200 000" {
			t.Errorf("curl: %s", got)
		}
		c.forward(2 * time.Hour)
	}
	if n := len(api.sent()); n != 3 {
		t.Errorf("the API was sent %d tokens, expected 3", n)
	}
	for want, args := range map[string][]string{
		"400 000": {"--noproxy", "", "--proxy", p.url, "http://api.example.com/orders"},
		"403 000": {"-H", proxy.KeyHeader + ";", p.url + "/orders"},
		"421 000": {"-H", "Host: localhost", p.url + "/orders"},
		"501 000": {"--http2", p.url + "/orders"},
	} {
		if got := status(args...); got != want {
			t.Errorf("curl %q: %s, expected %s", args, got, want)
		}
	}
	if n := len(api.sent()); n != 3 {
		t.Errorf("the API was sent %d tokens, expected no more", n)
	}
}

// A token that an API refuses, as after a revocation, is not sent again when it is still
// the stored one.
func TestProxyRenewsARefusedToken(t *testing.T) {
	t.Parallel()
	b, c := tokenBench(t)
	api := b.tokenAPI()
	first := strings.TrimSpace(b.run("token").exits(0).out)
	c.forward(time.Second) // or the next one has the same bytes
	var tokens []string
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tokens = append(tokens, r.Header.Get("Authorization"))
		if r.Header.Get("Authorization") == "Bearer "+first {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		api.Config.Handler.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	p := b.proxy(front.URL)
	if status, body := p.get("/orders"); status != 200 || len(tokens) != 2 || tokens[0] == tokens[1] {
		t.Errorf("status %d after %d requests, %s\n%s", status, len(tokens), body, p.errOut)
	}
	if now := strings.TrimSpace(b.run("token").exits(0).out); now == first {
		t.Error("the refused token is still the stored one")
	}
}

// Without a token there is nothing to start: the same error and exit status as of
// implicit token.
func TestProxyStartsAsToken(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*bench){
		"a user is needed":  func(b *bench) { b.set("IMPLICIT_PASSWORD", "") },
		"wrong password":    func(b *bench) { b.set("IMPLICIT_PASSWORD", "wrong") },
		"no client ID":      func(b *bench) { b.set("IMPLICIT_CLIENT_ID", "") },
		"not trusted":       func(b *bench) { b.set("IMPLICIT_CA_CERT", "") },
		"invalid":           func(b *bench) { b.set("IMPLICIT_REQUIRE", "acr=another") },
		"only the ID token": func(b *bench) { b.set("IMPLICIT_RESPONSE_TYPE", "id_token") },
	} {
		one, two := newBench(t).withSandbox(), newBench(t).withSandbox()
		change(one)
		change(two)
		token := one.run("token", "-o", "json")
		if token.exit == 0 {
			t.Errorf("%s: token has one", name)
			continue
		}
		got := two.run("proxy", "--to", "http://127.0.0.1:1", "-o", "json").exits(token.exit)
		if code := func(r ran) string {
			var e struct{ Error struct{ Kind, Code string } }
			_ = json.Unmarshal([]byte(r.errOut), &e)
			return e.Error.Kind + " " + e.Error.Code
		}; got.out != "" || code(got) != code(token) || code(got) == " " {
			t.Errorf("%s: proxy says %q (%s), token %q", name, code(got), got.out, code(token))
		}
	}
}

func TestProxyUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{}, {"--to", ""}, {"--to", "http://api.example.com"}, {"--to", "https://u:p@api.example.com"}, {"--to", "https://a", "--listen", "0.0.0.0:0"},
		{"--to", "https://a", "--listen", "localhost:0"}, {"--to", "https://a", "--allow-origin", "*"}, {"--to", "https://a", "--log", "xml"},
		{"--to", "https://a", "--min-ttl", "-1s"}, {"--to", "https://a", "extra"},
	} {
		b := newBench(t).withSandbox()
		b.run(append([]string{"proxy"}, args...)...).exits(2)
		if lines := b.seen.lines(); len(lines) > 0 {
			t.Errorf("%q: %q were sent", args, lines)
		}
	}
	taken := httptest.NewServer(nil)
	t.Cleanup(taken.Close)
	newBench(t).withSandbox().run("proxy", "--to", "https://a", "--listen", strings.TrimPrefix(taken.URL, "http://")).exits(2).says("--listen")
}

// When a user is needed later, each request is told so, and a refused password is not
// sent again: the user would be locked out. A login elsewhere is found.
func TestProxyLaterNeedsTheUser(t *testing.T) {
	t.Parallel()
	b, c := tokenBench(t)
	api := b.tokenAPI()
	p := b.proxy(api.URL)
	if status, body := p.get("/"); status != 200 {
		t.Fatalf("status %d, %s", status, body)
	}
	b.seen.answerWith(func(w http.ResponseWriter, r *http.Request, body string) bool {
		switch {
		case strings.HasSuffix(r.URL.Path, "/as/authorize") && r.URL.Query().Get("prompt") == "none":
			w.Header().Set("Location", b.env["IMPLICIT_REDIRECT_URI"]+"#error=login_required&state="+r.URL.Query().Get("state"))
			w.WriteHeader(http.StatusFound)
		case r.Method == http.MethodPost && strings.Contains(r.URL.Path, "/flows/"):
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"id":"x","code":"INVALID_DATA","message":"m","details":[{"code":"INVALID_VALUE","target":"password","message":"wrong"}]}`)
		default:
			return false
		}
		return true
	})
	sent := func() (n int) {
		for _, line := range b.seen.lines() {
			if line == "POST /flows" {
				n++
			}
		}
		return n
	}
	before := sent()
	c.forward(2 * time.Hour)
	for range 5 {
		status, body := p.get("/")
		if status != 503 || !strings.Contains(body, `"no_token"`) {
			t.Errorf("status %d, %s", status, body)
		}
		c.forward(time.Minute)
	}
	if _, body := p.get("/"); !strings.Contains(body, "implicit login") {
		t.Errorf("the answer does not say what to do: %s", body)
	}
	if n := sent() - before; n != 1 {
		t.Errorf("the refused password was sent %d times", n)
	}
	if log := p.errOut.String(); !strings.Contains(log, "503") || strings.Contains(log, "fake-password") {
		t.Errorf("standard error:\n%s", log)
	}
	b.seen.answerWith(nil)
	b.run("login").exits(0)
	c.forward(time.Minute)
	if status, body := p.get("/"); status != 200 {
		t.Errorf("after a login: status %d, %s", status, body)
	}
}

// The embedded PingOne has an API too: userinfo, which takes the token.
func TestProxyToUserInfo(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandboxOptions(sandbox.Options{})
	p := b.proxy(b.env["IMPLICIT_AUTH_URL"]+"/as", "--key-in-path")
	if status, body := p.get("/userinfo"); status != 200 || !strings.Contains(body, `"sub"`) {
		t.Errorf("status %d, %s", status, body)
	}
	if log := p.stop().errOut; !strings.Contains(log, "  /userinfo  ") || strings.Contains(log, p.key) {
		t.Errorf("standard error:\n%s", log)
	}
}

// An API is reached through the proxy of HTTPS_PROXY, like the provider.
func TestProxyThroughAnotherProxy(t *testing.T) {
	t.Parallel()
	var asked safeBuffer
	outer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(&asked, r.Method, " ", r.Host, " ", r.Header)
		w.WriteHeader(http.StatusForbidden)
	}))
	t.Cleanup(outer.Close)
	p := newBench(t).withSandbox().set("HTTPS_PROXY", outer.URL).proxy("https://api.example.com")
	status, body := p.get("/orders")
	if status != 502 || !strings.Contains(body, "answered CONNECT with status 403") {
		t.Errorf("status %d, %s", status, body)
	}
	if got := asked.String(); !strings.HasPrefix(got, "CONNECT api.example.com:443 ") || strings.Contains(got, "Bearer") {
		t.Errorf("the outer proxy was asked %s", got)
	}
}
