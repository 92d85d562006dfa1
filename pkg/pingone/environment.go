package pingone

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/internal/web"
)

// Region is one of PingOne's regions.
type Region struct {
	Code string // as the console and PINGONE_REGION_CODE name it
	TLD  string // the top-level domain of its hosts
}

// Regions returns the six regions, in PingOne's order.
func Regions() []Region {
	return []Region{{"NA", "com"}, {"CA", "ca"}, {"EU", "eu"}, {"AU", "com.au"}, {"SG", "sg"}, {"AP", "asia"}}
}

// FindRegion takes a code or a top-level domain, in any case.
func FindRegion(name string) (Region, error) {
	var known []string
	for _, r := range Regions() {
		if strings.EqualFold(name, r.Code) || strings.EqualFold(name, r.TLD) {
			return r, nil
		}
		known = append(known, r.Code+" ("+r.TLD+")")
	}
	return Region{}, fmt.Errorf("expected a PingOne region, one of %s; found %q", strings.Join(known, ", "), name)
}

// Environment is where a PingOne environment is served. It knows the issuer and
// every address without asking. Make it with [NewEnvironment] or [ParseEnvironment].
type Environment struct {
	base string // without a slash at the end
	id   string // empty on a custom domain
}

// isUUID reports whether text is a UUID in lower case.
func isUUID(text string) bool {
	const form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
	if len(text) != len(form) {
		return false
	}
	for i, c := range []byte(text) {
		if hex := '0' <= c && c <= '9' || 'a' <= c && c <= 'f'; hex != (form[i] == 'x') || !hex && c != '-' {
			return false
		}
	}
	return true
}

// NewEnvironment returns the environment id on the host of its region.
func NewEnvironment(region, id string) (Environment, error) {
	r, err := FindRegion(region)
	if err != nil {
		return Environment{}, err
	}
	id = strings.ToLower(id)
	if !isUUID(id) {
		return Environment{}, fmt.Errorf("expected an environment ID such as 8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5, found %q", id)
	}
	return Environment{"https://auth.pingone." + r.TLD + "/" + id, id}, nil
}

// ParseEnvironment takes the base an environment is served from: a custom domain
// (https://login.example.com) or the full address
// (https://auth.pingone.eu/8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5). Plain http is for
// loopback only. The address is normalised, since the issuer is derived from it
// and compared byte for byte: lower case, no default port (RFC 3986 section
// 6.2.3), no dot at the end of the host.
func ParseEnvironment(raw string) (Environment, error) {
	if err := web.CheckURL(raw); err != nil {
		return Environment{}, err
	}
	u, err := url.Parse(raw)
	if err != nil || u.RawQuery != "" || u.ForceQuery {
		return Environment{}, fmt.Errorf("expected a URL without a query, found %q", raw)
	}
	id := strings.ToLower(strings.Trim(u.EscapedPath(), "/"))
	switch {
	case id != "" && !isUUID(id):
		return Environment{}, fmt.Errorf("expected a custom domain, or a host with the environment ID alone as its path (no /as, no /v1); found %q", raw)
	case id == "" && strings.HasPrefix(strings.ToLower(u.Hostname()), "auth.pingone."):
		return Environment{}, fmt.Errorf("expected the environment ID behind PingOne's own host, found %q", raw)
	}
	host, err := normalHost(u)
	if err != nil {
		return Environment{}, err
	}
	base := u.Scheme + "://" + host
	if id != "" {
		base += "/" + id
	}
	return Environment{base, id}, nil
}

// normalHost returns the host and port as issuers have them.
func normalHost(u *url.URL) (string, error) {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if host == "" || strings.ContainsFunc(host, func(c rune) bool { return c > '~' }) {
		return "", fmt.Errorf("expected the host in ASCII, an international name as xn--…; found %q", u.Hostname())
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	port := strings.TrimLeft(u.Port(), "0")
	if port == "" || port == map[string]string{"http": "80", "https": "443"}[u.Scheme] {
		return host, nil
	}
	return host + ":" + port, nil
}

// AuthURL returns the base that all other addresses begin with.
func (e Environment) AuthURL() string { return e.base }

// Issuer returns what iss in a token must be equal to. It follows the host that
// is asked: tokens of the regional host do not pass for those of a custom domain.
func (e Environment) Issuer() string { return e.base + "/as" }

// Provider returns what a client needs of the environment, as its discovery
// document says it.
func (e Environment) Provider() *implicit.Provider {
	return &implicit.Provider{
		Issuer: e.Issuer(), AuthorizationEndpoint: e.base + "/as/authorize", JWKSURI: e.base + "/as/jwks",
		UserInfoEndpoint: e.base + "/as/userinfo", EndSessionEndpoint: e.signOffURL(), IDTokenAlgorithms: []string{"RS256"},
	}
}

// resumeURL returns where the flow is exchanged for the tokens.
func (e Environment) resumeURL(flowID string) string {
	return e.base + "/as/resume?flowId=" + url.QueryEscape(flowID)
}

// flowURL returns the sign-on flow's own address: read by GET, answered by POST.
func (e Environment) flowURL(flowID string) string {
	return e.base + "/flows/" + url.PathEscape(flowID)
}

// signOffURL returns the end of a session by its cookie.
func (e Environment) signOffURL() string { return e.base + "/as/signoff" }

// idpSignOffURL returns the end of a session by an ID token alone.
func (e Environment) idpSignOffURL() string { return e.base + "/as/idpSignoff" }

// sameOrigin reports whether address is on the auth origin (RFC 6454).
func (e Environment) sameOrigin(address *url.URL) bool {
	base, err := url.Parse(e.base)
	return err == nil && address.User == nil && origin(address) == origin(base)
}

// holds reports whether address is under the environment's base: its origin, and
// its ID as the first segment of the path. A custom domain has no such segment:
// any path will do but another environment's. A path that servers may read in
// two ways is refused.
func (e Environment) holds(address *url.URL) bool {
	if !e.sameOrigin(address) || ambiguous(address) {
		return false
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(address.Path, "/"), "/")
	first = strings.ToLower(first)
	return first == e.id || e.id == "" && !isUUID(first)
}

// ambiguous reports whether a path has what one server resolves and the next one
// does not: dot segments, empty ones, and escapes of what they are made of.
func ambiguous(u *url.URL) bool {
	for _, path := range []string{u.Path, strings.ToLower(u.EscapedPath())} {
		for _, trick := range []string{"//", `\`, "%2e", "%2f", "%5c"} {
			if strings.Contains(path, trick) {
				return true
			}
		}
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		name, _, _ := strings.Cut(segment, ";") // some servers drop parameters first
		if name == "." || name == ".." {
			return true
		}
	}
	return false
}

func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[strings.ToLower(u.Scheme)]
	}
	return strings.ToLower(u.Scheme + "://" + u.Hostname() + ":" + port)
}
