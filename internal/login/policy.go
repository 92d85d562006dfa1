package login

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/session"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// SetPolicy has v require of tokens what the settings do.
func SetPolicy(v *implicit.Verifier, s *config.Settings) {
	v.AccessToken.Audience, v.AccessToken.Scopes = s.Audience, s.RequiredScopes
	v.Require, v.TrustedAudiences = s.Requirements, s.TrustedAudiences
}

// policy is what the settings require of tokens, as a text that an entry keeps;
// empty where they require nothing.
func policy(s *config.Settings) string {
	if s.Audience == "" && len(s.RequiredScopes)+len(s.Requirements)+len(s.TrustedAudiences)+len(s.Algorithms) == 0 {
		return ""
	}
	text, _ := json.Marshal([]any{s.Audience, s.RequiredScopes, s.Requirements, s.TrustedAudiences, s.Algorithms}) // plain texts
	return string(text)
}

// allowed reports whether the settings accept the stored tokens. They were verified
// under the policy of their login; under another one they are verified again, as of
// when they were obtained: an ID token may have expired before the access token.
func (s *Service) allowed(ctx context.Context, e *session.Entry) (bool, error) {
	if e.Policy == policy(s.Settings) {
		return true, nil
	}
	p, err := s.connect(ctx)
	if err != nil {
		return false, err
	}
	v := *p.verifier
	v.Now = func() time.Time { return e.Obtained }
	access, expected := implicit.NewSecret(e.AccessToken), implicit.Expected{Partial: true}
	if e.IDToken == "" {
		_, err = v.VerifyAccessToken(ctx, access, expected)
	} else {
		expected.AccessToken = access
		_, err = v.VerifyIDToken(ctx, implicit.NewSecret(e.IDToken), expected)
	}
	var invalid *implicit.VerifyError
	if errors.As(err, &invalid) {
		s.UI.Say("the stored token cannot be used: %v", err)
		return false, nil
	}
	return err == nil, err
}
