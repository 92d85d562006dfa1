package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// signingKey makes signatures of one algorithm.
type signingKey struct {
	alg, kid string
	rsa      *rsa.PrivateKey
	ec       *ecdsa.PrivateKey
	secret   []byte
}

// signingKeys are made once for all tests of a table: they cost more than the
// tests.
type signingKeys struct{ first, second, ec signingKey }

func newSigningKeys(t testing.TB) signingKeys {
	t.Helper()
	keys := signingKeys{first: newRSAKey(t, "first"), second: newRSAKey(t, "second"), ec: signingKey{alg: "ES256", kid: "curve"}}
	var err error
	if keys.ec.ec, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	return keys
}

func newRSAKey(t testing.TB, kid string) signingKey {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return signingKey{alg: "RS256", kid: kid, rsa: private}
}

// jwk is the public key as a key set has it.
func (k signingKey) jwk() map[string]any {
	if k.ec != nil {
		point, err := k.ec.PublicKey.Bytes()
		if err != nil {
			panic(err)
		}
		return map[string]any{"kty": "EC", "crv": "P-256", "kid": k.kid, "use": "sig", "x": b64(point[1:33]), "y": b64(point[33:])}
	}
	return map[string]any{"kty": "RSA", "kid": k.kid, "use": "sig", "n": b64(k.rsa.N.Bytes()), "e": b64(big.NewInt(int64(k.rsa.E)).Bytes())}
}

// jws signs claims; change adds to the header, or replaces what is in it.
func (k signingKey) jws(change, claims map[string]any) string {
	header, errHeader := json.Marshal(changed(map[string]any{"alg": k.alg, "kid": k.kid, "typ": "JWT"}, change))
	payload, errPayload := json.Marshal(claims)
	if errHeader != nil || errPayload != nil {
		panic("claims that are no JSON")
	}
	signed := b64(header) + "." + b64(payload)
	return signed + "." + b64(k.signature(signed))
}

func (k signingKey) signature(signed string) []byte {
	sum := sha256.Sum256([]byte(signed))
	switch {
	case k.rsa != nil:
		signature, err := rsa.SignPKCS1v15(nil, k.rsa, crypto.SHA256, sum[:])
		if err != nil {
			panic(err)
		}
		return signature
	case k.ec != nil:
		r, s, err := ecdsa.Sign(rand.Reader, k.ec, sum[:])
		if err != nil {
			panic(err)
		}
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	case k.secret != nil:
		mac := hmac.New(sha256.New, k.secret)
		mac.Write([]byte(signed))
		return mac.Sum(nil)
	}
	return nil // the algorithm none
}

// changed is m with what is in change; nil takes a member away.
func changed(m, change map[string]any) map[string]any {
	m = maps.Clone(m)
	maps.Copy(m, change)
	maps.DeleteFunc(m, func(_ string, value any) bool { return value == nil })
	return m
}

// spoil changes one bit of a token's signature.
func spoil(token string) string {
	end := strings.LastIndexByte(token, '.') + 1
	signature, err := base64.RawURLEncoding.DecodeString(token[end:])
	if err != nil {
		panic(err)
	}
	signature[len(signature)/2] ^= 1
	return token[:end] + b64(signature)
}

// opaqueToken is the access token; so long that it is found wherever it leaks.
const opaqueToken = "an-opaque-access-token-8f14e45fceea167a"

// faultyProvider is a provider such as the relying-party tests of the OpenID
// Foundation run: sound, until a test makes it do one thing otherwise.
type faultyProvider struct {
	*httptest.Server
	metadata map[string]any

	header, claims map[string]any // of the ID token, added or replaced; nil: absent
	spoiled        bool           // the signature of the ID token

	userInfo        map[string]any
	signedUserInfo  bool
	spoiledUserInfo bool

	base         string // of all addresses but discovery
	keysHeader   string // Cache-Control
	refuses      string // the error that is the answer to every request
	rotateBefore bool   // each signature, once the keys have been fetched

	mu          sync.Mutex
	signer      signingKey
	next        signingKey
	keys        []map[string]any
	asked       []providerRequest
	keysFetched chan struct{}
}

type providerRequest struct {
	line   string // method and path
	form   url.Values
	leaked bool // the access token is elsewhere than in Authorization
}

func newFaultyProvider(t *testing.T, keys signingKeys) *faultyProvider {
	t.Helper()
	p := &faultyProvider{
		header: map[string]any{}, claims: map[string]any{}, userInfo: map[string]any{}, base: "/op", keysHeader: "no-store",
		signer: keys.first, next: keys.second, keys: []map[string]any{keys.first.jwk()}, keysFetched: make(chan struct{}, 10),
	}
	p.Server = newTLSServer(p.serve)
	t.Cleanup(p.Close)
	p.metadata = map[string]any{
		"issuer": p.URL, "response_types_supported": []string{"id_token", "id_token token"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
	}
	return p
}

// withFaultyProvider points the settings at p.
func (b *bench) withFaultyProvider(p *faultyProvider) *bench {
	b.t.Helper()
	ca := filepath.Join(b.t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.Certificate().Raw}), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.env = map[string]string{"IMPLICIT_ISSUER": p.URL, "IMPLICIT_CA_CERT": ca, "IMPLICIT_CLIENT_ID": "app",
		"IMPLICIT_REDIRECT_URI": "https://app.example.com/cb", "IMPLICIT_TIMEOUT": "30s", "IMPLICIT_STORE": "none"}
	return b
}

func (p *faultyProvider) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(r.URL.RawQuery + "&" + string(body))
	p.mu.Lock()
	p.asked = append(p.asked, providerRequest{r.Method + " " + r.URL.Path, form, strings.Contains(r.URL.String()+string(body), opaqueToken)})
	p.mu.Unlock()
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		writeJSON(w, changed(map[string]any{"authorization_endpoint": p.URL + p.base + "/authorize", "jwks_uri": p.URL + p.base + "/keys",
			"userinfo_endpoint": p.URL + p.base + "/me"}, p.metadata))
	case p.base + "/keys":
		w.Header().Set("Cache-Control", p.keysHeader)
		p.mu.Lock()
		writeJSON(w, map[string]any{"keys": p.keys})
		p.mu.Unlock()
		p.keysFetched <- struct{}{}
	case p.base + "/authorize":
		p.authorize(w, form)
	case p.base + "/me":
		p.me(w, r)
	default:
		http.NotFound(w, r)
	}
}

// authorize answers at once, as if a user had signed on before.
func (p *faultyProvider) authorize(w http.ResponseWriter, asked url.Values) {
	answer := url.Values{"state": asked["state"]}
	switch {
	case p.refuses != "":
		answer.Set("error", p.refuses)
		answer.Set("error_description", "as the test wants it")
	case asked.Get("nonce") == "":
		answer.Set("error", "invalid_request")
		answer.Set("error_description", "nonce is missing")
	default:
		p.issue(asked, answer)
	}
	if asked.Get("response_mode") == "form_post" {
		byForm("")(w, asked, answer)
		return
	}
	byRedirect("#")(w, asked, answer)
}

// issue puts the tokens that were asked for into answer.
func (p *faultyProvider) issue(asked, answer url.Values) {
	now := time.Now()
	claims := map[string]any{"iss": p.URL, "sub": "somebody", "aud": asked.Get("client_id"), "nonce": asked.Get("nonce"),
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "auth_time": now.Unix()}
	if strings.Contains(asked.Get("response_type"), " ") {
		answer.Set("access_token", opaqueToken)
		answer.Set("token_type", "Bearer")
		answer.Set("expires_in", "3600")
		sum := sha256.Sum256([]byte(opaqueToken))
		claims["at_hash"] = b64(sum[:16])
	} else {
		maps.Copy(claims, userOf(asked.Get("scope"))) // no userinfo to ask
	}
	if p.rotateBefore {
		<-p.keysFetched
		p.rotate()
	}
	p.mu.Lock()
	token := p.signer.jws(p.header, changed(claims, p.claims))
	p.mu.Unlock()
	if p.spoiled {
		token = spoil(token)
	}
	answer.Set("id_token", token)
}

// rotate signs with the next key from now on, and publishes only that.
func (p *faultyProvider) rotate() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.signer = p.next
	p.keys = []map[string]any{p.next.jwk()}
}

// userOf is what the scopes give: OpenID Connect Core section 5.4.
func userOf(scope string) map[string]any {
	claims := map[string]any{}
	if slices.Contains(strings.Fields(scope), "profile") {
		claims["name"] = "Jane Doe"
	}
	if slices.Contains(strings.Fields(scope), "email") {
		claims["email"] = "jane@example.com"
	}
	return claims
}

// me is the userinfo endpoint. It takes the access token from the Authorization
// header and from nowhere else.
func (p *faultyProvider) me(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer "+opaqueToken {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		http.Error(w, "no token", http.StatusUnauthorized)
		return
	}
	claims := changed(map[string]any{"sub": "somebody"}, p.userInfo)
	if !p.signedUserInfo {
		writeJSON(w, claims)
		return
	}
	token := p.signer.jws(nil, changed(claims, map[string]any{"iss": p.URL, "aud": "app"}))
	if p.spoiledUserInfo {
		token = spoil(token)
	}
	w.Header().Set("Content-Type", "application/jwt")
	_, _ = io.WriteString(w, token)
}

// count returns how many requests were made for the path.
func (p *faultyProvider) count(path string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.asked {
		if strings.HasSuffix(r.line, " "+path) {
			n++
		}
	}
	return n
}

// leaks returns the requests that carried the access token where it may be
// logged.
func (p *faultyProvider) leaks() (lines []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.asked {
		if r.leaked {
			lines = append(lines, r.line)
		}
	}
	return lines
}

// sent returns the parameters of the latest request to authorize.
func (p *faultyProvider) sent() url.Values {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range slices.Backward(p.asked) {
		if strings.HasSuffix(r.line, "/authorize") {
			return r.form
		}
	}
	return nil
}
