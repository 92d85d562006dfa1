package sandbox

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// posted returns the entry of a form that a client sends.
func posted(t *testing.T, s *Sandbox, form url.Values) Event {
	t.Helper()
	r := httptest.NewRequest("POST", "https://127.0.0.1:1/"+EnvironmentID+"/as/authorize", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	s.ServeHTTP(httptest.NewRecorder(), r)
	entries, _ := s.Journal().Read(JournalFilter{})
	return entries[len(entries)-1]
}

func newBox(t *testing.T, o Options) *Sandbox {
	t.Helper()
	o.BaseURL, o.Keys = "https://127.0.0.1:1", SharedKeys()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A careless client keeps the password in its state.
func TestJournalKnowsASecretInEveryEncoding(t *testing.T) {
	t.Parallel()
	s := newBox(t, Options{})
	const password = `Sand"box/Ada+1?`
	quoted, _ := json.Marshal(password)
	for _, before := range []string{"", "a", "ab"} {
		object := fmt.Sprintf(`%s{"password":%s}`, before, quoted)
		raw := before + password + "zz"
		for _, state := range []string{
			object, raw, url.QueryEscape(raw), url.QueryEscape(url.QueryEscape(raw)), hex.EncodeToString([]byte(raw)), strings.ToUpper(hex.EncodeToString([]byte(raw))),
			base64.StdEncoding.EncodeToString([]byte(object)), base64.RawURLEncoding.EncodeToString([]byte(object)),
			base64.StdEncoding.EncodeToString([]byte(raw)), base64.RawStdEncoding.EncodeToString([]byte(raw)), base64.URLEncoding.EncodeToString([]byte(raw)),
		} {
			e := posted(t, s, url.Values{"password": {password}, "state": {state}})
			if got := e.Parameters.Get("state"); !strings.Contains(got, redacted) {
				t.Errorf("%q is shown as %q", state, got)
			}
		}
	}
	if e := posted(t, s, url.Values{"password": {"pw"}, "state": {"pw"}, "nonce": {"pwned"}}); e.Parameters.Get("state") != redacted || e.Parameters.Get("nonce") != "pwned" {
		t.Errorf("a short password: %v", e.Parameters)
	}
}

// What is in the query and before the host of a redirect URI may be a secret, unless
// the application has it registered.
func TestRedirectURIsAreShownWithoutSecrets(t *testing.T) {
	t.Parallel()
	var said strings.Builder
	s := newBox(t, Options{Explain: func(why string) { said.WriteString(why) }, Tenant: readTenant(t, `applications: [{name: Shop, client_id: shop, redirect_uris: ['https://shop.example.com/cb?tenant=a']}]`)})
	for _, uri := range []string{"https://me:s3cret@shop.example.com/cb?tenant=a", "https://shop.example.com/cb?tenant=s3cret", "https://shop.example.com/cb#s3cret", "https://me:s3cret@shop.example.com:port/?s3cret", "https://shop.example.com/cb?s3cret"} {
		said.Reset()
		e := posted(t, s, url.Values{"client_id": {"shop"}, "redirect_uri": {uri}, "post_logout_redirect_uri": {uri}})
		text, _ := json.Marshal(e)
		if strings.Contains(string(text), "s3cret") || strings.Contains(said.String(), "s3cret") || said.String() == "" {
			t.Errorf("%s: %s; %s", uri, said.String(), text)
		}
	}
	if e := posted(t, s, url.Values{"client_id": {"shop"}, "redirect_uri": {"https://shop.example.com/cb?tenant=a"}}); e.Parameters.Get("redirect_uri") != "https://shop.example.com/cb?tenant=a" {
		t.Errorf("a registered one: %v", e.Parameters)
	}
}

// One request cannot fill the memory.
func TestAnEntryIsSmall(t *testing.T) {
	t.Parallel()
	s, form := newBox(t, Options{}), url.Values{}
	for _, name := range shownParameters() {
		for range 40 {
			form.Add(name, strings.Repeat("x", 400))
		}
	}
	if text, _ := json.Marshal(posted(t, s, form)); len(text) > maxParameters*(maxKept+100) {
		t.Errorf("it has %d bytes", len(text))
	}
}
