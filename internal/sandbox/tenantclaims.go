package sandbox

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Where a mapping puts its claim.
const (
	inIDToken     = "id_token"
	inUserinfo    = "userinfo"
	inAccessToken = "access_token"
)

// mapping is an attribute mapping of an application or a resource.
type mapping struct {
	claim    string
	value    any // text may hold ${user.NAME}
	in       []string
	required bool
}

// reservedClaims are those that a mapping cannot set: they are what a token is
// validated by.
func reservedClaims() []string {
	return []string{"iss", "sub", "aud", "exp", "iat", "nbf", "nonce", "at_hash", "auth_time", "acr", "amr", "sid", "client_id", "scope", "env", "org"}
}

// of returns the value of a mapping for a user, or nil.
func (m mapping) of(a *account) any {
	text, ok := m.value.(string)
	if !ok {
		return m.value
	}
	if name, whole := wholeExpression(text); whole {
		return a.attribute(name)
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${user.")
		b.WriteString(before)
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			break
		}
		b.WriteString(textOf(a.attribute(name)))
		text = after
	}
	if b.Len() == 0 {
		return nil
	}
	return b.String()
}

// wholeExpression returns the name in a text that is one expression, whose value
// keeps its type.
func wholeExpression(text string) (name string, ok bool) {
	name, ok = strings.CutPrefix(text, "${user.")
	if !ok {
		return "", false
	}
	name, after, ok := strings.Cut(name, "}")
	return name, ok && after == ""
}

func textOf(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}

// attribute returns an attribute of a user by the name that PingOne's expressions
// use, or nil where the user has no value for it.
func (a *account) attribute(name string) any {
	if value := a.profile(name); value != "" {
		return value
	}
	switch name {
	case "groups", "memberOfGroupNames":
		if a.groups == nil {
			return nil
		}
		return a.groups
	}
	for _, object := range []map[string]any{a.attributes, a.claims} {
		if value := memberAt(object, name); value != nil {
			return value
		}
	}
	return nil
}

func (a *account) profile(name string) string {
	switch name {
	case "id":
		return a.id
	case "username":
		return a.Username
	}
	if field := a.builtIn(name); field != nil {
		return *field
	}
	return a.address[addressOf(name)]
}

// memberAt returns the value at a dotted name; a member whose own name has the dots
// goes first.
func memberAt(object map[string]any, name string) any {
	if value, ok := object[name]; ok {
		return value
	}
	first, rest, nested := strings.Cut(name, ".")
	inner, ok := object[first].(map[string]any)
	if !nested || !ok {
		return nil
	}
	return memberAt(inner, rest)
}

// lacks returns the name of a required claim that has no value for the user, or "".
func (a *application) lacks(user *account) string {
	for _, m := range a.attributes {
		if m.required && m.of(user) == nil {
			return m.claim
		}
	}
	return ""
}

// mapClaims adds what an application maps into one place, and the user's own claims,
// which win.
func mapClaims(claims map[string]any, app *application, a *account, place string) {
	if app != nil {
		addMapped(claims, app.attributes, a, place)
	}
	maps.Copy(claims, a.claims)
}

func addMapped(claims map[string]any, mappings []mapping, a *account, place string) {
	for _, m := range mappings {
		if value := m.of(a); value != nil && slices.Contains(m.in, place) {
			claims[m.claim] = value
		}
	}
}

// mapAccessToken is mapClaims for access tokens, with the mappings of its resources.
func (s *Sandbox) mapAccessToken(claims map[string]any, g grant) {
	for _, r := range s.resourcesOf(g.scopes) {
		addMapped(claims, r.attributes, g.account, inAccessToken)
	}
	addMapped(claims, g.app.attributes, g.account, inAccessToken)
	maps.Copy(claims, g.account.accessClaims)
}
