package sandbox

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// legRequests sends one request of each leg.
func legRequests(c *client) map[string]func() *reply {
	id := c.flowID(c.authorize())
	return map[string]func() *reply{
		legDiscovery: c.discovery,
		legJWKS:      func() *reply { return c.get(c.auth + "/as/jwks") },
		legAuthorize: func() *reply { return c.authorize() },
		legFlow:      func() *reply { return c.flow(id) },
		legAction:    func() *reply { return c.act(id, "usernamePassword.check", passwordOf("plain")) },
		legResume:    func() *reply { return c.resume(id) },
		legUserinfo:  func() *reply { return c.userinfo("x") },
		legSignoff:   func() *reply { return c.get(c.auth + "/as/signoff") },
		legPage:      func() *reply { return c.get(c.auth + "/signon/?flowId=" + id) },
	}
}

func TestJunkHitsItsLegAlone(t *testing.T) {
	c := start(t)
	requests := legRequests(c)
	for _, leg := range Legs() {
		must(t, c.srv.Set("html-502:"+leg, true))
		for other, send := range requests {
			if got := send().status == 502; got != (other == leg) {
				t.Errorf("html-502:%s at %s: %v", leg, other, got)
			}
		}
		must(t, c.srv.Set("html-502:"+leg, false))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestJunkAnswers(t *testing.T) {
	c := start(t)
	jwks := func() *reply { return c.get(c.auth + "/as/jwks") }
	whole := jwks()
	rows := map[string]func(r *reply) bool{
		"html-502":  func(r *reply) bool { return r.status == 502 && strings.Contains(string(r.body), "<html>") },
		"html-500":  func(r *reply) bool { return r.status == 500 && strings.Contains(string(r.body), "<html>") },
		"html-200":  func(r *reply) bool { return r.status == 200 && strings.Contains(string(r.body), "<html>") },
		"json-500":  func(r *reply) bool { return r.status == 500 && r.json(t)["code"] == "UNEXPECTED_ERROR" },
		"429":       func(r *reply) bool { return r.status == 429 && r.header.Get("Retry-After") == "1" },
		"431":       func(r *reply) bool { return r.status == 431 },
		"404":       func(r *reply) bool { return r.status == 404 && r.json(t)["code"] == "NOT_FOUND" },
		"empty":     func(r *reply) bool { return r.status == 200 && len(r.body) == 0 },
		"truncated": func(r *reply) bool { return r.status == 200 && len(r.body) == len(whole.body)/2 },
		"loop":      func(r *reply) bool { return r.status == 302 && r.location() == c.auth+"/as/jwks" },
	}
	for name, fits := range rows {
		must(t, c.srv.Set(name+":jwks", true))
		for range 2 {
			if r := jwks(); !fits(r) {
				t.Errorf("%s: %d %v %.100q", name, r.status, r.header, r.body)
			}
		}
		must(t, c.srv.Set(name+":jwks", false))
	}
	for name, status := range map[string]int{"html-502-once": 502, "json-503-once": 503, "429-once": 429} {
		must(t, c.srv.Set(name, true)) // without a leg: every leg
		if first, second, other := jwks().status, jwks().status, c.discovery().status; first != status || second != 200 || other != status {
			t.Errorf("%s: %d then %d, discovery %d", name, first, second, other)
		}
		must(t, c.srv.Set(name, false))
	}
	must(t, c.srv.Set("no-location:authorize", true))
	if r := c.authorize(); r.status != 302 || r.location() != "" {
		t.Errorf("no-location: %d %q", r.status, r.location())
	}
}

// try sends a request that may fail and reads at most a megabyte.
func (c *client) try(ctx context.Context, address string) (int64, error) {
	req, err := http.NewRequestWithContext(ctx, "GET", address, nil)
	if err != nil {
		return 0, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	return io.Copy(io.Discard, io.LimitReader(res.Body, 1<<20))
}

func TestBrokenConnections(t *testing.T) {
	for _, plain := range []bool{true, false} {
		c := startWith(t, Options{}, ListenOptions{Plain: plain}, nil)
		for _, name := range []string{"reset", "reset-once", "cut"} {
			must(t, c.srv.Set(name+":jwks", true))
			// Go's transport may repeat a GET, which ends reset-once.
			if _, err := c.try(t.Context(), c.auth+"/as/jwks"); err == nil && name != "reset-once" {
				t.Errorf("plain %v: %s: no error", plain, name)
			}
			if r := c.discovery(); r.status != 200 {
				t.Errorf("discovery with %s: %d", name, r.status)
			}
			must(t, c.srv.Set(name+":jwks", false))
		}
		must(t, c.srv.Set("endless:jwks", true))
		if n, err := c.try(t.Context(), c.auth+"/as/jwks"); n != 1<<20 || err != nil {
			t.Errorf("plain %v: endless: %d bytes, %v", plain, n, err)
		}
	}
}

// The answers that take time end with their client.
func TestSlowAnswersEndWithTheClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Options{Keys: SharedKeys(), BaseURL: "http://sandbox.test", Switches: []string{"slow:discovery", "drip:jwks"}})
		must(t, err)
		for path, want := range map[string]time.Duration{"/as/.well-known/openid-configuration": 5 * time.Second, "/as/jwks": 5 * time.Second} {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			req, err := http.NewRequestWithContext(ctx, "GET", s.Settings().AuthURL+path, http.NoBody)
			must(t, err)
			began, w := time.Now(), &recorder{header: http.Header{}}
			s.ServeHTTP(w, req)
			cancel()
			if took := time.Since(began); took != want || (strings.HasSuffix(path, "jwks") && w.written != 6 && w.written != 5) {
				t.Errorf("%s: %d bytes in %s", path, w.written, took)
			}
		}
	})
}

type recorder struct {
	header  http.Header
	written int
}

func (r *recorder) Header() http.Header { return r.header }
func (r *recorder) WriteHeader(int)     {}
func (r *recorder) Flush()              {}
func (r *recorder) Write(b []byte) (int, error) {
	r.written += len(b)
	return len(b), nil
}

func TestStart(t *testing.T) {
	for _, addr := range []string{":0", "0.0.0.0:0", "192.0.2.1:0", "example.com:0", "127.0.0.1", "[::]:0", "127.0.0.1:http"} {
		if srv, err := Start(t.Context(), Options{}, ListenOptions{Addr: addr}); err == nil {
			srv.Close()
			t.Errorf("%q: started", addr)
		}
	}
	if _, err := Start(t.Context(), Options{Switches: []string{"nonsense"}}, ListenOptions{}); err == nil {
		t.Error("started with an unknown switch")
	}
	if _, err := Start(t.Context(), Options{BaseURL: "http://127.0.0.1"}, ListenOptions{}); err == nil {
		t.Error("started TLS for a public URL of http")
	}
	proxied := startWith(t, Options{BaseURL: "https://pingone.test"}, ListenOptions{Plain: true}, nil)
	if its := proxied.srv.Settings(); !strings.HasPrefix(its.Issuer, "https://pingone.test/") {
		t.Errorf("behind a proxy that ends TLS: issuer %s", its.Issuer)
	}
	for _, base := range []string{"127.0.0.1:1", "https://127.0.0.1/", "ftp://127.0.0.1", "https://a/b"} {
		if _, err := New(Options{BaseURL: base}); err == nil {
			t.Errorf("base URL %q accepted", base)
		}
	}

	public := startWith(t, Options{BaseURL: "https://pingone.test:8443"}, ListenOptions{}, nil)
	block, _ := pem.Decode(public.srv.CACert)
	ca, err := x509.ParseCertificate(block.Bytes)
	must(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	conn, err := tls.Dial("tcp", strings.TrimPrefix(public.srv.URL, "https://"), &tls.Config{RootCAs: roots, ServerName: "pingone.test"})
	if err != nil {
		t.Errorf("certificate for the public host: %v", err)
	} else {
		conn.Close()
	}
	if its := public.srv.Settings(); its.Issuer != "https://pingone.test:8443/"+EnvironmentID+"/as" || !strings.HasPrefix(public.srv.URL, "https://127.0.0.1:") {
		t.Errorf("issuer %s, served at %s", its.Issuer, public.srv.URL)
	}

	var seen atomic.Int32
	ctx, cancel := context.WithCancel(t.Context())
	c := startWith(t, Options{}, ListenOptions{Addr: "localhost:0", Wrap: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen.Add(1)
			if r.ProtoMajor != 2 {
				t.Errorf("protocol %s, want HTTP/2", r.Proto)
			}
			next.ServeHTTP(w, r)
		})
	}}, nil)
	if !strings.HasPrefix(c.srv.URL, "https://localhost:") || c.discovery().status != 200 || seen.Load() != 1 {
		t.Errorf("%s, %d requests seen", c.srv.URL, seen.Load())
	}
	srv, err := Start(ctx, Options{}, ListenOptions{Plain: true})
	must(t, err)
	if srv.CACert != nil || !strings.HasPrefix(srv.URL, "http://127.0.0.1:") {
		t.Errorf("plain: %s with certificate %q", srv.URL, srv.CACert)
	}
	cancel()
	if err := srv.Wait(); err != nil {
		t.Errorf("Wait after the context ended: %v", err)
	}
	if _, err := c.try(t.Context(), srv.URL); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}
