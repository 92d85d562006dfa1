package implicit_test

import (
	"context"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// One key without a kid is the only one there is, whatever kid a token names.
func TestTheOnlyKeyWithoutKidServesAnyKid(t *testing.T) {
	bare, second, named := newSigner(t, "RS256", ""), newSigner(t, "RS256", ""), newSigner(t, "RS256", "named")
	unusable := claims{"kty": "oct", "k": "AAAA"}
	token := idTokenOf(t, &signer{alg: "RS256", kid: "any", key: bare.key})
	for _, row := range []struct {
		name string
		keys []claims
		want string
	}{
		{"the only key", []claims{bare.jwk()}, ""},
		{"the only usable key", []claims{unusable, bare.jwk()}, ""},
		{"two without kid", []claims{bare.jwk(), second.jwk()}, "key"},
		{"another has a kid", []claims{bare.jwk(), named.jwk()}, "key"},
		{"the only key has another kid", []claims{named.jwk()}, "key"},
		{"a stranger's", []claims{second.jwk()}, "signature"},
	} {
		keys, err := implicit.NewStaticKeySet(jwks(t, row.keys...))
		if err != nil {
			t.Fatal(err)
		}
		if got := refusedBy(t, verifierOf(keys), token); got != row.want {
			t.Errorf("%s: refused by %q, expected %q", row.name, got, row.want)
		}
	}

	server := serveKeys(t, bare.jwk())
	keys := implicit.NewRemoteKeySet(&implicit.Client{}, server.URL, cached(t, server.URL, bare.jwk()))
	if got := refusedBy(t, verifierOf(keys), token); got != "" || server.count() != 1 {
		t.Errorf("refused by %q after %d requests, expected one to see whether the kid is new", got, server.count())
	}
}

func TestNullInAKeyIsAbsent(t *testing.T) {
	key := newSigner(t, "RS256", "")
	for _, name := range []string{"kid", "use", "alg", "key_ops"} {
		k := key.jwk()
		k[name] = nil
		keys, err := implicit.NewStaticKeySet(jwks(t, k))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := refusedBy(t, verifierOf(keys), idTokenOf(t, key)); got != "" {
			t.Errorf("%s: refused by %q", name, got)
		}
	}
}

func TestAPrivateKeyIsNamedAndNotUsed(t *testing.T) {
	key, good := newSigner(t, "RS256", "leaked"), newSigner(t, "RS256", "good")
	for _, name := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
		k := key.jwk()
		k[name] = "AQAB"
		if name == "oth" {
			k[name] = []claims{{"r": "AQAB"}}
		}
		keys, err := implicit.NewStaticKeySet(jwks(t, k, good.jwk()))
		if err != nil {
			t.Fatal(err)
		}
		v := verifierOf(keys)
		if got := refusedBy(t, v, idTokenOf(t, good)); got != "" {
			t.Errorf("%s: the set's other key is refused by %q", name, got)
		}
		result, _ := v.VerifyIDToken(context.Background(), idTokenOf(t, key), implicit.Expected{Nonce: nonce})
		if c := failed(result); c.Name != "key" || !strings.Contains(c.Detail, `private member "`+name+`"`) {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

// RFC 7515 section 4.1.9 has JOSE for what is in compact serialization.
func TestTypeJOSE(t *testing.T) {
	key := newSigner(t, "RS256", "one")
	for typ, want := range map[string]string{"JOSE": "", "jose": "", "application/jose": "", "JOSE+JSON": "type", "at+jwt": "type"} {
		s := newScene(key)
		s.id.header["typ"] = typ
		v, tw := stage(t, s)
		result, _ := v.Verify(context.Background(), request(), response(t, tw))
		if c := failed(result); c.Name != want {
			t.Errorf("%s: refused by %q", typ, c.Name)
		}
	}
}

// PingOne sends a thousandth of auth_time after a sign-on by some policies.
func TestAThousandthOfAuthTime(t *testing.T) {
	key := newSigner(t, "RS256", "one")
	seconds := int64(300)
	for _, row := range []struct {
		authTime any
		maxAge   *int64
		warns    bool
		fails    bool
	}{
		{moment.Unix() / 1000, nil, true, false},
		{moment.Unix() / 1000, &seconds, true, true},
		{999999999, nil, true, false},
		{1000000000, nil, false, false},
		{1000000000, &seconds, false, true},
		{moment.Unix(), &seconds, false, false},
		{"1767323", nil, false, true},
	} {
		s := newScene(key)
		s.id.claims["auth_time"] = row.authTime
		v, tw := stage(t, s)
		req := request()
		req.MaxAge = row.maxAge
		result, _ := v.Verify(context.Background(), req, response(t, tw))
		c := named(result, "auth_time")
		if warned(result, "auth_time_malformed") != row.warns || (c.Status == implicit.StatusFail) != row.fails || result.Valid() == row.fails {
			t.Errorf("%v: %+v, warnings %v", row, c, result.Warnings)
		}
		if row.warns && row.fails && !strings.Contains(c.Detail, "thousandth") {
			t.Errorf("the fault is not named: %q", c.Detail)
		}
	}
}

// RFC 9864 names the algorithm after its curve, which EdDSA leaves open.
func TestEd25519ByItsOwnName(t *testing.T) {
	key := newSigner(t, "Ed25519", "one")
	for _, row := range []struct {
		keyAlg   any // of the JWK; nil: none
		alg      string
		accepted []string
		want     string
	}{
		{nil, "Ed25519", []string{"Ed25519"}, ""},
		{"Ed25519", "Ed25519", []string{"Ed25519"}, ""},
		{"EdDSA", "Ed25519", []string{"Ed25519"}, ""},
		{"Ed25519", "EdDSA", []string{"EdDSA"}, ""},
		{nil, "Ed25519", implicit.Algorithms(), ""},
		{nil, "Ed25519", []string{"EdDSA"}, "algorithm"},
		{nil, "Ed448", []string{"Ed448"}, "algorithm"},
		{"ES256", "Ed25519", []string{"Ed25519"}, "key"},
	} {
		s := newScene(key)
		s.verifier.Algorithms = row.accepted
		s.id.header["alg"], s.access.header["alg"] = row.alg, row.alg
		if row.keyAlg != nil {
			s.keys[0]["alg"] = row.keyAlg
		}
		s.keys = append(s.keys, newSigner(t, "ES256", "another").jwk())
		v, tw := stage(t, s)
		result, _ := v.Verify(context.Background(), request(), response(t, tw))
		if c := failed(result); c.Name != row.want {
			t.Errorf("%+v: refused by %q", row, c.Name)
		}
	}
}
