package login

import (
	"io"
	"net/http"
	"strings"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// NewRequest writes the authorize request that the settings ask for, with the
// redirect URI of the way, and refuses what must not be sent.
func (c *Connection) NewRequest(random io.Reader, redirectURI string) (*implicit.Request, error) {
	s := c.Settings
	req := &implicit.Request{
		Endpoint: c.Target.AuthorizeURL, Method: s.Method,
		ClientID: s.ClientID, RedirectURI: redirectURI,
		ResponseType: s.ResponseType, ResponseMode: s.ResponseMode,
		Scope: strings.Join(s.Scopes, " "), State: s.State, Nonce: s.Nonce,
		Prompt: s.Prompt, MaxAge: s.MaxAge, ACRValues: s.ACRValues, LoginHint: s.LoginHint,
		UILocales: s.UILocales, IDTokenHint: s.IDTokenHint,
		Params: s.Params, AllowQuery: c.Target.PingOne == nil,
	}
	if req.State == "" {
		req.State = implicit.RandomValue(random)
	}
	if req.Nonce == "" {
		req.Nonce = implicit.RandomValue(random)
	}
	if redirectURI == "" { // a way may have its own
		if err := s.Require(config.NeedRequest); err != nil {
			return nil, err
		}
	}
	return req, req.Validate()
}

// Posts reports whether the request goes out by POST.
func Posts(req *implicit.Request) bool { return req.Method == http.MethodPost }
