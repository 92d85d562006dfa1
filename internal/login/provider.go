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

// provider is the provider that the settings name, and how it is reached.
type provider struct {
	pingOne *pingone.Environment // nil for any other provider

	issuer           string
	authorizeURL     string
	jwksURL          string
	userInfoURL      string
	algorithms       []string // that its tokens may be signed with
	issuerInResponse bool

	http     *implicit.Client
	keys     *implicit.KeySet
	verifier *implicit.Verifier
}

// connect finds the provider, once: for PingOne nothing is sent, for any other
// its discovery document is fetched.
func (s *Service) connect(ctx context.Context) (*provider, error) {
	if s.provider != nil {
		return s.provider, nil
	}
	timeout, err := s.Settings.Duration("timeout")
	if err == nil && timeout == 0 {
		err = s.Settings.Problem("timeout", "must be greater than zero")
	}
	if err != nil {
		return nil, err
	}
	clock := &serverClock{next: s.Transport, now: s.Now}
	client := &implicit.Client{Transport: clock, Timeout: timeout, UserAgent: s.UserAgent, Now: s.Now}
	p, err := findProvider(ctx, s.Settings, client)
	if err != nil {
		return nil, err
	}
	p.http = client
	p.keys = implicit.NewRemoteKeySet(client, p.jwksURL, s.KeyCache)
	if p.verifier, err = s.newVerifier(p, clock); err != nil {
		return nil, err
	}
	s.provider = p
	return p, nil
}

func (s *Service) newVerifier(p *provider, clock *serverClock) (*implicit.Verifier, error) {
	skew, err := s.Settings.Duration("clock-skew")
	if err != nil {
		return nil, err
	}
	if skew == 0 {
		skew = -1 // the verifier's zero is its default
	}
	algorithms, err := p.accepted(s.Settings)
	return &implicit.Verifier{
		Issuer: p.issuer, ClientID: s.Settings.Text("client-id"), Keys: p.keys,
		Algorithms: algorithms, Skew: skew, Now: s.Now,
		IssuerInResponse: p.issuerInResponse, ServerTime: clock.offset,
	}, err
}

// Verifier returns what validates the provider's tokens.
func (s *Service) Verifier(ctx context.Context) (*implicit.Verifier, error) {
	p, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	return p.verifier, nil
}

// PingOne returns the environment; nil where the settings name another provider.
func (s *Service) PingOne(ctx context.Context) (*pingone.Environment, error) {
	p, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	return p.pingOne, nil
}

// Probe fetches the provider's discovery document, to see whether it responds.
func (s *Service) Probe(ctx context.Context) error {
	p, err := s.connect(ctx)
	if err != nil || p.pingOne == nil { // another provider's document was fetched by connect
		return err
	}
	_, err = implicit.Discover(ctx, p.http, p.issuer)
	return err
}

// findProvider reads the provider out of the settings. PingOne's addresses and
// issuer are known; another provider's are in its discovery document.
func findProvider(ctx context.Context, s *config.Settings, h *implicit.Client) (*provider, error) {
	if issuer := s.Text("issuer"); issuer != "" {
		return discover(ctx, h, issuer)
	}
	env, err := FindEnvironment(s)
	if err != nil {
		return nil, err
	}
	return &provider{
		pingOne: &env, issuer: env.Issuer(), authorizeURL: env.AuthorizeURL(), jwksURL: env.JWKSURL(),
		userInfoURL: env.UserInfoURL(), algorithms: []string{"RS256"},
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

func discover(ctx context.Context, h *implicit.Client, issuer string) (*provider, error) {
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
	return &provider{
		issuer: p.Issuer, authorizeURL: p.AuthorizationEndpoint, jwksURL: p.JWKSURI, userInfoURL: p.UserInfoEndpoint,
		algorithms: algorithms, issuerInResponse: p.IssuerInResponse,
	}, nil
}

// accepted narrows the provider's algorithms to those that the settings accept.
func (p *provider) accepted(s *config.Settings) ([]string, error) {
	wanted := s.Words("algorithms")
	if len(wanted) == 0 {
		return p.algorithms, nil
	}
	if err := CheckAlgorithms(s); err != nil {
		return nil, err
	}
	// A PingOne environment may sign with more than RS256, and its user may know;
	// any other provider is taken at its word.
	if p.pingOne != nil {
		return wanted, nil
	}
	both := slices.DeleteFunc(slices.Clone(wanted), func(name string) bool { return !slices.Contains(p.algorithms, name) })
	if len(both) == 0 {
		return nil, s.Problem("algorithms", "the provider signs with %s; none of them is accepted", strings.Join(p.algorithms, " "))
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
