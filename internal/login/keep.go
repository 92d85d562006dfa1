package login

import (
	"cmp"
	"context"
	"fmt"
	"strconv"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/session"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Wanted is the key of the login that the settings ask for. Nothing is sent.
func Wanted(s *config.Settings) session.Key {
	issuer := s.Provider.Issuer
	if env := s.Provider.PingOne; env != nil {
		issuer = env.Issuer()
	}
	return keyOf(s, issuer, request(s))
}

// keyOf is the key of a request to an issuer.
func keyOf(s *config.Settings, issuer string, req *implicit.Request) session.Key {
	maxAge := ""
	if req.MaxAge != nil {
		maxAge = strconv.FormatInt(*req.MaxAge, 10)
	}
	inputs := []string{issuer, req.Scope, req.ClientID, req.ResponseType, req.ACRValues, maxAge, req.UILocales}
	for _, p := range req.Params {
		inputs = append(inputs, p.Name+"="+p.Value)
	}
	return session.NewKey(s.Profile, askedUser(s), inputs...)
}

// askedUser is the user that the settings ask for; empty where they do not.
func askedUser(s *config.Settings) string { return cmp.Or(s.LoginHint, s.Username) }

// keep stores the login. A store that fails costs the next command a sign-on, and
// not this one its tokens.
func (s *Service) keep(ctx context.Context, out *Outcome, via string) {
	if err := s.Store.Keep(ctx, keyOf(s.Settings, s.provider.issuer, out.Request), s.newEntry(out, via)); err != nil {
		out.warn("not_stored", fmt.Sprintf("the tokens are good but could not be stored: %v", err))
		return
	}
	out.Stored = true
}

// newEntry makes an entry of a valid login.
func (s *Service) newEntry(out *Outcome, via string) *session.Entry {
	r, resp := out.Result, out.Response
	for i := range r.Warnings {
		r.Warnings[i].Message = s.Secrets.Scrub(r.Warnings[i].Message)
	}
	e := &session.Entry{
		Profile: s.Settings.Profile, Issuer: s.provider.issuer, ClientID: out.Request.ClientID,
		User: askedUser(s.Settings), Who: words.Who(r, out.UserInfo), Subject: subject(r), Obtained: s.Now(), Via: via,
		AccessToken: r.AccessToken.Reveal(), TokenType: resp.TokenType, IDToken: r.IDToken.Reveal(),
		State: resp.State, Scope: resp.Scope, Checks: r.Checks, Warnings: r.Warnings, Expires: r.Expires,
		Policy: policy(s.Settings),
	}
	if s.provider.pingOne != nil {
		e.AuthURL = s.provider.pingOne.AuthURL()
	}
	if seconds, ok := words.ExpiresIn(resp); ok {
		e.ExpiresIn = &seconds
	}
	if r.IDTokenClaims != nil {
		e.IDExpires, _ = r.IDTokenClaims.Time("exp")
	}
	if claims := r.Unverified.AccessToken; claims != nil && e.Expires.IsZero() {
		e.Expires, _ = claims.Time("exp") // of a token for another API, which is not verified
	}
	if out.UserInfo != nil {
		e.UserInfo = out.UserInfo.Payload()
	}
	e.SetSession(out.Session)
	return e
}

func subject(r *implicit.Result) string {
	switch {
	case r.IDTokenClaims != nil:
		return r.IDTokenClaims.Subject()
	case r.AccessTokenClaims != nil:
		return r.AccessTokenClaims.Subject()
	}
	return ""
}
