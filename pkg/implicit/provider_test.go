package implicit_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"time"
)

// provider is the OpenID provider of the examples: its only user is signed on.
type provider struct {
	*httptest.Server
	key *rsa.PrivateKey
}

func startProvider() *provider {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	p := &provider{key: key}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"issuer":%[1]q,"authorization_endpoint":"%[1]s/authorize","jwks_uri":"%[1]s/jwks","id_token_signing_alg_values_supported":["RS256"]}`, p.URL)
	})
	mux.HandleFunc("/jwks", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(p.jwks()) })
	mux.HandleFunc("/authorize", p.authorize)
	p.Server = httptest.NewServer(mux)
	return p
}

func (p *provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	tokens := url.Values{"access_token": {"an-opaque-token"}, "token_type": {"Bearer"}, "expires_in": {"3600"}, "state": {q.Get("state")}}
	tokens.Set("id_token", p.idToken(q.Get("client_id"), q.Get("nonce"), "an-opaque-token"))
	if q.Get("response_mode") != "form_post" {
		http.Redirect(w, r, q.Get("redirect_uri")+"#"+tokens.Encode(), http.StatusFound)
		return
	}
	w.Header().Set("Content-Type", "text/html")
	fmt.Fprintf(w, `<form method="post" action="%s">`, html.EscapeString(q.Get("redirect_uri")))
	for name := range tokens {
		fmt.Fprintf(w, `<input type="hidden" name="%s" value="%s">`, name, html.EscapeString(tokens.Get(name)))
	}
}

func (p *provider) jwks() []byte {
	e := big.NewInt(int64(p.key.E)).Bytes()
	return fmt.Appendf(nil, `{"keys":[{"kty":"RSA","kid":"1","use":"sig","n":"%s","e":"%s"}]}`, base64URL(p.key.N.Bytes()), base64URL(e))
}

// idToken is an ID token for jane, with the hash of an access token.
func (p *provider) idToken(client, nonce, accessToken string) string {
	claims := map[string]any{"iss": p.URL, "sub": "jane", "aud": client, "nonce": nonce,
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix()}
	if accessToken != "" {
		sum := sha256.Sum256([]byte(accessToken))
		claims["at_hash"] = base64URL(sum[:16])
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	signed := base64URL([]byte(`{"alg":"RS256","kid":"1"}`)) + "." + base64URL(payload)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, p.key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return signed + "." + base64URL(signature)
}

func base64URL(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
