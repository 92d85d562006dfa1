package sandbox

import (
	"maps"
	"strings"
)

// attribute is one of the values that progressive profiling asks for.
type attribute struct {
	Name        string `json:"name"` // dotted: the members of user.update's body
	DisplayName string `json:"displayName"`
}

// profileAttributes are those of the flow's policy, or the usual ones.
func (f *flow) profileAttributes() []attribute {
	if f.req.policy.attributes != nil {
		return f.req.policy.attributes
	}
	return []attribute{{"name.given", "Given Name"}, {"name.family", "Family Name"}, {"address.locality", "City"}}
}

// updateProfile is user.update: every attribute that was asked for, nested by
// the dots of its name.
func (s *Sandbox) updateProfile(_ *call, f *flow, in submission) *actionError {
	for _, a := range f.profileAttributes() {
		if text(in.all, a.Name) == "" {
			return required(a.Name)
		}
	}
	for _, a := range f.profileAttributes() {
		f.account.set(a.Name, text(in.all, a.Name))
	}
	f.done[actionProfile] = true
	return nil
}

// text returns the string at a dotted name, or "".
func text(object map[string]any, name string) string {
	first, rest, nested := strings.Cut(name, ".")
	if !nested {
		value, _ := object[first].(string)
		return value
	}
	inner, _ := object[first].(map[string]any)
	return text(inner, rest)
}

// nest puts a value at a dotted name.
func nest(object map[string]any, name, value string) {
	first, rest, nested := strings.Cut(name, ".")
	if !nested {
		object[first] = value
		return
	}
	inner, ok := object[first].(map[string]any)
	if !ok {
		inner = map[string]any{}
		object[first] = inner
	}
	nest(inner, rest, value)
}

// builtIn returns where an account keeps one of PingOne's own attributes, or nil.
func (a *account) builtIn(name string) *string {
	switch name {
	case "name.given":
		return &a.given
	case "name.family":
		return &a.family
	case "email":
		return &a.mail
	case "mobilePhone":
		return &a.phone
	}
	return nil
}

// addressOf maps the members of PingOne's address to those of the claim.
func addressOf(name string) string {
	return map[string]string{
		"address.streetAddress": "street_address", "address.locality": "locality", "address.region": "region",
		"address.postalCode": "postal_code", "address.countryCode": "country",
	}[name]
}

func (a *account) set(name, value string) {
	if field := a.builtIn(name); field != nil {
		*field = value
	} else if member := addressOf(name); member != "" {
		a.address = put(a.address, member, value)
	} else {
		a.attributes = put(a.attributes, name, any(value))
	}
}

// put returns a copy with one more entry: tokens and other accounts may have the map.
func put[V any](m map[string]V, name string, value V) map[string]V {
	m = maps.Clone(m)
	if m == nil {
		m = map[string]V{}
	}
	m[name] = value
	return m
}

// get returns an attribute that is text.
func (a *account) get(name string) string {
	value, _ := a.attribute(name).(string)
	return value
}
