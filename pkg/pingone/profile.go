package pingone

import (
	"slices"
	"strings"
)

// updateProfile takes what the flow asks for: its attributes.
var updateProfile = action{
	name: "user.update",
	body: func(flow *Flow, v values) (any, error) {
		body := map[string]any{}
		for _, f := range flow.attributeFields() {
			nest(body, string(f), v[f].Reveal())
		}
		return body, nil
	},
	wrong: ReasonInvalidValue, again: []Reason{ReasonInvalidValue},
}

// isCredential reports whether the attribute has the name of a value that answers
// another status: a flow must not get at that as a part of a profile.
func (a Attribute) isCredential() bool {
	return slices.Contains([]Field{FieldPassword, FieldNewPassword, FieldPasscode, FieldRecoveryCode, FieldVerificationCode,
		FieldDevice, FieldAccept}, Field(a.Name))
}

func (f *Flow) attributeFields() (fields []Field) {
	for _, a := range f.Attributes {
		if !a.isCredential() {
			fields = append(fields, Field(a.Name))
		}
	}
	return fields
}

// nest puts a value where the dots of its name say: "name.given" is a member of
// the object "name".
func nest(body map[string]any, name, value string) {
	outer, inner, dotted := strings.Cut(name, ".")
	if !dotted {
		body[name] = value
		return
	}
	object, ok := body[outer].(map[string]any)
	if !ok {
		object = map[string]any{}
		body[outer] = object
	}
	nest(object, inner, value)
}
