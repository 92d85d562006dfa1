package login

import (
	"context"
	"errors"
	"fmt"

	"github.com/implicit-cli/implicit/internal/session"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// SignOff ends the session that a stored login came from: by its cookie where it
// is ours, else by the ID token alone.
func (s *Service) SignOff(ctx context.Context, e *session.Entry) error {
	if e.AuthURL == "" {
		return s.Settings.Problem("issuer", "--signoff is PingOne's; %s is another provider", e.Issuer)
	}
	env, err := pingone.ParseEnvironment(e.AuthURL)
	if err != nil {
		return fmt.Errorf("read a stored login: %w", err)
	}
	client := &pingone.Client{Environment: env, Session: s.learnSession(e.Session()), HTTP: &implicit.Client{
		Transport: learner{s.Transport, s.Secrets}, Timeout: s.Settings.Timeout, UserAgent: s.UserAgent, Now: s.Now}}
	idToken := implicit.NewSecret(e.IDToken)
	s.Secrets.Add(idToken)
	if client.Session.Empty() && idToken.Empty() {
		return errors.New("no session and no ID token is stored to sign off with")
	}
	return client.SignOff(ctx, idToken)
}
