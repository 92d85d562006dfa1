package implicit_test

import (
	"context"
	"testing"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

func warned(r *implicit.Result, code string) bool {
	for _, w := range r.Warnings {
		if w.Code == code && w.Message != "" {
			return true
		}
	}
	return false
}

func hasVariant(r *implicit.Result) bool { return warned(r, "case_variant") }

// RFC 7519 section 4: a name that is not understood is ignored.
func TestNamesInOtherLettersAreIgnored(t *testing.T) {
	key := newSigner(t, "RS256", "one")
	for name, change := range map[string]func(*scene){
		"scope":               accessClaim("Scope", "admin"),
		"amr alone":           idClaim("AMR", []string{"pwd"}),
		"sub":                 idClaim("Sub", "other"),
		"iss":                 idClaim("ISS", "https://evil.example.com"),
		"iss with a long s":   idClaim("i\u017fs", "https://evil.example.com"),
		"exp":                 idClaim("EXP", 1),
		"nbf":                 idClaim("Nbf", moment.Unix()+3600),
		"header alg":          idHeader("ALG", "none"),
		"header crit":         idHeader("Crit", []string{"exp"}),
		"header kid (Kelvin)": idHeader("\u212aid", "another"),
		"access token's iss":  accessClaim("Iss", "https://evil.example.com"),
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(key)
			change(s)
			v, tw := stage(t, s)
			result, err := v.Verify(context.Background(), request(), response(t, tw))
			if err != nil || !hasVariant(result) || result.IDTokenClaims.Subject() != person {
				t.Errorf("%v, warnings %v", err, result.Warnings)
			}
		})
	}
	v, tw := stage(t, newScene(key))
	if result, err := v.Verify(context.Background(), request(), response(t, tw)); err != nil || hasVariant(result) {
		t.Errorf("a plain response: %v, warnings %v", err, result.Warnings)
	}
}
