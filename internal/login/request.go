package login

import (
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
// discovery document is fetched for it.
func CheckRequest(s *config.Settings, params []implicit.Param) error {
	target := &Target{AuthorizeURL: "https://provider.invalid/authorize"}
	if s.Text("issuer") == "" {
		env, err := FindEnvironment(s)
		if err != nil {
			return err
		}
		target = &Target{PingOne: &env, AuthorizeURL: env.AuthorizeURL()}
	}
	_, err := (&Connection{Settings: s, Target: target}).NewRequest(rand.Reader, params)
	return err
}

// NewRequest writes the authorize request that the settings ask for, and
// refuses what must not be sent.
func (c *Connection) NewRequest(random io.Reader, params []implicit.Param) (*implicit.Request, error) {
	s := c.Settings
	req := &implicit.Request{
		Endpoint: c.Target.AuthorizeURL, Method: strings.ToUpper(s.Text("method")),
		ClientID: s.Text("client-id"), RedirectURI: s.Text("redirect-uri"),
		ResponseType: s.Text("response-type"), ResponseMode: s.Text("response-mode"),
		Scope: strings.Join(s.Words("scope"), " "), State: s.Text("state"), Nonce: s.Text("nonce"),
		Prompt: s.Text("prompt"), ACRValues: s.Text("acr-values"), LoginHint: s.Text("login-hint"),
		UILocales: s.Text("ui-locales"), IDTokenHint: implicit.NewSecret(s.Text("id-token-hint")),
		Params: params, AllowQuery: c.Target.PingOne == nil,
	}
	if req.State == "" {
		req.State = randomValue(random)
	}
	if req.Nonce == "" {
		req.Nonce = randomValue(random)
	}
	if err := setMaxAge(req, s); err != nil {
		return nil, err
	}
	if c.Target.PingOne == nil && req.ResponseMode == "pi.flow" {
		return nil, s.Problem("response-mode", "pi.flow is PingOne's own; another provider does not know it")
	}
	return req, settingOf(s, req.Validate())
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
