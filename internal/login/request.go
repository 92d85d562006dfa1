package login

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// CheckRequest refuses settings that make no request, before another provider's
// discovery document is fetched. The request it returns goes nowhere.
func CheckRequest(s *config.Settings, params []implicit.Param) (*implicit.Request, error) {
	req, err := draft(s, params)
	if err != nil {
		return nil, err
	}
	return req, checkRequest(s, req)
}

// draft is the request that the settings ask for, unchecked, to a provider that
// is not connected yet.
func draft(s *config.Settings, params []implicit.Param) (*implicit.Request, error) {
	p := &provider{authorizeURL: "https://provider.invalid/authorize"}
	if s.Text("issuer") == "" {
		env, err := FindEnvironment(s)
		if err != nil {
			return nil, err
		}
		p = &provider{pingOne: &env, authorizeURL: env.AuthorizeURL()}
	}
	return p.request(s, rand.Reader, params)
}

// Request finds the provider and writes the authorize request that the settings
// ask for.
func (s *Service) Request(ctx context.Context) (*implicit.Request, error) {
	if _, err := CheckRequest(s.Settings, s.Params); err != nil {
		return nil, err
	}
	p, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	req, err := p.request(s.Settings, s.Random, s.Params)
	if err == nil {
		err = checkRequest(s.Settings, req)
	}
	if err == nil && req.ResponseMode == "query" {
		s.UI.Warn("--response-mode query: tokens in a query end up in logs and histories")
	}
	return req, err
}

// request writes a request with a fresh state and nonce.
func (p *provider) request(s *config.Settings, random io.Reader, params []implicit.Param) (*implicit.Request, error) {
	req := &implicit.Request{
		Endpoint: p.authorizeURL, Method: strings.ToUpper(s.Text("method")),
		ClientID: s.Text("client-id"), RedirectURI: s.Text("redirect-uri"),
		ResponseType: s.Text("response-type"), ResponseMode: s.Text("response-mode"),
		Scope: strings.Join(s.Words("scope"), " "), State: s.Text("state"), Nonce: s.Text("nonce"),
		Prompt: s.Text("prompt"), ACRValues: s.Text("acr-values"), LoginHint: s.Text("login-hint"),
		UILocales: s.Text("ui-locales"), IDTokenHint: implicit.NewSecret(s.Text("id-token-hint")),
		Params: params, AllowQuery: p.pingOne == nil,
	}
	if req.State == "" {
		req.State = implicit.RandomValue(random)
	}
	if req.Nonce == "" {
		req.Nonce = implicit.RandomValue(random)
	}
	return req, setMaxAge(req, s)
}

// checkRequest refuses what must not be sent.
func checkRequest(s *config.Settings, req *implicit.Request) error {
	if s.Text("issuer") != "" && req.ResponseMode == "pi.flow" {
		return s.Problem("response-mode", "pi.flow is PingOne's own; another provider does not know it")
	}
	return settingOf(s, req.Validate())
}

func setMaxAge(req *implicit.Request, s *config.Settings) error {
	text := s.Text("max-age")
	if text == "" {
		return nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds < 0 {
		return s.Problem("max-age", "expected whole seconds, zero or more; found %q", text)
	}
	req.MaxAge = &seconds
	return nil
}

// settingOf names the setting and its source instead of the parameter.
func settingOf(s *config.Settings, err error) error {
	var wrong *implicit.RequestError
	if !errors.As(err, &wrong) {
		return err
	}
	name := strings.ReplaceAll(wrong.Parameter, "_", "-")
	for _, k := range config.Request() {
		if k.Name == name {
			return s.Problem(name, "%s", wrong.Problem)
		}
	}
	if name == "client-id" {
		return s.Problem(name, "%s", wrong.Problem)
	}
	return err
}

// Posts reports whether the request goes out by POST.
func Posts(req *implicit.Request) bool { return req.Method == http.MethodPost }
