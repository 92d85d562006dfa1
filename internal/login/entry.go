package login

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// Entry is a login as it rests in a store. Its secrets are in clear in here;
// the store seals it.
type Entry struct {
	Profile  string    `json:"profile"`
	Issuer   string    `json:"issuer"`
	AuthURL  string    `json:"auth_url,omitempty"` // PingOne's base; empty for another provider
	ClientID string    `json:"client_id"`
	User     string    `json:"user,omitempty"` // that was asked for
	Who      string    `json:"who,omitempty"`  // as the tokens name the person
	Subject  string    `json:"subject,omitempty"`
	Obtained time.Time `json:"obtained"`
	Via      string    `json:"via"`

	AccessToken string    `json:"access_token,omitempty"`
	TokenType   string    `json:"token_type,omitempty"`
	IDToken     string    `json:"id_token,omitempty"`
	Scope       string    `json:"scope,omitempty"` // as granted
	Expires     time.Time `json:"expires"`         // of the access token, or of the only token
	IDExpires   time.Time `json:"id_expires"`

	Cookies []implicit.Param `json:"cookies,omitempty"` // of the sign-on session, where it is ours
	Result  json.RawMessage  `json:"result"`            // the result object, as login prints it
}

// Key is every input that changes the token: two commands with the same key may
// share one.
type Key struct {
	profile string
	rest    []string
	user    string
}

// KeyOf makes the key of what the settings ask for. Nothing is sent for it.
func KeyOf(s *config.Settings, params []implicit.Param) (Key, error) {
	issuer := s.Text("issuer")
	if issuer == "" {
		env, err := FindEnvironment(s)
		if err != nil {
			return Key{}, err
		}
		issuer = env.Issuer()
	}
	if s.Text("client-id") == "" {
		return Key{}, s.Problem("client-id", "missing; it is the ID of the application at the provider")
	}
	rest := []string{issuer, strings.Join(s.Words("scope"), " ")}
	for _, name := range []string{"client-id", "response-type", "acr-values", "max-age", "ui-locales"} {
		rest = append(rest, s.Text(name))
	}
	for _, p := range params {
		rest = append(rest, p.Name+"="+p.Value)
	}
	return Key{s.Profile, rest, askedUser(s)}, nil
}

// String is the key as a store has it. Lengths stand between the parts, so that
// no part can pass for two.
func (k Key) String() string { return k.text(k.user) }

func (k Key) text(user string) string {
	var b strings.Builder
	for _, part := range append([]string{k.profile, user}, k.rest...) {
		fmt.Fprintf(&b, "%d:%s,", len(part), part)
	}
	return b.String()
}

// anybody is the key under which the latest login rests for commands that ask
// for nobody in particular.
func (k Key) anybody() string { return k.text("") }

// askedUser is the person that the settings ask for; empty where they do not.
func askedUser(s *config.Settings) string {
	if hint := s.Text("login-hint"); hint != "" {
		return hint
	}
	return s.Text("username")
}

// newEntry makes an entry of a valid outcome.
func (c *Connection) newEntry(out *Outcome, via string) (*Entry, error) {
	r, resp, now := out.Result, out.Response, c.Now()
	e := &Entry{
		Profile: c.Settings.Profile, Issuer: c.Target.Issuer, ClientID: out.Request.ClientID,
		User: askedUser(c.Settings), Who: words.Who(r, out.UserInfo), Obtained: now, Via: via,
		AccessToken: resp.AccessToken.Reveal(), TokenType: resp.TokenType, IDToken: resp.IDToken.Reveal(), Scope: resp.Scope,
	}
	if c.Target.PingOne != nil {
		e.AuthURL = c.Target.PingOne.AuthURL()
	}
	if t, ok := words.Expiry(r, now); ok {
		e.Expires = t
	}
	if r.IDToken != nil {
		e.Subject = r.IDToken.Subject()
		e.IDExpires, _ = r.IDToken.Expiry()
	} else if r.AccessToken != nil {
		e.Subject = r.AccessToken.Subject()
	}
	for _, cookie := range out.Session.Cookies() {
		e.Cookies = append(e.Cookies, implicit.Param{Name: cookie.Name, Value: cookie.Value.Reveal()})
	}
	var err error
	e.Result, err = c.encode(out, now)
	return e, err
}

func (e *Entry) session() pingone.Session {
	var cookies []pingone.Cookie
	for _, p := range e.Cookies {
		cookies = append(cookies, pingone.Cookie{Name: p.Name, Value: implicit.NewSecret(p.Value)})
	}
	return pingone.NewSession(cookies...)
}

// Until returns until when the token that is wanted is good; zero where the
// entry has none, or does not know.
func (e *Entry) Until(idToken bool) time.Time {
	if idToken {
		return e.IDExpires
	}
	return e.Expires
}

// Good reports whether the token that is wanted is there and good for at least
// ttl from now. A token from the future tells that the clock was set back, and
// no life can be counted then.
func (e *Entry) Good(now time.Time, ttl, skew time.Duration, idToken bool) bool {
	token := e.AccessToken
	if idToken {
		token = e.IDToken
	}
	return token != "" && !e.Obtained.After(now.Add(skew)) && e.Until(idToken).After(now.Add(ttl))
}

// Renewable says how a new token can be had without asking the person again.
func (e *Entry) Renewable() string {
	switch {
	case len(e.Cookies) > 0:
		return "by session"
	case e.Via == "browser":
		return "in the browser"
	}
	return "no"
}

// IDTokenSecret returns the ID token.
func (e *Entry) IDTokenSecret() implicit.Secret { return implicit.NewSecret(e.IDToken) }
