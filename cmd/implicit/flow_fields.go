package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/state"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// maxFields bounds the JSON of --fields-stdin, in bytes.
const maxFields = 1 << 20

// secretFields are those that --field refuses.
func secretFields() []string {
	return []string{"password", "currentPassword", "newPassword", "otp", "recoveryCode", "verificationCode", "assertion"}
}

// actionFields reads the fields that were given for an action, by their dotted
// names and as the body they make.
func (a *app) actionFields(o submitOptions) (login.Fields, json.RawMessage, error) {
	object := map[string]any{}
	if o.stdin {
		data, err := state.ReadText(a.in, "--fields-stdin", maxFields)
		if err != nil {
			return nil, nil, err
		}
		if json.Unmarshal(data, &object) != nil || object == nil {
			return nil, nil, usagef("--fields-stdin: expected a JSON object")
		}
	}
	for _, text := range o.fields {
		name, value, ok := strings.Cut(text, "=")
		switch {
		case !ok || name == "":
			return nil, nil, usagef("--field: expected NAME=VALUE")
		case slices.ContainsFunc(secretFields(), func(secret string) bool { return strings.EqualFold(secret, name) }):
			return nil, nil, usagef("--field: %s is a secret, which a process list would show; use --fields-stdin, or the prompt", name)
		case !nest(object, name, value):
			return nil, nil, usagef("--field: %.80q is given twice", name)
		}
	}
	fields := login.Fields{}
	flatten(fields, "", object)
	for name, value := range fields {
		if name != "username" && len(value.Reveal()) >= 4 { // shorter ones are words like true
			a.secrets.Add(value)
		}
	}
	body, err := json.Marshal(object)
	return fields, body, err
}

// nest adds a value at the path that the dots of its name give; true and false become JSON. It
// returns false where the place is taken.
func nest(object map[string]any, name, value string) bool {
	outer, inner, nested := strings.Cut(name, ".")
	if nested {
		if object[outer] == nil {
			object[outer] = map[string]any{}
		}
		members, ok := object[outer].(map[string]any)
		return ok && nest(members, inner, value)
	}
	if _, taken := object[name]; taken {
		return false
	}
	object[name] = value
	if value == "true" || value == "false" {
		object[name] = value == "true"
	}
	return true
}

func flatten(fields login.Fields, prefix string, object map[string]any) {
	for name, value := range object {
		if members, ok := value.(map[string]any); ok {
			flatten(fields, prefix+name+".", members)
		} else {
			fields[prefix+name] = implicit.NewSecret(fmt.Sprint(value))
		}
	}
}
