package implicit_test

import (
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// What a provider is in tests: a small signer over crypto/*, with nothing of
// the verifier's own in it.

const (
	issuer = "https://auth.pingone.eu/8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5/as"
	client = "3c2b1a0f-1e2d-4c3b-9a8f-7e6d5c4b3a29"
	person = "0b0c6a5e-7d1f-4f0e-9a51-3e0f3e1a2b3c"
	nonce  = "bm9uY2Utb2YtdGhlLXJlcXVlc3QtMDAx"
	state  = "c3RhdGUtb2YtdGhlLXJlcXVlc3QtMDAx"
	opaque = "2YotnFZFEjr1zCsicMWpAA"
)

// moment is when everything is verified.
var moment = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

var enc = base64.RawURLEncoding

type claims = map[string]any

// signer is a private key and the algorithm it signs with.
type signer struct {
	alg  string
	kid  string
	key  crypto.Signer
	salt int    // of PSS; 0: as long as the hash
	also claims // further members of the public key
}

func newSigner(t testing.TB, alg, kid string) *signer {
	t.Helper()
	var key crypto.Signer
	var err error
	switch alg {
	case "ES256":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "ES384":
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "ES512":
		key, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "EdDSA", "Ed25519":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	default:
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	return &signer{alg: alg, kid: kid, key: key}
}

func hashOf(alg string) crypto.Hash {
	switch {
	case strings.HasSuffix(alg, "256"):
		return crypto.SHA256
	case strings.HasSuffix(alg, "384"):
		return crypto.SHA384
	}
	return crypto.SHA512
}

// sign signs text by alg, which need not be the signer's own.
func (s *signer) sign(t testing.TB, text string) []byte {
	t.Helper()
	hash := hashOf(s.alg)
	h := hash.New()
	h.Write([]byte(text))
	sum := h.Sum(nil)
	var sig []byte
	var err error
	switch key := s.key.(type) {
	case *rsa.PrivateKey:
		if s.alg[0] == 'P' {
			sig, err = rsa.SignPSS(rand.Reader, key, hash, sum, &rsa.PSSOptions{SaltLength: cmp.Or(s.salt, rsa.PSSSaltLengthEqualsHash)})
		} else {
			sig, err = rsa.SignPKCS1v15(nil, key, hash, sum)
		}
	case *ecdsa.PrivateKey:
		var rs struct{ R, S *big.Int }
		if sig, err = key.Sign(nil, sum, hash); err == nil { // RFC 6979: the same each time
			_, err = asn1.Unmarshal(sig, &rs)
		}
		size := (key.Curve.Params().BitSize + 7) / 8
		if err == nil {
			sig = append(rs.R.FillBytes(make([]byte, size)), rs.S.FillBytes(make([]byte, size))...)
		}
	case ed25519.PrivateKey:
		sig = ed25519.Sign(key, []byte(text))
	}
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

// jwk returns the public key, with a kid and without an alg, as PingOne does.
func (s *signer) jwk() claims {
	j := claims{"use": "sig"}
	if s.kid != "" {
		j["kid"] = s.kid
	}
	switch key := s.key.Public().(type) {
	case *rsa.PublicKey:
		j["kty"], j["n"], j["e"] = "RSA", enc.EncodeToString(key.N.Bytes()), enc.EncodeToString(big.NewInt(int64(key.E)).Bytes())
	case *ecdsa.PublicKey:
		point, err := key.Bytes() // 4, x, y: SEC 1 section 2.3.3
		if err != nil {
			panic(err)
		}
		half := 1 + len(point)/2
		j["kty"], j["crv"] = "EC", key.Curve.Params().Name
		j["x"], j["y"] = enc.EncodeToString(point[1:half]), enc.EncodeToString(point[half:])
	case ed25519.PublicKey:
		j["kty"], j["crv"], j["x"] = "OKP", "Ed25519", enc.EncodeToString(key)
	}
	for name, value := range s.also {
		j[name] = value
	}
	return j
}

func jwks(t testing.TB, keys ...claims) json.RawMessage {
	t.Helper()
	return toJSON(t, claims{"keys": keys})
}

func toJSON(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// draft is a token before it is signed. The texts stand for the JSON of header
// and claims where they are not empty.
type draft struct {
	signer     *signer
	header     claims
	claims     claims
	headerText string
	claimsText string
	rewrite    func(token string) string // after signing
}

func (d *draft) token(t testing.TB) string {
	t.Helper()
	header, payload := d.headerText, d.claimsText
	if header == "" {
		header = string(toJSON(t, d.header))
	}
	if payload == "" {
		payload = string(toJSON(t, d.claims))
	}
	signed := enc.EncodeToString([]byte(header)) + "." + enc.EncodeToString([]byte(payload))
	token := signed + "." + enc.EncodeToString(d.signer.sign(t, signed))
	if d.rewrite != nil {
		token = d.rewrite(token)
	}
	return token
}

// hashHalf is at_hash by OpenID Connect Core section 3.2.2.9.
func hashHalf(alg, token string) string {
	h := hashOf(alg).New()
	h.Write([]byte(token))
	sum := h.Sum(nil)
	return enc.EncodeToString(sum[:len(sum)/2])
}

// scene is an answer in the making, with all that it is verified against.
type scene struct {
	verifier implicit.Verifier
	expected implicit.Expected
	keys     []claims
	keysText string // in place of keys

	id     *draft
	access *draft
	opaque string // the access token, where access is nil
	alone  string // "id_token" or "access_token": verified without an answer around it

	params  url.Values                 // of the answer, over what stands there by itself
	drop    []string                   // parameters that do not come
	rewrite func(answer string) string // the redirect URL, last
}

func newScene(s *signer) *scene {
	return &scene{
		verifier: implicit.Verifier{Issuer: issuer, ClientID: client},
		expected: implicit.Expected{ResponseType: "token id_token", ResponseMode: "fragment", State: state, Nonce: nonce},
		keys:     []claims{s.jwk()},
		id: &draft{signer: s, header: claims{"alg": s.alg, "kid": s.kid, "typ": "JWT"}, claims: claims{
			"iss": issuer, "sub": person, "aud": client, "nonce": nonce,
			"iat": moment.Unix() - 2, "exp": moment.Unix() + 3600, "auth_time": moment.Unix() - 3, "acr": "Single_Factor",
		}},
		access: &draft{signer: s, header: claims{"alg": s.alg, "kid": s.kid, "typ": "at+jwt"}, claims: claims{
			"iss": issuer, "sub": person, "client_id": client, "aud": []string{"https://api.pingone.eu"},
			"scope": "openid profile", "iat": moment.Unix() - 2, "exp": moment.Unix() + 3600, "env": "8f1c2d3e",
		}},
		params: url.Values{},
	}
}

func (s *scene) accessToken(t testing.TB) string {
	if s.access != nil {
		return s.access.token(t)
	}
	return s.opaque
}

// tokens returns both tokens; the ID token carries the other's hash unless the
// draft says something else.
func (s *scene) tokens(t testing.TB) (id, access string) {
	access = s.accessToken(t)
	if s.id == nil {
		return "", access
	}
	if hash, set := s.id.claims["at_hash"]; set && hash == nil {
		delete(s.id.claims, "at_hash")
	} else if !set && access != "" && s.alone == "" {
		s.id.claims["at_hash"] = hashHalf(s.id.signer.alg, access)
	}
	return s.id.token(t), access
}

// answer returns what is verified: a redirect URL, or one token.
func (s *scene) answer(t testing.TB) twin {
	t.Helper()
	tw := twin{Keys: jwks(t, s.keys...)}
	if s.keysText != "" {
		tw.Keys = json.RawMessage(s.keysText)
	}
	id, access := s.tokens(t)
	switch s.alone {
	case "id_token":
		tw.IDToken = id
		return tw
	case "access_token":
		tw.AccessToken = access
		return tw
	}
	v := url.Values{"state": {s.expected.State}}
	if id != "" {
		v.Set("id_token", id)
	}
	if access != "" {
		v.Set("access_token", access)
		v.Set("token_type", "Bearer")
		v.Set("expires_in", "3600")
	}
	for name, values := range s.params {
		v[name] = values
	}
	for _, name := range s.drop {
		v.Del(name)
	}
	tw.URL = "https://app.example.com/callback#" + v.Encode()
	if s.rewrite != nil {
		tw.URL = s.rewrite(tw.URL)
	}
	return tw
}

// sortedJSON is JSON with its names in order, so that the same members are the
// same text.
func sortedJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func publicPEM(key any) []byte {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}
