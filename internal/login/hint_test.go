package login

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

func TestUnlikeHint(t *testing.T) {
	for _, row := range []struct{ hint, claims, says string }{
		{"alice@example.com", `{"email":"Alice@example.com"}`, ""},
		{"alice", `{"preferred_username":"alice","email":"a@example.com"}`, ""},
		{"opaque-7", `{"login_hint":"opaque-7","email":"a@example.com"}`, ""},
		{"0b0c", `{"sub":"0b0c"}`, ""},
		{"mallory", `{"email":"a@example.com","sub":"0b0c"}`, `"a@example.com"`},
		{"null", `{"email":null,"sub":"0b0c"}`, "no claim tells"},
		{"7", `{"phone_number":7}`, "no claim tells"},
		{"alice", `{}`, "no claim tells"},
	} {
		enc := base64.RawURLEncoding.EncodeToString
		claims, err := implicit.DecodeUnverified(enc([]byte(`{"alg":"none"}`)) + "." + enc([]byte(row.claims)) + ".")
		if err != nil {
			t.Fatal(err)
		}
		if got := unlikeHint(row.hint, nil, claims); (got == "") != (row.says == "") || !strings.Contains(got, row.says) {
			t.Errorf("%s with %s: %q", row.hint, row.claims, got)
		}
	}
}
