// Package wycheproof runs the JSON web signature and key vectors of C2SP's
// Wycheproof against the verifier. It is a module of its own: the vectors are
// large, and nothing of them belongs in the program's go.mod.
package wycheproof

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	vectors "github.com/c2sp/wycheproof"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

type file struct {
	Groups []group `json:"testGroups"`
}

type group struct {
	Comment string          `json:"comment"`
	Public  json.RawMessage `json:"public"`  // a key or a set
	Private json.RawMessage `json:"private"` // the same; all there is of a shared secret
	Tests   []struct {
		ID      int             `json:"tcId"`
		Comment string          `json:"comment"`
		JWS     json.RawMessage `json:"jws"` // a string, or an object in JSON serialization
		Result  string          `json:"result"`
	} `json:"tests"`
}

// stricter are the vectors that Wycheproof calls valid and that are refused,
// beside all that are made with a shared secret, and by which check.
var stricter = map[string]map[int]string{
	"json_web_signature_test.json": {
		346: "key",  // RFC 7520 figure 20: the key says PS256 and the token PS384
		347: "keys", // RFC 7520 figure 27: the key says ES521, which there is not
		350: "key",  // as 346
		351: "keys", // as 347
	},
}

func TestWycheproof(t *testing.T) {
	for name, want := range map[string]int{"json_web_signature_test.json": 401, "json_web_key_test.json": 26} {
		t.Run(name, func(t *testing.T) {
			counted := map[string]int{}
			for _, g := range read(t, name).Groups {
				for _, test := range g.Tests {
					check := verify(t, g.keys(t), test.JWS)
					expected, ok := stricter[name][test.ID]
					switch {
					case test.Result == "valid" && shared(test.JWS):
						counted["valid, refused: a shared secret"]++
						ok = check == "algorithm" || check == "keys" || check == "format"
					case ok:
						counted["valid, refused: the key is for another algorithm"]++
						ok = check == expected && verify(t, withoutAlg(t, g.keys(t)), test.JWS) == ""
					case test.Result == "valid":
						counted["valid, taken"]++
						ok = check == ""
					default:
						counted["invalid, refused by "+check]++
						ok = check != ""
					}
					if !ok {
						t.Errorf("%d %s %s (%s): refused by %q", test.ID, g.Comment, test.Comment, test.Result, check)
					}
				}
			}
			total := 0
			for _, what := range slices.Sorted(maps.Keys(counted)) {
				t.Logf("%4d %s", counted[what], what)
				total += counted[what]
			}
			if total != want {
				t.Errorf("%d vectors, expected %d", total, want)
			}
		})
	}
}

func read(t *testing.T, name string) (f file) {
	t.Helper()
	text, err := fs.ReadFile(vectors.TestVectors, name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// keys returns a set: what is public, and where nothing is, the secret itself,
// so that a verifier which took it would be found out.
func (g group) keys(t *testing.T) []byte {
	t.Helper()
	keys := g.Public
	if len(keys) == 0 {
		keys = g.Private
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(keys, &set); err != nil {
		t.Fatal(err)
	}
	if set.Keys != nil {
		return keys
	}
	return slices.Concat([]byte(`{"keys":[`), keys, []byte(`]}`))
}

func withoutAlg(t *testing.T, set []byte) []byte {
	t.Helper()
	var doc struct {
		Keys []map[string]any `json:"keys"`
	}
	if err := json.Unmarshal(set, &doc); err != nil {
		t.Fatal(err)
	}
	for _, k := range doc.Keys {
		delete(k, "alg")
	}
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// verify returns the check that refused, "keys" where the set has no key that
// can verify anything, and "" for a signature that holds.
func verify(t *testing.T, set []byte, raw json.RawMessage) string {
	t.Helper()
	var jws string
	if json.Unmarshal(raw, &jws) != nil {
		jws = string(raw)
	}
	keys, err := implicit.StaticKeys(set)
	var distrusted *implicit.KeySetError
	if errors.As(err, &distrusted) {
		return "keys"
	}
	v := &implicit.Verifier{Keys: keys, Algorithms: implicit.Algorithms()}
	_, err = v.VerifyJWS(context.Background(), implicit.NewSecret(jws))
	var refused *implicit.VerifyError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &refused):
		return refused.Check.Name
	}
	t.Fatal(err)
	return ""
}

// shared reports whether the header says HMAC.
func shared(raw json.RawMessage) bool {
	var jws string
	_ = json.Unmarshal(raw, &jws)
	header, _, _ := strings.Cut(jws, ".")
	text, _ := base64.RawURLEncoding.DecodeString(strings.Map(func(c rune) rune {
		if c == '-' || c == '_' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' {
			return c
		}
		return -1
	}, header))
	return strings.Contains(string(text), `"HS`)
}
