package implicit

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// brokenJSON is what a JSON parser meets when it is cut off or misled.
var brokenJSON = []string{
	"", "0", "\xf8", "{", "{}0", "{ ", `{"a`, `{"\u`, `{"\u0X00`, `{"\0`, "{\"\b", `{"\r"`, `{"a"`, `{"a":0`, `{"a":1 `, `{"a":{0`,
	`{"a":{"b":"", "c": "",  ""`, `{"":[`, `{"a":[ `, `{"a":[0 `, `{"a":[ 0`, `{ "a": [ A`, `{"a":000`, `{"a":10}`,
}

// vectorTokens returns the keys and ID tokens of testdata/tokens, for corpora.
func vectorTokens(f *testing.F) (keys, tokens []string) {
	f.Helper()
	paths, err := filepath.Glob("../../testdata/tokens/*.json")
	if err != nil || len(paths) == 0 {
		f.Fatal("no vectors", err)
	}
	type twin struct {
		Keys    json.RawMessage `json:"keys"`
		IDToken string          `json:"id_token"`
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		var vectors []struct{ Valid, Faulty twin }
		if err := json.Unmarshal(text, &vectors); err != nil {
			f.Fatal(err)
		}
		for _, v := range vectors {
			for _, tw := range []twin{v.Valid, v.Faulty} {
				if tw.IDToken != "" && len(tw.IDToken) < 4096 {
					keys, tokens = append(keys, string(tw.Keys)), append(tokens, tw.IDToken)
				}
			}
		}
	}
	return keys, tokens
}

// FuzzJWT: what is taken for a token is one, by encoding/json and
// encoding/base64 too, and written in the only way there is; and whatever comes,
// a verdict is safe to print.
func FuzzJWT(f *testing.F) {
	keys, tokens := vectorTokens(f)
	for _, token := range tokens {
		f.Add(token)
	}
	for _, text := range brokenJSON {
		f.Add(base64.RawURLEncoding.EncodeToString([]byte(text)) + "..")
	}
	set, err := NewStaticKeySet([]byte(keys[0]))
	if err != nil {
		f.Fatal(err)
	}
	v := &Verifier{Issuer: "https://issuer.example.com", ClientID: "client", Keys: set, Algorithms: Algorithms(),
		Now: func() time.Time { return time.Unix(1767323045, 0) }}
	f.Fuzz(func(t *testing.T, token string) {
		if token == "" {
			return
		}
		result, err := reported(v.VerifyIDToken(context.Background(), NewSecret(token), Expected{Nonce: "n"}))
		if err != nil || result.Valid() {
			t.Fatalf("a token for another client: %v, %v", result, err)
		}
		safeToPrint(t, result)
		if result, err = reported(v.VerifyAccessToken(context.Background(), NewSecret(token), Expected{})); err != nil {
			t.Fatal(err)
		}
		safeToPrint(t, result)
		c, err := parseToken(token)
		if err != nil {
			return
		}
		sameAsStandard(t, &c.claims.header)
		sameAsStandard(t, &c.claims.payload)
		enc := base64.RawURLEncoding
		again := enc.EncodeToString([]byte(c.claims.header.raw)) + "." + enc.EncodeToString([]byte(c.payload)) + "." + enc.EncodeToString(c.signature)
		if again != token {
			t.Fatalf("%q is also written %q", token, again)
		}
		for _, name := range []string{"exp", "iat"} {
			if at, ok := c.claims.Time(name); ok && (at.Year() < 1970 || at.Year() > 9999) {
				t.Fatalf("%s is %v", name, at)
			}
		}
		c.claims.Text("aud", "0")
		c.claims.Lookup("address", "0", "x")
	})
}

func safeToPrint(t *testing.T, r *Result) {
	t.Helper()
	for _, c := range r.Checks {
		for _, text := range []string{c.Name, c.Detail, c.Expected, c.Found, c.Clause} {
			bad := strings.IndexFunc(text, func(c rune) bool {
				return c < ' ' || 0x7f <= c && c < 0xa0 || 0x202a <= c && c <= 0x202e || 0x2066 <= c && c <= 0x2069
			})
			if bad >= 0 || len(text) > 2000 || !utf8.ValidString(text) {
				t.Fatalf("%s shows %q", c.Name, text)
			}
		}
	}
}

// FuzzJWKS: what is taken for a set has keys that a verifier may use.
func FuzzJWKS(f *testing.F) {
	keys, tokens := vectorTokens(f)
	seen := map[string]bool{}
	for i, set := range keys {
		if !seen[set] {
			seen[set] = true
			f.Add([]byte(set), tokens[i])
		}
	}
	f.Add([]byte(`{"keys":[{"kty":"oct","k":"AAAA"},{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":1}]}`), tokens[0])
	f.Add([]byte(`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQ"},{"kty":"RSA","n":"","e":1}]}`), tokens[0])
	f.Add([]byte(`{"":[{"kty":"EC"}]}`), tokens[0])
	for _, text := range brokenJSON {
		f.Add([]byte(text), tokens[0])
	}
	for _, token := range []string{"a", "..", "..a", "a..", "eyJ9..", "e30.e30.", tokens[0] + "=", tokens[0] + ".a"} {
		f.Add([]byte(keys[0]), token)
	}
	f.Fuzz(func(t *testing.T, set []byte, token string) {
		k, err := NewStaticKeySet(set)
		if err != nil || token == "" {
			return
		}
		var doc struct{ Keys []json.RawMessage }
		if err := json.Unmarshal(set, &doc); err != nil {
			t.Fatalf("%q is taken, and encoding/json says %v", set, err)
		}
		for _, key := range k.doc.Load().keys {
			if (key.problem == "") != (len(key.verifiers) > 0 && key.key != nil) {
				t.Fatalf("%q: a key with the problem %q and %d algorithms", set, key.problem, len(key.verifiers))
			}
		}
		v := &Verifier{Issuer: "https://issuer.example.com", ClientID: "client", Keys: k, Algorithms: Algorithms()}
		result, err := reported(v.VerifyIDToken(context.Background(), NewSecret(token), Expected{}))
		if err != nil {
			t.Fatal(err)
		}
		safeToPrint(t, result)
	})
}

// FuzzAtHash: of all texts, at_hash is the one that an independent reading of
// OpenID Connect Core section 3.2.2.9 gives.
func FuzzAtHash(f *testing.F) {
	f.Add("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", "77QmUPtjPfzWtF2AnpK9RQ", uint8(0))
	f.Add("ya29.eQETFbFOkAs8nWHcmYXKwEi0Zz46NfsrUU_KuQLOLTwWS40y6Fb99aVzEXC0U14m61lcPMIr1hEIBA", "aUAkJG-u6x4RTWuILWy-CA", uint8(6))
	f.Add("token", "PEaenWxYddN6Q_NT1PiOYQ", uint8(3))
	for i := range Algorithms() {
		f.Add("", "", uint8(i))
		f.Add("token", "another", uint8(i))
		f.Add("token", "\r\"&\x00œ", uint8(i))
	}
	f.Fuzz(func(t *testing.T, token, claim string, which uint8) {
		a, _ := algorithmNamed(Algorithms()[int(which)%len(Algorithms())])
		var sum []byte
		switch {
		case strings.HasSuffix(a.name, "256"):
			s := sha256.Sum256([]byte(token))
			sum = s[:16]
		case strings.HasSuffix(a.name, "384"):
			s := sha512.Sum384([]byte(token))
			sum = s[:24]
		default:
			s := sha512.Sum512([]byte(token))
			sum = s[:32]
		}
		want := strings.TrimRight(base64.URLEncoding.EncodeToString(sum), "=")
		if got := a.hashHalf(token); got != want {
			t.Fatalf("%s: %q, expected %q", a.name, got, want)
		}
		payload, err := json.Marshal(map[string]string{"at_hash": claim})
		if err != nil || token == "" {
			return
		}
		o, err := parseObject(string(payload))
		if err != nil {
			t.Fatal(err)
		}
		check := &tokenCheck{
			verification: &verification{Verifier: &Verifier{}, Result: &Result{valid: true}, expect: Expected{AccessToken: NewSecret(token)}},
			names:        []string{"at_hash"}, jwt: &compact{claims: Claims{payload: o}}, alg: a,
		}
		check.atHash()
		if check.valid != (claim == want) {
			t.Fatalf("%s: at_hash %q of %q is taken: %v", a.name, claim, token, check.valid)
		}
	})
}

// FuzzJSON: whatever is taken reads the same by encoding/json.
func FuzzJSON(f *testing.F) {
	for _, text := range []string{
		`{"a":"\ud83d\ude00","b":[1,2.5e3,{"c":null}],"":true}`, `{"a":1,"\u0061":2}`, ` {} `, `{"a":[[[[{}]]]]}`, "{\"a\":\"\x7f\u2028\"}",
	} {
		f.Add(text)
	}
	for _, text := range brokenJSON {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if o, err := parseObject(text); err == nil {
			sameAsStandard(t, &o)
			for _, m := range o.members {
				m.value.numericDate()
				m.value.has("x")
				m.value.child("0")
			}
		}
	})
}

// reported drops the error of a failed check, for tests that look at the result.
func reported(r *Result, err error) (*Result, error) {
	var refused *VerifyError
	if errors.As(err, &refused) && r != nil && !r.Valid() {
		return r, nil
	}
	return r, err
}
