package implicit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/implicit-cli/implicit/pkg/internal/web"
)

// Provider is what a client needs of an OpenID provider's metadata (OpenID
// Connect Discovery 1.0 section 3).
type Provider struct {
	Issuer                string
	AuthorizationEndpoint string
	JWKSURI               string
	UserInfoEndpoint      string
	EndSessionEndpoint    string
	ResponseTypes         []string
	ResponseModes         []string
	IDTokenAlgorithms     []string

	// IssuerInResponse says that every authorization response has iss (RFC 9207).
	IssuerInResponse bool
}

// Discover fetches and checks the metadata of issuer: its own issuer must be
// identical (section 4.3), the endpoints for authorization and keys must be https.
// Other members are left out where they cannot be used. The error
// is an [*NetworkError], an [*HTTPError] or a [*DocumentError].
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
	d, err := readDocument(reply.Body)
	if err != nil {
		return nil, unusable(reply, "expected a discovery document in JSON", true)
	}
	p := &Provider{
		Issuer:                d.text("issuer"),
		AuthorizationEndpoint: d.text("authorization_endpoint"),
		JWKSURI:               d.text("jwks_uri"),
		UserInfoEndpoint:      d.address("userinfo_endpoint"),
		EndSessionEndpoint:    d.address("end_session_endpoint"),
		ResponseTypes:         d.texts("response_types_supported"),
		ResponseModes:         d.texts("response_modes_supported"),
		IDTokenAlgorithms:     d.texts("id_token_signing_alg_values_supported"),
		IssuerInResponse:      string(d.only("authorization_response_iss_parameter_supported")) == "true",
	}
	if problem := d.problem(issuer, p); problem != "" {
		return nil, &DocumentError{DocumentDiscovery, issuer, problem}
	}
	return p, nil
}

// document is the members of a JSON object by their exact names. What is not
// needed may have any form.
type document map[string][]json.RawMessage

func readDocument(body []byte) (document, error) {
	if !utf8.Valid(body) || !json.Valid(body) {
		return nil, errors.New("it is not JSON")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	if start, err := dec.Token(); err != nil || start != json.Delim('{') {
		return nil, errors.New("it is not an object")
	}
	d := document{}
	for dec.More() {
		var value json.RawMessage
		name, err := dec.Token()
		if err == nil {
			err = dec.Decode(&value)
		}
		if err != nil {
			return nil, err
		}
		d[name.(string)] = append(d[name.(string)], value)
	}
	return d, nil
}

// only returns the value of a name, or nil where it appears more than once: two
// readers could take different ones.
func (d document) only(name string) json.RawMessage {
	if len(d[name]) != 1 {
		return nil
	}
	return d[name][0]
}

func (d document) text(name string) (s string) {
	if json.Unmarshal(d.only(name), &s) != nil {
		return ""
	}
	return s
}

// texts returns the strings of an array.
func (d document) texts(name string) (list []string) {
	var values []any
	if json.Unmarshal(d.only(name), &values) != nil {
		return nil
	}
	for _, v := range values {
		if s, ok := v.(string); ok {
			list = append(list, s)
		}
	}
	return list
}

// address returns an endpoint that may be missing: one that cannot be used is.
func (d document) address(name string) string {
	if s := d.text(name); web.CheckURL(s) == nil {
		return s
	}
	return ""
}

// problem says why the document cannot be trusted; empty where it can.
func (d document) problem(issuer string, p *Provider) string {
	for _, name := range []string{"issuer", "authorization_endpoint", "jwks_uri"} {
		if len(d[name]) > 1 {
			return name + " appears more than once"
		}
	}
	if p.Issuer != issuer {
		return fmt.Sprintf("expected the issuer %s, found %s", quote(issuer), quote(p.Issuer))
	}
	for _, e := range []struct{ name, address string }{
		{"authorization_endpoint", p.AuthorizationEndpoint}, {"jwks_uri", p.JWKSURI},
	} {
		if e.address == "" {
			return e.name + " is missing"
		}
		if err := web.CheckURL(e.address); err != nil {
			return e.name + ": " + err.Error()
		}
	}
	return ""
}
