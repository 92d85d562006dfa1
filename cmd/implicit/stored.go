package main

import (
	"slices"
	"strconv"

	"github.com/implicit-cli/implicit/internal/render"
	"github.com/implicit-cli/implicit/internal/session"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// storedLogin shows a stored login as it was shown when it was obtained. It was
// verified before it was stored.
func storedLogin(e *session.Entry) (view render.Login, err error) {
	r := &implicit.Result{Valid: true, Checks: e.Checks}
	if e.IDToken != "" {
		if r.IDToken, err = implicit.DecodeUnverified(e.IDToken); err != nil {
			return view, err
		}
	}
	r.AccessToken, _ = implicit.DecodeUnverified(e.AccessToken) // an opaque one has no claims
	params := []implicit.Param{{Name: "scope", Value: e.Scope}, {Name: "state", Value: e.State},
		{Name: "token_type", Value: e.TokenType}, {Name: "access_token", Value: e.AccessToken}, {Name: "id_token", Value: e.IDToken}}
	if e.ExpiresIn != nil {
		params = append(params, implicit.Param{Name: "expires_in", Value: strconv.FormatInt(*e.ExpiresIn, 10)})
	}
	params = slices.DeleteFunc(params, func(p implicit.Param) bool { return p.Value == "" })
	if r.Response, err = implicit.NewResponse(implicit.ChannelFlow, params); err != nil {
		return view, err
	}
	return render.Login{Result: r, Now: e.Obtained}, nil
}
