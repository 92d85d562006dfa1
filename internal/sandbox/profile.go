package sandbox

import "strings"

// attribute is one of the values that progressive profiling asks for.
type attribute struct {
	Name        string `json:"name"` // dotted: the members of user.update's body
	DisplayName string `json:"displayName"`
}

func profileAttributes() []attribute {
	return []attribute{{"name.given", "Given Name"}, {"name.family", "Family Name"}, {"address.locality", "City"}}
}

// updateProfile is user.update: every attribute that was asked for, nested by
// the dots of its name.
func (s *Sandbox) updateProfile(_ *call, f *flow, in submission) *actionError {
	for _, a := range profileAttributes() {
		if text(in.all, a.Name) == "" {
			return required(a.Name)
		}
	}
	for _, a := range profileAttributes() {
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

func (a *account) set(name, value string) {
	switch name {
	case "name.given":
		a.given = value
	case "name.family":
		a.family = value
	case "address.locality":
		a.city = value
	}
}

func (a *account) get(name string) string {
	return map[string]string{"name.given": a.given, "name.family": a.family, "address.locality": a.locality()}[name]
}

func (a *account) locality() string {
	if a.city == "" {
		return "Nowhere"
	}
	return a.city
}
