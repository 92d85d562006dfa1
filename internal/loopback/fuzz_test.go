package loopback

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/pkg/implicit"
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

// FuzzResponse posts anything to the redirect URI and as what the relay page found:
// without our state nothing is taken, and nothing panics. No socket is in between.
func FuzzResponse(f *testing.F) {
	for _, seed := range []string{"error=x", "access_token=a&state=b", "state=&access_token=", "a;b=c&%zz", "?#&state=x#", "state=x&state=y&id_token=z"} {
		f.Add(seed)
	}
	at, err := parseRedirectURI("http://127.0.0.1:8080/callback?tenant=1", false)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l := newListener(at, Options{Rand: zeros{}}) // the same input takes the same way each time
		req := implicit.NewRequest("https://provider.example/authorize", "client", l.RedirectURI())
		req.State, req.Nonce = "0123456789abcdef0123456789abcdef", "nonce"
		if _, err := l.Start(req); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(text, req.State) {
			return
		}
		post := func(path, body string, header ...string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(http.MethodPost, at.origin()+path, strings.NewReader(body))
			for i := 0; i < len(header); i += 2 {
				r.Header.Set(header[i], header[i+1])
			}
			w := httptest.NewRecorder()
			l.ServeHTTP(w, r)
			return w
		}
		form := post(at.after, text, "Content-Type", "application/x-www-form-urlencoded")
		relay := post(l.relayPath(), "#"+text, "Relay-Token", l.relayToken(), "Origin", at.origin())
		if len(l.candidates)+len(l.held) > 0 {
			t.Errorf("%q was taken for the response", text)
		}
		if form.Code >= 500 || relay.Code != http.StatusOK {
			t.Errorf("%q: statuses %d and %d", text, form.Code, relay.Code)
		}
	})
}

// zeros is no randomness.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}
