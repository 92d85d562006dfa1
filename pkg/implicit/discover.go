package implicit

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/implicit-cli/implicit/pkg/internal/web"
)

// Provider is what a client needs of an OpenID provider's metadata (OpenID
// Connect Discovery 1.0 section 3).
type Provider struct {
	Issuer                string   `json:"issuer"`
	AuthorizationEndpoint string   `json:"authorization_endpoint"`
	JWKSURI               string   `json:"jwks_uri"`
	UserInfoEndpoint      string   `json:"userinfo_endpoint"`
	EndSessionEndpoint    string   `json:"end_session_endpoint"`
	ResponseTypes         []string `json:"response_types_supported"`
	ResponseModes         []string `json:"response_modes_supported"`
	IDTokenAlgorithms     []string `json:"id_token_signing_alg_values_supported"`

	// IssuerInResponse says that every authorization response has iss (RFC 9207).
	IssuerInResponse bool `json:"authorization_response_iss_parameter_supported"`
}

// DiscoveryError says that a discovery document was found and cannot be trusted.
type DiscoveryError struct {
	Issuer  string // as configured
	Problem string
}

func (e *DiscoveryError) Error() string {
	return fmt.Sprintf("discovery document of %s: %s", e.Issuer, e.Problem)
}

// Discover fetches and checks the metadata of issuer: its own issuer must be
// identical (section 4.3), the endpoints used must be https. The error
// is an [*NetworkError], an [*HTTPError] or a [*DiscoveryError].
func Discover(ctx context.Context, client *Client, issuer string) (*Provider, error) {
	if err := web.CheckURL(issuer); err != nil || strings.Contains(issuer, "?") {
		return nil, &RequestError{"issuer", fmt.Sprintf("expected an https URL without query and fragment, found %s", quote(issuer))}
	}
	address := strings.TrimSuffix(issuer, "/") + "/.well-known/openid-configuration"
	reply, err := client.get(WithLeg(ctx, LegDiscovery), address, http.Header{"Accept": {"application/json"}})
	if err != nil {
		return nil, fmt.Errorf("fetch discovery document: %w", err)
	}
	if reply.Status != http.StatusOK {
		return nil, unusable(reply, "expected the discovery document", true)
	}
	p := new(Provider)
	if err := json.Unmarshal(reply.Body, p); err != nil {
		return nil, unusable(reply, "expected a discovery document in JSON", true)
	}
	if err := oneMeaning(string(reply.Body)); err != nil {
		return nil, &DiscoveryError{issuer, err.Error()}
	}
	if err := p.check(issuer); err != nil {
		return nil, err
	}
	return p, nil
}

// oneMeaning refuses a document that two decoders could read in two ways:
// encoding/json ignores the case of names, and takes the last of two that are equal.
func oneMeaning(document string) error {
	o, err := parseObject(document)
	if err != nil {
		return err
	}
	return o.known([]string{"issuer", "authorization_endpoint", "jwks_uri", "userinfo_endpoint", "end_session_endpoint",
		"response_types_supported", "response_modes_supported", "id_token_signing_alg_values_supported",
		"authorization_response_iss_parameter_supported"})
}

func (p *Provider) check(issuer string) error {
	if p.Issuer != issuer {
		return &DiscoveryError{issuer, fmt.Sprintf("expected the issuer %s, found %s", quote(issuer), quote(p.Issuer))}
	}
	for _, e := range []struct {
		name, address string
		needed        bool
	}{
		{"authorization_endpoint", p.AuthorizationEndpoint, true}, {"jwks_uri", p.JWKSURI, true},
		{"userinfo_endpoint", p.UserInfoEndpoint, false}, {"end_session_endpoint", p.EndSessionEndpoint, false},
	} {
		switch {
		case e.address == "" && e.needed:
			return &DiscoveryError{issuer, e.name + " is missing"}
		case e.address == "":
			continue
		}
		if err := web.CheckURL(e.address); err != nil {
			return &DiscoveryError{issuer, e.name + ": " + err.Error()}
		}
	}
	return nil
}
