package login

import (
	"context"
	"errors"
	"strings"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// SignOnInTerminal does the grant without a browser: PingOne's sign-on flow, or
// the response of a provider that needs no sign-on.
func (s *Service) SignOnInTerminal(ctx context.Context, req *implicit.Request) (*Outcome, error) {
	out := &Outcome{Request: req}
	sending := s.prefetchAlong(ctx)
	var err error
	if s.provider.pingOne == nil {
		out.Response, err = req.Send(sending, s.provider.http)
	} else {
		client := s.client(pingone.Session{})
		out.Response, err = client.SignOn(sending, req, s.answers())
		out.Session = client.Session
		s.noteCompleted(err)
		s.warnDropped(client)
	}
	if err != nil {
		return nil, s.refusal(ctx, req, out.Response, err)
	}
	return out, s.verify(ctx, out)
}

// noteCompleted tells the answerer that the last answer was accepted, unless it was the
// one that failed.
func (s *Service) noteCompleted(err error) {
	var refused *pingone.Error
	if err == nil || errors.As(err, &refused) && !strings.HasPrefix(refused.Doing, "password.") {
		s.Credentials.Completed()
	}
}

// needsBrowser reports whether a sign-on can continue only in a browser.
func needsBrowser(err error) bool {
	var needs *implicit.InteractionRequiredError
	return errors.As(err, &needs) && needs.Needs == implicit.NeedsBrowser
}

// signOnElsewhere begins a new sign-on in a browser, after one in the terminal that
// only a browser can answer. It has its own state and nonce: the session of the old
// one is not the browser's. Where no browser can be used, the error is why.
func (s *Service) signOnElsewhere(ctx context.Context, way Way, why error) (*Outcome, Way, error) {
	way.Via = ViaBrowser
	if !s.CanOpen || !s.Input.Terminal || s.check(way) != nil || s.remoteRedirect(way.Listen) {
		return nil, way, why
	}
	req, err := s.Request(ctx, way.Via)
	if err != nil {
		return nil, way, why
	}
	if req.LoginHint == "" {
		req.LoginHint = s.Credentials.Username
	}
	s.UI.Say("%v; continuing in the browser", why)
	out, err := s.signOn(ctx, req, way)
	return out, way, explain(err, req)
}
