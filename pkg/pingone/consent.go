package pingone

import (
	"strconv"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// consent accepts an agreement. Where it is declined the flow fails.
var consent = action{
	name: "user.consent", fields: []Field{FieldAccept},
	body: func(_ *Flow, v values) (any, error) {
		accept, err := strconv.ParseBool(v[FieldAccept].Reveal())
		if err != nil {
			return nil, &implicit.RequestError{Parameter: string(FieldAccept), Problem: "expected true or false"}
		}
		return map[string]bool{"accept": accept}, nil
	},
}
