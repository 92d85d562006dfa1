package login

import (
	"context"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// SignOnInTerminal does the grant without a browser: PingOne's sign-on flow, or
// the response of a provider that needs no sign-on.
func (s *Service) SignOnInTerminal(ctx context.Context, req *implicit.Request) (*Outcome, error) {
	s.prefetch(ctx)
	out := &Outcome{Request: req}
	var err error
	if s.provider.pingOne == nil {
		out.Response, err = req.Send(ctx, s.provider.http)
	} else {
		client := s.client(pingone.Session{})
		out.Response, err = client.SignOn(ctx, req, s.answers())
		out.Session = client.Session
		s.warnDropped(client)
	}
	if err != nil {
		return nil, s.refusal(ctx, req, out.Response, err)
	}
	return out, s.verify(ctx, out)
}
