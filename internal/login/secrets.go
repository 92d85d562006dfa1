package login

import (
	"context"
	"net/http"
	"strings"

	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// learner adds each cookie that a server sets to what no message may repeat.
type learner struct {
	next    http.RoundTripper
	secrets *words.Scrubber
}

func (l learner) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := l.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	for _, line := range resp.Header.Values("Set-Cookie") {
		pair, _, _ := strings.Cut(line, ";")
		_, value, _ := strings.Cut(pair, "=")
		l.secrets.Add(implicit.NewSecret(strings.Trim(value, " \t")))
	}
	return resp, nil
}

// learn adds the tokens of a response.
func (s *Service) learn(resp *implicit.Response) {
	if resp != nil {
		s.Secrets.Add(resp.AccessToken)
		s.Secrets.Add(resp.IDToken)
	}
}

// learnSession adds the cookies of an earlier command's session.
func (s *Service) learnSession(session pingone.Session) pingone.Session {
	for _, c := range session.Cookies {
		s.Secrets.Add(c.Value)
	}
	return session
}

// refusal makes sure that a provider's error is the response to our request
// before it is believed.
func (s *Service) refusal(ctx context.Context, req *implicit.Request, resp *implicit.Response, err error) error {
	s.learn(resp)
	return s.provider.refusal(ctx, req, resp, err)
}

// warnDropped says which cookies did not fit into the session.
func (s *Service) warnDropped(c *pingone.Client) {
	if dropped := c.Session.Dropped; len(dropped) > 0 {
		s.UI.Warn("the server sets more cookies than are sent back (50, 6 KB); left out: %q", dropped)
	}
}
