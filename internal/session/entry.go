package session

import (
	"encoding/json"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// Entry is a stored login. Its secrets are in clear in here; the store seals it.
type Entry struct {
	Profile  string    `json:"profile"`
	Issuer   string    `json:"issuer"`
	AuthURL  string    `json:"auth_url,omitempty"` // PingOne's base; empty for another provider
	ClientID string    `json:"client_id"`
	User     string    `json:"user,omitempty"` // the user that was asked for
	Who      string    `json:"who,omitempty"`  // the user as the tokens name them
	Subject  string    `json:"subject,omitempty"`
	Obtained time.Time `json:"obtained"`
	Via      string    `json:"via"`

	AccessToken string    `json:"access_token,omitempty"`
	TokenType   string    `json:"token_type,omitempty"`
	IDToken     string    `json:"id_token,omitempty"`
	State       string    `json:"state,omitempty"`
	Scope       string    `json:"scope,omitempty"`      // as granted
	ExpiresIn   *int64    `json:"expires_in,omitempty"` // seconds, as the provider said
	Expires     time.Time `json:"expires"`              // of the access token, or of the only token; zero: not known
	IDExpires   time.Time `json:"id_expires"`           // zero: no ID token

	Cookies  []implicit.Param   `json:"cookies,omitempty"` // of the sign-on session, where it is ours
	Checks   []implicit.Check   `json:"checks"`
	Warnings []implicit.Warning `json:"warnings,omitempty"`
	UserInfo json.RawMessage    `json:"userinfo,omitempty"` // its claims
}

// Session returns the sign-on session that the login came from; empty where it
// is the browser's.
func (e *Entry) Session() pingone.Session { return sessionOf(e.Cookies) }

// AssumedLife is how long an access token is used where nothing says when it
// expires.
const AssumedLife = time.Hour

// Expiry returns when the wanted token expires; zero where the entry has none, or
// does not know.
func (e *Entry) Expiry(idToken bool) time.Time {
	if idToken {
		return e.IDExpires
	}
	return e.Expires
}

// Until returns until when the wanted token is used: until it expires. An access
// token whose expiry is not known is used as long as the ID token, else for
// [AssumedLife].
func (e *Entry) Until(idToken bool) time.Time {
	until := e.Expiry(idToken)
	if until.IsZero() {
		until = e.IDExpires
	}
	if until.IsZero() {
		until = e.Obtained.Add(AssumedLife)
	}
	return until
}

// Assumed reports whether nothing says when the wanted token expires.
func (e *Entry) Assumed(idToken bool) bool { return e.Expiry(idToken).IsZero() && e.IDExpires.IsZero() }

// Good reports whether the wanted token is good for at least ttl from now. A
// token obtained in the future tells that the clock was set back: how long it is
// good cannot be told then.
func (e *Entry) Good(now time.Time, ttl, skew time.Duration, idToken bool) bool {
	token := e.AccessToken
	if idToken {
		token = e.IDToken
	}
	return token != "" && !e.Obtained.After(now.Add(skew)) && e.Until(idToken).After(now.Add(ttl))
}

// Renewable says how a new token can be had without a user.
func (e *Entry) Renewable() string {
	switch {
	case len(e.Cookies) > 0:
		return "by session"
	case e.Via == "browser":
		return "in the browser"
	}
	return "no"
}

func cookiesOf(s pingone.Session) (params []implicit.Param) {
	for _, c := range s.Cookies {
		params = append(params, implicit.Param{Name: c.Name, Value: c.Value.Reveal()})
	}
	return params
}

func sessionOf(params []implicit.Param) pingone.Session {
	var cookies []pingone.Cookie
	for _, p := range params {
		cookies = append(cookies, pingone.Cookie{Name: p.Name, Value: implicit.NewSecret(p.Value)})
	}
	return pingone.Session{Cookies: cookies}
}

// SetSession keeps the cookies of s with the entry.
func (e *Entry) SetSession(s pingone.Session) { e.Cookies = cookiesOf(s) }
