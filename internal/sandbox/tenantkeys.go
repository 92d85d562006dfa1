package sandbox

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

func tenantKeys() keys[Tenant] {
	return keys[Tenant]{
		{"name", "Environment Name", asText(func(t *Tenant) *string { return &t.name })},
		{"environment_id", "Environment ID", func(r *tenantReader, n *yaml.Node, t *Tenant) {
			if t.environmentID = r.text(n); t.environmentID != "" && !isUUID(t.environmentID) {
				r.mistake(n, "expected a UUID, found %q", t.environmentID)
			}
		}},
		{"region", "Region", func(r *tenantReader, n *yaml.Node, t *Tenant) {
			t.region = r.word(n, "NA", "CA", "EU", "AU", "SG", "AP")
		}},
		{"custom_domain", "Custom Domain", readCustomDomain},
		{"applications", "Applications", readApplications},
		{"users", "Users", readUsers},
		{"resources", "Resources", readResources},
		{"policies", "Authentication Policies", readPolicies},
		{"password_policy", "Password Policies", func(r *tenantReader, n *yaml.Node, t *Tenant) {
			readObject(r, n, "a password policy", r.schema.passwords, &t.passwords)
			if p := t.passwords; p.minLength > p.maxLength {
				r.mistake(n, "min_length %d is greater than max_length %d", p.minLength, p.maxLength)
			}
		}},
		{"switches", "", func(r *tenantReader, n *yaml.Node, t *Tenant) {
			t.switches = append(t.switches, r.switches(n, false)...)
		}},
	}
}

func readCustomDomain(r *tenantReader, n *yaml.Node, t *Tenant) {
	host := r.text(n)
	u, err := url.Parse("https://" + host)
	if host != "" && (err != nil || u.Host != host || u.Port() != "" || net.ParseIP(host) != nil) {
		r.mistake(n, "expected a host name such as login.example.com, found %q", host)
	}
	t.customDomain = host
}

// isUUID reports whether s has the form of RFC 9562 4.
func isUUID(s string) bool {
	hex := func(r rune) bool { return strings.ContainsRune("0123456789abcdefABCDEF", r) }
	for i, part := range strings.Split(s, "-") {
		if i > 4 || len(part) != []int{8, 4, 4, 4, 12}[i] || strings.TrimFunc(part, hex) != "" {
			return false
		}
	}
	return strings.Count(s, "-") == 4
}

// switches reads names of switches; those of an application cannot be ones that act
// where no application is known.
func (r *tenantReader) switches(n *yaml.Node, ofApplication bool) []string {
	var list []string
	r.list(n, func(item *yaml.Node) {
		name := r.text(item)
		bare, leg, _ := strings.Cut(name, ":")
		switch _, err := expandSwitch(name); {
		case name == "":
		case err != nil && didYouMean(bare, bareSwitchNames()) != "":
			r.mistake(item, "unknown switch or leg %q%s", name, didYouMean(bare, bareSwitchNames()))
		case err != nil:
			r.mistake(item, "unknown switch or leg %q; \"implicit sandbox list switches\" has them", name)
		case ofApplication && actsOnEnvironment(bare, leg):
			r.mistake(item, "%q acts on the whole environment: move it to the top level", name)
		default:
			list = append(list, name)
		}
	})
	return list
}

func bareSwitchNames() []string {
	var names []string
	for _, sw := range Switches() {
		names = append(names, sw.Name)
	}
	return names
}

// actsOnEnvironment reports whether a switch acts on requests that name no
// application, or on all that follow.
func actsOnEnvironment(bare, leg string) bool {
	return leg == legDiscovery || leg == legJWKS || slices.Contains([]string{"clock-ahead", "clock-behind", "discovery-2020", "short-discovery", "jwks-with-alg", "kid-default", "rotated-key", "edge-404", "cookie-path-environment"}, bare)
}

// Resources.

func readResources(r *tenantReader, n *yaml.Node, t *Tenant) {
	r.list(n, func(item *yaml.Node) {
		var res resource
		readObject(r, item, "a resource", r.schema.resource, &res, "name")
		if res.audience == "" {
			res.audience = res.name
		}
		r.unique(item, "resource", res.name)
		r.unique(item, "audience", res.audience)
		for i := range res.attributes {
			res.attributes[i].in = []string{inAccessToken}
		}
		t.resources = append(t.resources, res)
	})
}

func resourceKeys() keys[resource] {
	return keys[resource]{
		{"name", "Resource Name", asText(func(x *resource) *string { return &x.name })},
		{"audience", "Audience", asText(func(x *resource) *string { return &x.audience })},
		{"scopes", "Scopes", func(r *tenantReader, n *yaml.Node, x *resource) {
			r.list(n, func(item *yaml.Node) {
				scope := r.text(item)
				if strings.ContainsAny(scope, " \t\n\"\\") || slices.Contains(oidcScopes(), scope) || strings.HasPrefix(scope, "p1:") {
					r.mistake(item, "%q cannot be a scope of a resource: it has a space, a quote or a backslash, or it is PingOne's own", scope)
				}
				r.unique(item, "scope", scope)
				x.scopes = append(x.scopes, scope)
			})
		}},
		{"access_token_lifetime", "Access token time to live", asSeconds(func(x *resource) *int { return &x.lifetime })},
		{"attributes", "Attributes", func(r *tenantReader, n *yaml.Node, x *resource) { x.attributes = r.mappings(n, inAccessToken) }},
		{"note", "Description", func(r *tenantReader, n *yaml.Node, _ *resource) { r.text(n) }},
	}
}
