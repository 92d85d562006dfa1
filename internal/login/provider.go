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
	clock    *serverClock
	keys     *implicit.KeySet
	verifier *implicit.Verifier
}

// connect finds the provider, once: for PingOne nothing is sent, for any other
// its discovery document is fetched.
func (s *Service) connect(ctx context.Context) (*provider, error) {
	if s.provider != nil {
		return s.provider, nil
	}
	clock := &serverClock{next: learner{s.Transport, s.Secrets}, now: s.Now}
	client := &implicit.Client{Transport: clock, Timeout: s.Settings.Timeout, UserAgent: s.UserAgent, Now: s.Now, Sleep: s.Sleep}
	p, err := findProvider(ctx, s.Settings, client)
	if err != nil {
		return nil, err
	}
	p.http, p.clock = client, clock
	p.keys = implicit.NewRemoteKeySet(client, p.jwksURL, s.KeyCache)
	if p.verifier, err = s.newVerifier(p, clock); err != nil {
		return nil, err
	}
	s.provider = p
	return p, nil
}

func (s *Service) newVerifier(p *provider, clock *serverClock) (*implicit.Verifier, error) {
	skew := s.Settings.ClockSkew
	if skew == 0 {
		skew = -1 // the verifier's zero is its default
	}
	algorithms, err := p.accepted(s.Settings)
	return &implicit.Verifier{
		Issuer: p.issuer, ClientID: s.Settings.ClientID, Keys: p.keys,
		Algorithms: algorithms, Skew: skew, Now: s.Now,
		AccessToken:      implicit.AccessPolicy{FromIssuer: p.pingOne != nil},
		ACRPromised:      p.pingOne != nil,
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
	env := s.Provider.PingOne
	if env == nil {
		return discover(ctx, h, s.Provider.Issuer)
	}
	p := env.Provider()
	return &provider{
		pingOne: env, issuer: p.Issuer, authorizeURL: p.AuthorizationEndpoint, jwksURL: p.JWKSURI,
		userInfoURL: p.UserInfoEndpoint, algorithms: p.IDTokenAlgorithms,
	}, nil
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
	wanted := s.Algorithms
	if len(wanted) == 0 {
		return p.algorithms, nil
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
