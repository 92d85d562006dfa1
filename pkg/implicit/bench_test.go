package implicit_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// The benchmarks verify an ID token of 950 bytes in full, and beside it the
// signature alone, as crypto/* does it over a hash that is already made.
// testdata/compare measures other libraries too.

// benchScene is an ID token as PingOne makes it, and what verifies it.
func benchScene(b testing.TB, alg string) (v *implicit.Verifier, token implicit.Secret, key *signer) {
	b.Helper()
	key = newSigner(b, alg, "4f0c5b3e-6b0e-11f0-8de9-0242ac120002")
	s := newScene(key)
	s.alone = "id_token"
	s.id.header = claims{"alg": alg, "kid": key.kid}
	for name, value := range (claims{
		"amr": []string{"pwd"}, "sid": "5f4e3d2c-1b0a-4938-8271-605f4e3d2c1b", "zoneinfo": "UTC",
	}) {
		s.id.claims[name] = value
	}
	pad := 0
	if n := 950 - len(s.answer(b).IDToken); n > 0 {
		pad = n * 3 / 4
	}
	s.id.claims["preferred_username"] = strings.Repeat("a", max(0, pad-len(`"preferred_username":"",`)))
	tw := s.answer(b)
	keys, err := implicit.NewStaticKeySet(tw.Keys)
	if err != nil {
		b.Fatal(err)
	}
	v = &implicit.Verifier{Issuer: issuer, ClientID: client, Keys: keys, Algorithms: []string{alg}, Now: func() time.Time { return moment }}
	return v, implicit.NewSecret(tw.IDToken), key
}

// raw returns the verification of the signature alone.
func raw(b *testing.B, token implicit.Secret, key *signer) func() bool {
	b.Helper()
	text := token.Reveal()
	last := strings.LastIndexByte(text, '.')
	sum := sha256.Sum256([]byte(text[:last]))
	signature, err := enc.DecodeString(text[last+1:])
	if err != nil {
		b.Fatal(err)
	}
	switch public := key.key.Public().(type) {
	case *rsa.PublicKey:
		return func() bool { return rsa.VerifyPKCS1v15(public, crypto.SHA256, sum[:], signature) == nil }
	case *ecdsa.PublicKey:
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		return func() bool { return ecdsa.Verify(public, sum[:], r, s) }
	}
	b.Fatal("no raw verification of this key")
	return nil
}

func full(v *implicit.Verifier, token implicit.Secret) func() bool {
	e := implicit.Expected{Nonce: nonce}
	return func() bool {
		result, err := v.VerifyIDToken(context.Background(), token, e)
		return err == nil && result.Valid()
	}
}

func benchmark(b *testing.B, alg string) {
	v, token, key := benchScene(b, alg)
	ways := map[string]func() bool{"raw": raw(b, token, key), "full": full(v, token)}
	for _, name := range []string{"raw", "full"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !ways[name]() {
					b.Fatal("refused")
				}
			}
		})
	}
	// The two in turns of a few milliseconds, the quickest turn of each: what
	// else the machine does meanwhile falls on both.
	b.Run("ratio", func(b *testing.B) {
		best := map[string]time.Duration{}
		for b.Loop() {
			for name, way := range ways {
				start := time.Now()
				for range 50 {
					way()
				}
				if d := time.Since(start); best[name] == 0 || d < best[name] {
					best[name] = d
				}
			}
		}
		b.ReportMetric(float64(best["full"])/float64(best["raw"]), "x_raw")
		b.ReportMetric(float64(len(token.Reveal())), "token_bytes")
	})
}

func BenchmarkRS256(b *testing.B) { benchmark(b, "RS256") }

func BenchmarkES256(b *testing.B) { benchmark(b, "ES256") }

// BenchmarkBatch is what verify --batch does with each token, on all cores.
func BenchmarkBatch(b *testing.B) {
	v, token, _ := benchScene(b, "RS256")
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		verify := full(v.Reusing(), token)
		for pb.Next() {
			if !verify() {
				b.Error("refused")
			}
		}
	})
}

// Allocations cost as much as the claims: a change that adds one says why, and raises
// the number. The race detector adds one.
func TestAllocations(t *testing.T) {
	v, token, _ := benchScene(t, "RS256")
	for _, c := range []struct {
		name string
		v    *implicit.Verifier
		max  float64
	}{{"an ID token", v, 19}, {"one after the other", v.Reusing(), 13}} {
		verify := full(c.v, token)
		if n := testing.AllocsPerRun(100, func() { verify() }); n > c.max {
			t.Errorf("%s: %v allocations, expected at most %v", c.name, n, c.max)
		}
	}
}
