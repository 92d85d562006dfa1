package tokensource

import (
	"time"

	"golang.org/x/oauth2"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// login is a verified response; it does not change.
type login struct {
	result  *implicit.Result
	renewAt time.Time // zero: never, since PingOne does not say when the token expires
}

func newLogin(result *implicit.Result, now time.Time, delta time.Duration) *login {
	l := &login{result: result}
	if !result.Expires.IsZero() {
		l.renewAt = result.Expires.Add(-min(delta, result.Expires.Sub(now)/2))
	}
	return l
}

// freshAt reports whether it need not be renewed.
func (l *login) freshAt(now time.Time) bool {
	return l != nil && (l.renewAt.IsZero() || now.Before(l.renewAt))
}

func (l *login) validAt(now time.Time) bool {
	return l != nil && (l.result.Expires.IsZero() || now.Before(l.result.Expires))
}

// token makes a new one each time: its holder may change it.
func (l *login) token() *oauth2.Token {
	token := &oauth2.Token{AccessToken: l.result.AccessToken.Reveal(), TokenType: "Bearer", Expiry: l.result.Expires}
	if l.result.IDToken.Empty() {
		return token
	}
	return token.WithExtra(map[string]any{"id_token": l.result.IDToken.Reveal()})
}

// subjectOf returns whose tokens they are; empty where they do not say.
func subjectOf(result *implicit.Result) string {
	switch {
	case result.IDTokenClaims != nil:
		return result.IDTokenClaims.Subject()
	case result.AccessTokenClaims != nil:
		return result.AccessTokenClaims.Subject()
	}
	return ""
}
