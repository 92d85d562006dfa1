package implicit

import (
	"encoding/base64"
	"strings"
)

// The kinds of token: see [KindOf] and [ClaimRequirement].
const (
	KindIDToken     = "id_token"
	KindAccessToken = "access_token"
)

// KindOf returns which kind a bare token is, by its header: KindAccessToken for
// the type at+jwt (RFC 9068 section 2.1), and KindIDToken for anything else, which
// leaves it to [Verifier.VerifyIDToken] to refuse it.
func KindOf(token string) string {
	header, _, _ := strings.Cut(token, ".")
	if len(token) > maxToken {
		return KindIDToken
	}
	text, err := base64.RawURLEncoding.DecodeString(header)
	if err != nil || !strings.ContainsAny(string(text), `+\`) { // an at+jwt has a plus, or an escape for it
		return KindIDToken
	}
	if c, err := parseToken(token); err == nil && isAccessTokenType(c.claims.headerText("typ")) {
		return KindAccessToken
	}
	return KindIDToken
}

func isAccessTokenType(typ string) bool {
	return strings.TrimPrefix(strings.ToLower(typ), "application/") == "at+jwt"
}
