package implicit

import "strings"

// The kinds of token: see [ClaimRequirement].
const (
	KindIDToken     = "id_token"
	KindAccessToken = "access_token"
)

// isAccessTokenType knows the type of RFC 9068 section 2.1.
func isAccessTokenType(typ string) bool {
	return strings.TrimPrefix(strings.ToLower(typ), "application/") == "at+jwt"
}
