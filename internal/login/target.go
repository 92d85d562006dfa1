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
func FindTarget(ctx context.Context, s *config.Settings, h *implicit.Client) (*Target, error) {
	if issuer := s.Text("issuer"); issuer != "" {
		return discover(ctx, h, issuer)
	}
	env, err := FindEnvironment(s)
	if err != nil {
		return nil, err
	}
	return &Target{
		PingOne: &env, Issuer: env.Issuer(), AuthorizeURL: env.AuthorizeURL(), JWKSURL: env.JWKSURL(),
		UserInfoURL: env.UserInfoURL(), Algorithms: []string{"RS256"},
	}, nil
}

// FindEnvironment reads the PingOne environment out of the settings.
func FindEnvironment(s *config.Settings) (pingone.Environment, error) {
	if base := s.Text("auth-url"); base != "" {
		env, err := pingone.ParseEnvironment(base)
		if err != nil {
			err = s.Problem("auth-url", "%v", err)
		}
		return env, err
	}
	if _, err := pingone.FindRegion(s.Text("region")); err != nil {
		return pingone.Environment{}, s.Problem("region", "%v", err)
	}
	if s.Text("environment-id") == "" {
		return pingone.Environment{}, s.Problem("environment-id", "missing; name a PingOne environment by it, or by --auth-url")
	}
	env, err := pingone.NewEnvironment(s.Text("region"), s.Text("environment-id"))
	if err != nil {
		err = s.Problem("environment-id", "%v", err)
	}
	return env, err
}

func discover(ctx context.Context, h *implicit.Client, issuer string) (*Target, error) {
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
	wanted := c.Settings.Words("algorithms")
	if len(wanted) == 0 {
		return c.Target.Algorithms, nil
	}
	if err := CheckAlgorithms(c.Settings); err != nil {
		return nil, err
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

// CheckAlgorithms refuses the name of an algorithm that is never accepted.
func CheckAlgorithms(s *config.Settings) error {
	for _, name := range s.Words("algorithms") {
		if !slices.Contains(implicit.Algorithms(), name) {
			return s.Problem("algorithms", "expected some of %s, found %q", strings.Join(implicit.Algorithms(), " "), name)
		}
	}
	return nil
}
