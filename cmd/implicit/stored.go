package main

import (
	"time"

	"github.com/implicit-cli/implicit/internal/render"
	"github.com/implicit-cli/implicit/internal/session"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// objectOf makes the result object of a stored login, as it was when it was
// obtained. It was verified before it was stored.
func objectOf(e *session.Entry) (render.Object, error) {
	o := render.Object{Valid: true, AccessToken: e.AccessToken, TokenType: e.TokenType, ExpiresIn: e.ExpiresIn,
		Scope: e.Scope, IDToken: e.IDToken, State: e.State, UserInfo: e.UserInfo, Checks: e.Checks, Warnings: e.Warnings}
	if t := known(e.Expires); t != nil {
		o.ExpiresAt = t.Format(time.RFC3339)
	}
	o.Claims.AccessToken, _ = implicit.DecodeUnverified(e.AccessToken) // an opaque one has no claims
	if e.IDToken == "" {
		return o, nil
	}
	var err error
	o.Claims.IDToken, err = implicit.DecodeUnverified(e.IDToken)
	return o, err
}
