package login

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Request finds the provider and writes the authorize request that the settings
// ask for, with a fresh state and nonce. An empty via is for a command that only
// sends it.
func (s *Service) Request(ctx context.Context, via string) (*implicit.Request, error) {
	redirectURI := redirectURI(s.Settings, via)
	if redirectURI == "" && s.Settings.ResponseMode != "pi.flow" {
		return nil, &config.Error{Name: "redirect-uri", Missing: true, Problem: "missing; it must be registered with the application"}
	}
	p, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	req := request(s.Settings)
	req.Endpoint, req.RedirectURI, req.AllowQuery = p.authorizeURL, redirectURI, p.pingOne == nil
	req.State = cmp.Or(req.State, randomValue(s.Random))
	req.Nonce = cmp.Or(req.Nonce, randomValue(s.Random))
	s.Secrets.Add(implicit.NewSecret(req.State))
	s.Secrets.Add(implicit.NewSecret(req.Nonce))
	if req.ResponseMode == "query" {
		s.UI.Warn("--response-mode query: tokens in a query end up in logs and histories")
	}
	_, err = req.HTTP() // refuses what must not be sent
	return req, err
}

// request is what the settings ask for, of whatever provider.
func request(s *config.Settings) *implicit.Request {
	return &implicit.Request{
		Method: s.Method, ClientID: s.ClientID, ResponseType: s.ResponseType, ResponseMode: s.ResponseMode,
		Scope: strings.Join(s.Scopes, " "), State: s.State, Nonce: s.Nonce,
		Prompt: s.Prompt, MaxAge: s.MaxAge, ACRValues: s.ACRValues, LoginHint: s.LoginHint,
		UILocales: s.UILocales, IDTokenHint: s.IDTokenHint, Params: s.Params,
	}
}

// redirectURI is the one that is set, or the default of a sign-on in a browser.
func redirectURI(s *config.Settings, via string) string {
	if s.RedirectURI == "" && (via == ViaBrowser || via == ViaPaste) {
		return DefaultRedirectURI
	}
	return s.RedirectURI
}

// Posts reports whether the request is sent by POST.
func Posts(req *implicit.Request) bool { return req.Method == http.MethodPost }
