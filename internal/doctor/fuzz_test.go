package doctor

import (
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/loopback"
)

// FuzzKeys reads what a server sends as a key set.
func FuzzKeys(f *testing.F) {
	f.Add([]byte(`{"keys":[{"kty":"RSA","kid":"a","n":"AQAB","e":"AQAB","x5c":["AA=="]}]}`))
	f.Add([]byte(`{"keys":[null,{}]}`))
	f.Add([]byte(`{"message":"Missing Authentication Token"}`))
	r := &Run{Now: time.Now}
	f.Fuzz(func(t *testing.T, body []byte) {
		p := &page{resp: httptest.NewRecorder().Result(), body: body}
		p.edge()
		if found := r.readKeys(at("keys", ""), p); found.Status == "" || found.Status == Failed && found.Exit == 0 {
			t.Errorf("%+v", found)
		}
	})
}

// FuzzRedirectForms requires that other forms of a redirect URI are URIs of the same
// machine, and never the one that was refused.
func FuzzRedirectForms(f *testing.F) {
	f.Add("http://127.0.0.1:8080/callback")
	f.Add("https://app.example.com/callback/?a=b")
	f.Add("com.example.app:/callback")
	f.Fuzz(func(t *testing.T, uri string) {
		for _, form := range redirectForms(uri) {
			was, err := url.Parse(uri)
			is, broken := url.Parse(form)
			if err != nil || broken != nil || form == uri {
				t.Fatalf("%q became %q", uri, form)
			}
			if is.Host != was.Host && !(loopback.IsLocal(uri) || was.Hostname() == "localhost" || was.Hostname() == "127.0.0.1") {
				t.Errorf("%q became %q", uri, form)
			}
		}
	})
}

func FuzzClassify(f *testing.F) {
	f.Add("invalid_request", "The application requires pushed authorization requests")
	f.Fuzz(func(t *testing.T, code, description string) {
		if c := classifyCode(code, description); c == accepted || c == "" {
			t.Errorf("a refusal is %q", c)
		}
	})
}
