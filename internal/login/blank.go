package login

import (
	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// BlankRequest is the request that the settings ask for, to be tried without a user:
// without endpoint, state and nonce, and without what names a user. via is one of the
// ways; it decides the redirect URI where none is set.
func BlankRequest(s *config.Settings, via string) *implicit.Request {
	req := request(s)
	req.RedirectURI = redirectURI(s, via)
	req.State, req.Nonce, req.LoginHint, req.IDTokenHint = "", "", "", implicit.Secret{}
	return req
}

// HasObject reports whether the request is given by reference or as an object,
// which may be valid only once.
func HasObject(req *implicit.Request) bool { return hasObject(req) }
