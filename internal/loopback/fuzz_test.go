package loopback

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// FuzzRedirectURI: every redirect URI that is served here is on loopback for
// every reader, keeps its text, and its own Host is served.
func FuzzRedirectURI(f *testing.F) {
	for _, seed := range []string{
		"http://127.0.0.1/callback", "http://localhost:8080/cb?a=b", "http://[::1]:1", "http://[0:0::1]/x",
		"https://127.0.0.1/", "http://127.0.0.1@evil.example/", "http://127.0.0.1\\@evil.example/", "http://%6cocalhost/",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		at, err := parseRedirectURI(raw, false)
		if err != nil {
			return
		}
		if at.port == "" {
			at.port = "8080"
		}
		u, err := url.Parse(at.uri())
		if err != nil {
			t.Fatalf("%q became %q: %v", raw, at.uri(), err)
		}
		if ip := net.ParseIP(u.Hostname()); u.Scheme != "http" || !strings.EqualFold(u.Hostname(), "localhost") && (ip == nil || !ip.IsLoopback()) {
			t.Errorf("%q is not on loopback", raw)
		}
		if !strings.HasSuffix(raw, at.after) || !at.serves(strings.TrimPrefix(at.origin(), "http://")) || at.serves("evil.example") {
			t.Errorf("%q: text %q, origin %s", raw, at.after, at.origin())
		}
		if free, ok := PortFree(raw); !ok || !IsLocal(free) {
			t.Errorf("%q without its port is %q", raw, free)
		}
		if _, err := http.NewRequest("GET", at.origin()+"/", nil); err != nil {
			t.Errorf("%q: origin %s", raw, at.origin())
		}
	})
}

// FuzzResponse posts anything to the redirect URI: without our state nothing is
// taken, and nothing panics.
func FuzzResponse(f *testing.F) {
	for _, seed := range []string{"error=x", "access_token=a&state=b", "state=&access_token=", "a;b=c&%zz", "?#&state=x#", "state=x&state=y&id_token=z"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		lg := startLogin(t, Options{}, nil)
		if strings.Contains(text, lg.req.State) {
			return
		}
		lg.form(text)
		lg.relay("#" + text)
		if len(lg.candidates) > 0 {
			t.Errorf("%q was taken for the response", text)
		}
		lg.cancel()
		lg.Close()
	})
}
