package sandbox

import (
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

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
		r.mistake(n, "the policy already has %s", a.kind)
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
