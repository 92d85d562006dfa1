package sandbox

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

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
