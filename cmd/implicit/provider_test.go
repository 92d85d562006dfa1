package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// otherProvider is an OpenID provider that is not PingOne and shares nothing
// with the sandbox. It knows who asks and answers at once, unless answer says
// otherwise.
type otherProvider struct {
	*httptest.Server
	key      *rsa.PrivateKey
	metadata map[string]any
	answer   func(w http.ResponseWriter, asked url.Values, tokens url.Values)

	mu    sync.Mutex
	paths []string
}

// asked returns the requests so far, and forgets them.
func (p *otherProvider) asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	paths := p.paths
	p.paths = nil
	return paths
}

func newOtherProvider(t *testing.T) *otherProvider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &otherProvider{key: key, answer: byRedirect("#")}
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Close)
	p.metadata = map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize?tenant=a", "jwks_uri": p.URL + "/keys", "userinfo_endpoint": p.URL + "/me",
		"response_types_supported": []string{"id_token token", "id_token"}, "id_token_signing_alg_values_supported": []string{"RS256", "HS256"},
	}
	return p
}

func (p *otherProvider) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.paths = append(p.paths, r.Method+" "+r.URL.Path)
	p.mu.Unlock()
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		writeJSON(w, p.metadata)
	case "/keys":
		writeJSON(w, map[string]any{"keys": []any{map[string]string{"kty": "RSA", "kid": "k1", "use": "sig",
			"n": b64(p.key.N.Bytes()), "e": b64(big.NewInt(int64(p.key.E)).Bytes())}}})
	case "/me":
		writeJSON(w, map[string]string{"sub": "somebody", "email": "somebody@example.com"})
	case "/authorize":
		p.answer(w, r.Form, p.tokens(r.Form))
	default:
		http.NotFound(w, r)
	}
}

// tokens is the response that the request deserves.
func (p *otherProvider) tokens(asked url.Values) url.Values {
	out := url.Values{"state": asked["state"]}
	kinds := strings.Fields(asked.Get("response_type"))
	claims := map[string]any{"iss": p.URL, "sub": "somebody", "aud": asked.Get("client_id"), "nonce": asked.Get("nonce"),
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix()}
	for _, kind := range kinds {
		if kind == "token" {
			out.Set("access_token", "an-opaque-access-token")
			out.Set("token_type", "bearer")
			sum := sha256.Sum256([]byte("an-opaque-access-token"))
			claims["at_hash"] = b64(sum[:16])
		}
	}
	for _, kind := range kinds {
		if kind == "id_token" {
			out.Set("id_token", p.sign(claims))
		}
	}
	return out
}

func (p *otherProvider) sign(claims map[string]any) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	signed := b64([]byte(`{"alg":"RS256","kid":"k1"}`)) + "." + b64(payload)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, p.key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return signed + "." + b64(signature)
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		panic(err)
	}
}

// byRedirect answers with the parameters behind the redirect URI.
func byRedirect(separator string) func(http.ResponseWriter, url.Values, url.Values) {
	return func(w http.ResponseWriter, asked, tokens url.Values) {
		w.Header().Set("Location", asked.Get("redirect_uri")+separator+tokens.Encode())
		w.WriteHeader(http.StatusSeeOther)
	}
}

// byForm answers with a page that posts the parameters to action.
func byForm(action string) func(http.ResponseWriter, url.Values, url.Values) {
	return func(w http.ResponseWriter, asked, tokens url.Values) {
		to := action
		if to == "" {
			to = asked.Get("redirect_uri")
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!DOCTYPE html><html><head><title>Submit</title></head><body onload="document.forms[0].submit()"><form method="post" action="%s">`, html.EscapeString(to))
		for name := range maps.Keys(tokens) {
			fmt.Fprintf(w, `<input type="hidden" name="%s" value="%s">`, name, html.EscapeString(tokens.Get(name)))
		}
		fmt.Fprint(w, `<noscript><button>Continue</button></noscript></form></body></html>`)
	}
}

func page(title string) func(http.ResponseWriter, url.Values, url.Values) {
	return func(w http.ResponseWriter, _, _ url.Values) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<html><head><title>%s</title></head><body><form method="post"><input name="user"><input type="hidden" name="csrf" value="x"></form></body></html>`, title)
	}
}

func (b *bench) withProvider(p *otherProvider) *bench {
	b.env = map[string]string{"IMPLICIT_ISSUER": p.URL, "IMPLICIT_CLIENT_ID": "app", "IMPLICIT_REDIRECT_URI": "https://app.example.com/cb?own=1",
		"IMPLICIT_TIMEOUT": "30s", "IMPLICIT_STORE": "none"}
	return b
}

func TestProviderThatAnswersAtOnce(t *testing.T) {
	t.Parallel()
	p := newOtherProvider(t)
	b := newBench(t).withProvider(p)
	for _, way := range []struct {
		mode   string
		answer func(http.ResponseWriter, url.Values, url.Values)
	}{
		{"fragment", byRedirect("#")}, {"form_post", byForm("")}, {"fragment", byForm("")}, {"query", byRedirect("&")},
	} {
		p.answer = way.answer
		for _, kinds := range []string{"id_token", "id_token token", "token id_token", "token"} {
			for _, method := range []string{"GET", "POST"} {
				out := b.run("login", "--via", "terminal", "-o", "json", "--response-mode", way.mode, "--response-type", kinds, "--method", method).exits(0).object()
				if out["valid"] != true || statusOf(out, "discovery") != "pass" {
					t.Errorf("%s %s %s: %v", way.mode, kinds, method, out)
				}
				if strings.Contains(kinds, "id_token") && statusOf(out, "signature") != "pass" {
					t.Errorf("%s %s: the signature was not verified", way.mode, kinds)
				}
			}
		}
	}
	b.run("login", "--via", "terminal", "--response-mode", "query").exits(0).says("warning")
	p.answer = byRedirect("#")
	b.run("authorize", "-o", "json").exits(0)
	out := b.run("login", "--via", "terminal", "--userinfo", "-o", "json").exits(0).object()
	if statusOf(out, "userinfo") != "pass" {
		t.Errorf("userinfo: %v", out["checks"])
	}
}

// A refusal is one, however badly its words are encoded.
func TestRefusalInBadWords(t *testing.T) {
	t.Parallel()
	p := newOtherProvider(t)
	b := newBench(t).withProvider(p)
	for _, words := range []string{"gesperrt%20f%FCr", "100%", "f\xfcr%20a", "%4"} {
		p.answer = func(w http.ResponseWriter, asked, _ url.Values) {
			w.Header().Set("Location", asked.Get("redirect_uri")+"#error=access_denied&error_description="+words+"&state="+url.QueryEscape(asked.Get("state")))
			w.WriteHeader(http.StatusFound)
		}
		b.run("login", "--via", "terminal").exits(3).says("access_denied")
	}
}

func TestProviderThatMisleads(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name   string
		answer func(w http.ResponseWriter, asked, tokens url.Values)
		status int
		says   string
	}{
		{"shows a login page", page("Sign in to Example"), 4, "Sign in to Example"},
		{"sends to a login page", func(w http.ResponseWriter, _, _ url.Values) {
			w.Header().Set("Location", "https://login.example.com/sign-in?return=x")
			w.WriteHeader(http.StatusFound)
		}, 4, "https://login.example.com/sign-in"},
		{"wants a login", func(w http.ResponseWriter, asked, _ url.Values) {
			byRedirect("#")(w, asked, url.Values{"error": {"login_required"}, "state": asked["state"]})
		}, 4, "login_required"},
		{"refuses in the query", func(w http.ResponseWriter, asked, _ url.Values) {
			byRedirect("&")(w, asked, url.Values{"error": {"access_denied"}, "state": asked["state"]})
		}, 3, "access_denied"},
		{"refuses somebody else", func(w http.ResponseWriter, asked, _ url.Values) {
			byRedirect("#")(w, asked, url.Values{"error": {"access_denied"}, "state": {"another"}})
		}, 5, "state"},
		{"posts the form elsewhere", byForm("https://attacker.example.com/cb"), 5, "attacker.example.com"},
		{"sends tokens elsewhere", func(w http.ResponseWriter, asked, tokens url.Values) {
			byRedirect("#")(w, url.Values{"redirect_uri": {"https://app.example.com.evil.example/cb"}}, tokens)
		}, 5, "evil.example"},
		{"drops the redirect URI's own query", func(w http.ResponseWriter, asked, tokens url.Values) {
			byRedirect("#")(w, url.Values{"redirect_uri": {"https://app.example.com/cb"}}, tokens)
		}, 5, "own query"},
		{"answers in the query though the fragment was asked", byRedirect("&"), 5, "channel"},
		{"answers with a code", func(w http.ResponseWriter, asked, _ url.Values) {
			byRedirect("#")(w, asked, url.Values{"code": {"abc"}, "state": asked["state"]})
		}, 5, "code"},
		{"answers with nothing", func(w http.ResponseWriter, _, _ url.Values) {}, 3, ""},
		{"answers 502", func(w http.ResponseWriter, _, _ url.Values) { w.WriteHeader(http.StatusBadGateway) }, 6, "502"},
		{"answers 403 in HTML", func(w http.ResponseWriter, _, _ url.Values) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, "<title>Forbidden</title>")
		}, 3, "403"},
		{"sends control characters", page("\x1b]0;pwned\x07\u202etitle"), 4, `\x1b]0;pwned`},
	}
	p := newOtherProvider(t)
	b := newBench(t).withProvider(p)
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			p.answer = row.answer
			r := b.on(t).run("login", "--via", "terminal").exits(row.status).says(row.says)
			if row.status == 4 && !strings.Contains(r.errOut, "implicit: hint: ") {
				t.Errorf("no hint: %s", r.errOut)
			}
			if strings.ContainsAny(r.errOut, "\x1b\x07") {
				t.Errorf("raw control characters: %q", r.errOut)
			}
		})
	}
}

func TestDiscoveryThatCannotBeTrusted(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name   string
		change map[string]any
		says   string
	}{
		{"another issuer", map[string]any{"issuer": "https://attacker.example.com"}, "attacker.example.com"},
		{"issuer with a slash", map[string]any{"issuer": "SELF/"}, "issuer"},
		{"no issuer", map[string]any{"issuer": nil}, "issuer"},
		{"no authorization endpoint", map[string]any{"authorization_endpoint": nil}, "authorization_endpoint"},
		{"authorization endpoint over http", map[string]any{"authorization_endpoint": "http://login.example.com/a"}, "authorization_endpoint"},
		{"keys over http", map[string]any{"jwks_uri": "http://login.example.com/k"}, "jwks_uri"},
		{"no keys", map[string]any{"jwks_uri": ""}, "jwks_uri"},
		{"only symmetric algorithms", map[string]any{"id_token_signing_alg_values_supported": []string{"HS256", "none"}}, "asymmetric"},
	}
	p := newOtherProvider(t)
	right := maps.Clone(p.metadata)
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			p.metadata = maps.Clone(right)
			for name, value := range row.change {
				if text, ok := value.(string); ok {
					value = strings.Replace(text, "SELF", p.URL, 1)
				}
				p.metadata[name] = value
			}
			newBench(t).withProvider(p).run("login", "--via", "terminal").exits(5).says(row.says)
			if got := strings.Join(p.asked(), " "); got != "GET /.well-known/openid-configuration" {
				t.Errorf("asked %q", got)
			}
		})
	}
	b := newBench(t).withProvider(p)
	p.Close()
	b.run("login", "--via", "terminal").exits(6).says("discovery")
}

// Nothing is sent to a provider whose algorithms are not accepted.
func TestAlgorithmsOfAnotherProvider(t *testing.T) {
	t.Parallel()
	p := newOtherProvider(t)
	b := newBench(t).withProvider(p)
	b.run("login", "--via", "terminal", "--algorithms", "RS256").exits(0)
	p.asked()
	b.run("login", "--via", "terminal", "--algorithms", "ES256").exits(2).says("RS256")
	if got := p.asked(); len(got) != 1 {
		t.Errorf("asked %q", got)
	}
}
