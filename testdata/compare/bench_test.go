package compare

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/golang-jwt/jwt/v5"
	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	jwxt "github.com/lestrrat-go/jwx/v2/jwt"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

var enc = base64.RawURLEncoding

// signer signs tokens with RS256.
type signer struct {
	key *rsa.PrivateKey
	set []byte
}

func newSigner(t testing.TB) signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	set, err := json.Marshal(map[string]any{"keys": []any{map[string]string{
		"kty": "RSA", "kid": "4f0c5b3e-6b0e-11f0-8de9-0242ac120002", "use": "sig", "alg": "RS256",
		"n": enc.EncodeToString(key.N.Bytes()), "e": enc.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return signer{key, set}
}

func (s signer) sign(t testing.TB, header, payload string) string {
	t.Helper()
	signed := enc.EncodeToString([]byte(header)) + "." + enc.EncodeToString([]byte(payload))
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, s.key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + enc.EncodeToString(signature)
}

const (
	header  = `{"alg":"RS256","kid":"4f0c5b3e-6b0e-11f0-8de9-0242ac120002"}`
	payload = `{"iss":"https://auth.pingone.eu/8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5/as","sub":"0b0c6a5e-7d1f-4f0e-9a51-3e0f3e1a2b3c",` +
		`"aud":"3c2b1a0f-1e2d-4c3b-9a8f-7e6d5c4b3a29","iat":1767323043,"exp":1767326645,"auth_time":1767323041,"acr":"Single_Factor",` +
		`"amr":["pwd"],"nonce":"bm9uY2Utb2YtdGhlLXJlcXVlc3QtMDAx","sid":"5f4e3d2c-1b0a-4938-8271-605f4e3d2c1b","p1.region":"EU"}`
)

func ask(s signer, token string) question {
	return question{id: token, keys: s.set, issuer: "https://auth.pingone.eu/8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5/as",
		client: "3c2b1a0f-1e2d-4c3b-9a8f-7e6d5c4b3a29", algorithms: []string{"RS256"}, nonce: "bm9uY2Utb2YtdGhlLXJlcXVlc3QtMDAx",
		at: time.Unix(1767323045, 0)}
}

// BenchmarkRS256 verifies one ID token with each library, with its keys loaded, in
// turns of a few milliseconds, and reports the quickest turn of each, and of the
// signature alone.
func BenchmarkRS256(b *testing.B) {
	s := newSigner(b)
	token := s.sign(b, header, payload)
	q := ask(s, token)
	ways := map[string]func() error{
		"raw":        rawWay(b, s, token),
		"implicit":   implicitWay(b, q),
		"go-oidc":    goOIDCWay(s, q),
		"golang-jwt": golangJWTWay(s, q),
		"jwx":        jwxWay(b, s, q),
	}
	best := map[string]time.Duration{}
	for b.Loop() {
		for name, way := range ways {
			start := time.Now()
			for range 20 {
				if err := way(); err != nil {
					b.Fatal(name, err)
				}
			}
			if d := time.Since(start); best[name] == 0 || d < best[name] {
				best[name] = d
			}
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(len(token)), "token_bytes")
	for name, way := range ways {
		b.ReportMetric(float64(best[name])/float64(best["raw"]), name+"_x_raw")
		b.ReportMetric(testing.AllocsPerRun(100, func() { _ = way() }), name+"_allocs")
	}
}

func rawWay(b *testing.B, s signer, token string) func() error {
	last := strings.LastIndexByte(token, '.')
	sum := sha256.Sum256([]byte(token[:last]))
	signature, err := enc.DecodeString(token[last+1:])
	if err != nil {
		b.Fatal(err)
	}
	return func() error { return rsa.VerifyPKCS1v15(&s.key.PublicKey, crypto.SHA256, sum[:], signature) }
}

func implicitWay(b *testing.B, q question) func() error {
	keys, err := implicit.NewStaticKeySet(q.keys)
	if err != nil {
		b.Fatal(err)
	}
	v := &implicit.Verifier{Issuer: q.issuer, ClientID: q.client, Keys: keys, Now: func() time.Time { return q.at }}
	return func() error {
		result, err := v.VerifyIDToken(context.Background(), implicit.NewSecret(q.id), implicit.Expected{Partial: true, Nonce: q.nonce})
		if err != nil {
			return err
		}
		return result.Err()
	}
}

func goOIDCWay(s signer, q question) func() error {
	keys := &oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{&s.key.PublicKey}}
	v := oidc.NewVerifier(q.issuer, keys, &oidc.Config{ClientID: q.client, Now: func() time.Time { return q.at }})
	return func() error {
		_, err := v.Verify(context.Background(), q.id)
		return err
	}
}

func golangJWTWay(s signer, q question) func() error {
	p := jwt.NewParser(jwt.WithValidMethods(q.algorithms), jwt.WithIssuer(q.issuer), jwt.WithAudience(q.client),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(func() time.Time { return q.at }))
	return func() error {
		_, err := p.Parse(q.id, func(*jwt.Token) (any, error) { return &s.key.PublicKey, nil })
		return err
	}
}

func jwxWay(b *testing.B, s signer, q question) func() error {
	key, err := jwk.FromRaw(&s.key.PublicKey)
	if err != nil {
		b.Fatal(err)
	}
	token := []byte(q.id)
	return func() error {
		_, err := jwxt.Parse(token, jwxt.WithKey(jwa.RS256, key), jwxt.WithIssuer(q.issuer), jwxt.WithAudience(q.client),
			jwxt.WithClock(jwxt.ClockFunc(func() time.Time { return q.at })))
		return err
	}
}
