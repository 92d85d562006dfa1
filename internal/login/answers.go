package login

import (
	"context"

	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// answers is an Answerer whose answers no message repeats.
type answers struct {
	pingone.Answerer
	secrets *words.Scrubber
}

func (s *Service) answers() answers {
	s.Credentials.Offset = s.provider.clock.offset
	return answers{s.Credentials, s.Secrets}
}

func (a answers) Answer(ctx context.Context, q pingone.Question) (pingone.Answer, error) {
	given, err := a.Answerer.Answer(ctx, q)
	for field, answer := range given.Values {
		switch field {
		case pingone.FieldUsername, pingone.FieldDevice, pingone.FieldAccept: // no secrets
		default:
			a.secrets.Add(answer)
		}
	}
	return given, err
}
