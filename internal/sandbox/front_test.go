package sandbox

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestOffLoopback: a sandbox that others reach answers its public name alone, and
// says without a key that it is ready, and which authority to trust.
func TestOffLoopback(t *testing.T) {
	o := Options{Keys: SharedKeys(), BaseURL: "https://pingone.test"}
	srv, err := Start(t.Context(), o, ListenOptions{Addr: "0.0.0.0:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	_, port, err := net.SplitHostPort(strings.TrimPrefix(srv.URL, "https://"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(srv.CACert)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "pingone.test"}}}
	get := func(host, path string) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://127.0.0.1:"+port+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body)
	}
	discovery := "/" + EnvironmentID + "/as/.well-known/openid-configuration"
	for _, row := range []struct {
		name, host, path string
		status           int
		says             string
	}{
		{"its name", "pingone.test", discovery, 200, `"issuer":"https://pingone.test/`},
		{"in capitals", "PingOne.Test", discovery, 200, "pingone.test"},
		{"another name", "attacker.example.com", discovery, 421, "--public-url"},
		{"loopback", "127.0.0.1:" + port, discovery, 421, "--public-url"},
		{"ready", "pingone.test", ReadyPath, 200, "ready"},
		{"ready, for a health check of the machine", "localhost:8443", ReadyPath, 200, "ready"},
		{"ready, under another name", "attacker.example.com", ReadyPath, 421, ""},
		{"the authority", "pingone.test", CAPath, 200, string(srv.CACert)},
		{"nothing else", "pingone.test", "/__sandbox/keys", 404, ""},
	} {
		if status, body := get(row.host, row.path); status != row.status || !strings.Contains(body, row.says) {
			t.Errorf("%s: got %d %.200s", row.name, status, body)
		}
	}
	if _, err := Start(t.Context(), Options{Keys: SharedKeys()}, ListenOptions{Addr: "0.0.0.0:0"}); err == nil || !strings.Contains(err.Error(), "--public-url") {
		t.Errorf("without a public URL: %v", err)
	}
}

// TestOwnCertificate: a certificate that is handed in is served, and there is no
// authority to hand out.
func TestOwnCertificate(t *testing.T) {
	issuer, err := newAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	own, err := issuer.newCertificate(time.Now(), "https://pingone.test")
	if err != nil {
		t.Fatal(err)
	}
	srv, err := Start(t.Context(), Options{Keys: SharedKeys()}, ListenOptions{Certificate: &own})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	roots := x509.NewCertPool()
	roots.AddCert(issuer.cert)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	for path, want := range map[string]int{ReadyPath: 200, CAPath: 404} {
		resp, err := client.Get(srv.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want || srv.CACert != nil {
			t.Errorf("%s: got %d", path, resp.StatusCode)
		}
	}
}
