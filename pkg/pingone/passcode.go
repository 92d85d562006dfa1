package pingone

import (
	"strings"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

var checkPasscode = action{
	name: "otp.check", fields: []Field{FieldPasscode},
	body: func(_ *Flow, v values) (any, error) {
		code := v[FieldPasscode].Reveal()
		if n := len(code); n < 4 || n > 12 || strings.Trim(code, "0123456789") != "" {
			// It would surely be refused, and count as a failure.
			return nil, &implicit.RequestError{Parameter: string(FieldPasscode), Problem: "expected a passcode of 4 to 12 digits"}
		}
		return map[string]string{"otp": code}, nil
	},
	wrong: ReasonWrongPasscode, again: []Reason{ReasonWrongPasscode},
}
