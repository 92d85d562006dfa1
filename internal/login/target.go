package login

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// Target is the provider that settings name.
type Target struct {
	PingOne *pingone.Environment // nil for any other provider

	Issuer           string
	AuthorizeURL     string
	JWKSURL          string
	UserInfoURL      string
	Algorithms       []string // that its tokens may be signed with
	IssuerInResponse bool
}

// FindTarget reads the target out of the settings. PingOne's addresses and
// issuer are known; another provider's come from its discovery document.
func FindTarget(ctx context.Context, s *config.Settings, h *implicit.HTTP) (*Target, error) {
	env := s.Provider.PingOne
	if env == nil {
		return discover(ctx, h, s.Provider.Issuer)
	}
	return &Target{
		PingOne: env, Issuer: env.Issuer(), AuthorizeURL: env.AuthorizeURL(), JWKSURL: env.JWKSURL(),
		UserInfoURL: env.UserInfoURL(), Algorithms: []string{"RS256"},
	}, nil
}

func discover(ctx context.Context, h *implicit.HTTP, issuer string) (*Target, error) {
	p, err := implicit.Discover(ctx, h, issuer)
	if err != nil {
		return nil, err
	}
	algorithms := slices.DeleteFunc(slices.Clone(p.IDTokenAlgorithms), func(name string) bool {
		return !slices.Contains(implicit.Algorithms(), name)
	})
	if len(algorithms) == 0 {
		return nil, &implicit.DiscoveryError{Issuer: issuer, Problem: fmt.Sprintf(
			"id_token_signing_alg_values_supported: expected an asymmetric algorithm, found %q", strings.Join(p.IDTokenAlgorithms, " "))}
	}
	return &Target{
		Issuer: p.Issuer, AuthorizeURL: p.AuthorizationEndpoint, JWKSURL: p.JWKSURI, UserInfoURL: p.UserInfoEndpoint,
		Algorithms: algorithms, IssuerInResponse: p.IssuerInResponse,
	}, nil
}

// algorithms narrows the target's algorithms to those that the settings accept.
func (c *Connection) algorithms() ([]string, error) {
	wanted := c.Settings.Algorithms
	if len(wanted) == 0 {
		return c.Target.Algorithms, nil
	}
	// The environment's discovery document may list more than RS256, and the
	// user may know; any other provider's word is the most there is.
	if c.Target.PingOne != nil {
		return wanted, nil
	}
	both := slices.DeleteFunc(slices.Clone(wanted), func(name string) bool { return !slices.Contains(c.Target.Algorithms, name) })
	if len(both) == 0 {
		return nil, c.Settings.Problem("algorithms", "the provider signs with %s; none of them is accepted", strings.Join(c.Target.Algorithms, " "))
	}
	return both, nil
}
