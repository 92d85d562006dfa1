package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

func someRun(t *testing.T) *Run {
	t.Helper()
	env, err := pingone.NewEnvironment("EU", unknownID)
	if err != nil {
		t.Fatal(err)
	}
	s := &config.Settings{ClockSkew: time.Minute}
	s.Provider.PingOne = &env
	return &Run{Settings: s, Now: time.Now, Budget: new(Budget)}
}

func TestWhyThereIsNoAnswer(t *testing.T) {
	inspected := &x509.Certificate{Issuer: pkix.Name{CommonName: "Example Inspection CA"}}
	distrust := func(err error) error {
		return &tls.CertificateVerificationError{UnverifiedCertificates: []*x509.Certificate{inspected}, Err: err}
	}
	for _, row := range []struct {
		err          error
		finding      string
		exit         int
		saw, changes string
	}{
		{&net.DNSError{Err: "no such host", Name: "auth.pingone.eu"}, "dns", 6, "no such host", "region"},
		{&login.ProxyError{Proxy: "proxy:8080", Status: 407}, "proxy", 3, "407", "user name and a password"},
		{&login.ProxyError{Proxy: "proxy:8080", Status: 503}, "proxy", 6, "503", "later"},
		{distrust(x509.UnknownAuthorityError{}), "tls", 6, "unknown authority", "Example Inspection CA"},
		{distrust(x509.CertificateInvalidError{Reason: x509.Expired}), "tls", 6, "expired", "clock"},
		{distrust(x509.HostnameError{Certificate: inspected, Host: "auth.pingone.eu"}), "tls", 6, "auth.pingone.eu", "other host names"},
		{tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, "tls", 6, "TLS handshake", "does not speak TLS"},
		{context.DeadlineExceeded, "connection", 6, "deadline", "--timeout"},
		{errors.New("connection refused"), "connection", 6, "refused", "HTTPS_PROXY"},
	} {
		f := someRun(t).notReached(&implicit.NetworkError{URL: "https://auth.pingone.eu/", Err: row.err})
		if f.Name != row.finding || f.Exit != row.exit || f.Status != Failed || !strings.Contains(f.Saw, row.saw) || !strings.Contains(f.Change, row.changes) {
			t.Errorf("%v: %+v", row.err, f)
		}
	}
}

func TestFront(t *testing.T) {
	answer := func(status int, server, body string) *page {
		w := httptest.NewRecorder()
		w.Header().Set("Server", server)
		w.WriteHeader(status)
		return &page{resp: w.Result(), body: []byte(body)}
	}
	for _, row := range []struct {
		page    *page
		finding string
		exit    int
		saw     string
	}{
		{answer(200, "", `{"issuer":"x"}`), "", 0, ""},
		{answer(404, "", `{"id":"x","code":"NOT_FOUND","message":"Unable to find the requested resource."}`), "", 0, ""},
		{answer(429, "cloudflare", "<html>"), "rate_limit", 6, "Cloudflare"},
		{answer(403, "", `{"message":"Missing Authentication Token"}`), "edge", 3, "Missing Authentication Token"},
		{answer(http.StatusBadGateway, "", "<html>"), "edge", 6, "502"},
	} {
		f, ok := someRun(t).front(row.page)
		if ok != (row.finding != "") || f.Name != row.finding || f.Exit != row.exit || !strings.Contains(f.Saw, row.saw) {
			t.Errorf("%d: %+v", row.page.status(), f)
		}
	}
}

func TestClock(t *testing.T) {
	for offset, want := range map[time.Duration]string{0: "agree", 59 * time.Second: "agree", 2 * time.Hour: "2 hours behind", -3 * time.Minute: "3 minutes ahead of"} {
		f := someRun(t).clock(&page{offset: offset, dated: true})
		if !strings.Contains(f.Saw, want) || (f.Status == Failed) != (want != "agree") {
			t.Errorf("%v: %+v", offset, f)
		}
	}
}
