package sandbox

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

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
		case ofApplication && slices.Contains(environmentSwitches(), bare), ofApplication && (leg == legDiscovery || leg == legJWKS):
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

// environmentSwitches act on requests that name no application, or on all that
// follow.
func environmentSwitches() []string {
	return []string{"clock-ahead", "clock-behind", "discovery-2020", "short-discovery", "jwks-with-alg", "kid-default", "rotated-key", "edge-404", "cookie-path-environment"}
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
					r.mistake(item, "%q cannot be a scope of a resource: it has a space, a quote or a backslash, or PingOne has it", scope)
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

// Policies.

// policyAction is an action with what it does to its policy.
type policyAction struct {
	kind   string
	policy policy
}

func readPolicies(r *tenantReader, n *yaml.Node, t *Tenant) {
	r.list(n, func(item *yaml.Node) {
		var p policy
		readObject(r, item, "a policy", r.schema.policy, &p, "name", "actions")
		if strings.ContainsAny(p.name, " \t\n") {
			r.mistake(item, "a policy's name has no spaces, since acr_values is a list of names, found %q", p.name)
		}
		r.unique(item, "policy", p.name)
		t.policies = append(t.policies, p)
	})
}

func policyKeys() keys[policy] {
	return keys[policy]{
		{"name", "Policy Name", asText(func(p *policy) *string { return &p.name })},
		{"default", "Default", asFlag(func(p *policy) *bool { return &p.isDefault })},
		{"actions", "Steps", func(r *tenantReader, n *yaml.Node, p *policy) {
			r.list(n, func(item *yaml.Node) { r.policyAction(item, p) })
			if len(p.actions) == 0 {
				r.mistake(n, "expected at least one action")
			}
		}},
		{"note", "Description", func(r *tenantReader, n *yaml.Node, _ *policy) { r.text(n) }},
	}
}

func policyActions() []string {
	return []string{actionLogin, actionIdentifier, actionMFA, actionIDP, actionAgreement, actionProfile, actionConfirm, actionLink}
}

// policyAction reads an action: its name, or an object where it has more to say.
func (r *tenantReader) policyAction(n *yaml.Node, p *policy) {
	a := policyAction{policy: *p}
	if n := r.resolve(n); n.Kind == yaml.ScalarNode {
		a.kind = r.word(n, policyActions()...)
	} else {
		readObject(r, n, "an action", r.schema.action, &a, "type")
	}
	if slices.Contains(p.actions, a.kind) {
		r.mistake(n, "the policy has %s already", a.kind)
	}
	*p = a.policy
	p.actions = append(p.actions, a.kind)
}

func actionKeys() keys[policyAction] {
	return keys[policyAction]{
		{"type", "Step Type", func(r *tenantReader, n *yaml.Node, a *policyAction) { a.kind = r.word(n, policyActions()...) }},
		{"no_device_mode", "None or Incompatible Methods", func(r *tenantReader, n *yaml.Node, a *policyAction) {
			a.policy.bypass = r.word(n, "BLOCK", "BYPASS") == "BYPASS"
		}},
		{"bypass_allowed", "Allow users to skip MFA", asFlag(func(a *policyAction) *bool { return &a.policy.skip })},
		{"registration", "Enable registration", asFlag(func(a *policyAction) *bool { return &a.policy.registration })},
		{"attributes", "Attributes to collect", func(r *tenantReader, n *yaml.Node, a *policyAction) {
			a.policy.attributes = []attribute{}
			r.list(n, func(item *yaml.Node) {
				var attr attribute
				readObject(r, item, "an attribute to ask for", r.schema.attribute, &attr, "name")
				if attr.DisplayName == "" {
					attr.DisplayName = attr.Name
				}
				a.policy.attributes = append(a.policy.attributes, attr)
			})
		}},
	}
}

func attributeKeys() keys[attribute] {
	return keys[attribute]{
		{"name", "Attribute", asText(func(a *attribute) *string { return &a.Name })},
		{"display_name", "Display Name", asText(func(a *attribute) *string { return &a.DisplayName })},
	}
}

// The password policy.

func passwordKeys() keys[passwordRules] {
	return keys[passwordRules]{
		{"name", "Policy Name", asText(func(p *passwordRules) *string { return &p.name })},
		{"min_length", "Minimum length", asNumber(1, 255, func(p *passwordRules) *int { return &p.minLength })},
		{"max_length", "Maximum length", asNumber(1, 255, func(p *passwordRules) *int { return &p.maxLength })},
		{"max_repeated_characters", "Maximum repeated characters", asNumber(0, 255, func(p *passwordRules) *int { return &p.maxRepeated })},
		{"min_unique_characters", "Minimum unique characters", asNumber(0, 255, func(p *passwordRules) *int { return &p.minUnique })},
		{"min_characters", "Required characters", readCharacterSets},
		{"excludes_commonly_used", "Exclude commonly used passwords", func(r *tenantReader, n *yaml.Node, p *passwordRules) {
			if !r.flag(n) {
				p.refused = nil
			}
		}},
		{"lockout", "Account lockout", func(r *tenantReader, n *yaml.Node, p *passwordRules) {
			readObject(r, n, "a lockout", r.schema.lockout, p)
		}},
	}
}

func readCharacterSets(r *tenantReader, n *yaml.Node, p *passwordRules) {
	p.sets = map[string]int{}
	names := []string{"lower", "upper", "digits", "special"}
	r.members(n, func(name string, key, value *yaml.Node) {
		i := slices.Index(names, name)
		if i < 0 {
			r.mistake(key, "expected one of %s, found %q%s", strings.Join(names, ", "), name, didYouMean(name, names))
		} else if least := r.number(value, 0, 255); least > 0 {
			p.sets[characterSets()[i]] = least
		}
	})
}

func lockoutKeys() keys[passwordRules] {
	return keys[passwordRules]{
		{"failure_count", "Failures before lockout", asNumber(1, 1000, func(p *passwordRules) *int { return &p.maxFailures })},
		{"duration", "Lockout duration", func(r *tenantReader, n *yaml.Node, p *passwordRules) {
			p.lockout = time.Duration(r.seconds(n)) * time.Second
		}},
	}
}

// mappings reads attribute mappings: the claim's name and its value, or an object
// that says more. places are where claims go unless it says so.
func (r *tenantReader) mappings(n *yaml.Node, places ...string) []mapping {
	var list []mapping
	r.members(n, func(name string, key, value *yaml.Node) {
		m := mapping{claim: name, in: places}
		if slices.Contains(reservedClaims(), name) {
			r.mistake(key, "%q cannot be mapped: clients validate the token by it", name)
		}
		if value := r.resolve(value); value.Kind == yaml.MappingNode {
			readObject(r, value, "a mapping", r.schema.mapping, &m, "value")
		} else {
			m.value = r.expression(value)
		}
		list = append(list, m)
	})
	return list
}

func mappingKeys() keys[mapping] {
	return keys[mapping]{
		{"value", "PingOne Mappings", func(r *tenantReader, n *yaml.Node, m *mapping) { m.value = r.expression(n) }},
		{"in", "ID Token, UserInfo", func(r *tenantReader, n *yaml.Node, m *mapping) {
			m.in = nil
			r.list(n, func(item *yaml.Node) { m.in = append(m.in, r.word(item, inIDToken, inUserinfo, inAccessToken)) })
		}},
		{"required", "Required", asFlag(func(m *mapping) *bool { return &m.required })},
	}
}

// expression reads a value of a mapping: any JSON, or text with ${user.NAME}.
func (r *tenantReader) expression(n *yaml.Node) any {
	value := r.json(n)
	text, _ := value.(string)
	for rest := text; ; {
		_, after, found := strings.Cut(rest, "${")
		if !found {
			return value
		}
		name, then, closed := strings.Cut(after, "}")
		switch {
		case !closed:
			r.mistake(n, "%q has no closing brace", text)
			return value
		case !strings.HasPrefix(name, "user.") || name == "user.":
			r.mistake(n, "expected ${user.NAME}, found %q%s", "${"+name+"}", userHint(name))
		}
		rest = then
	}
}

func userHint(name string) string {
	if name == "" || strings.ContainsAny(name, " ${") {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", "${user."+strings.TrimPrefix(name, "user")+"}")
}
