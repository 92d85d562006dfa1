package prompt

import (
	"fmt"
	"strings"

	"github.com/implicit-cli/implicit/pkg/pingone"
)

// The errors class themselves by Kind, Code, Exit (the exit status) and Hint.

// MissingError says that the sign-on asked for something that was not given,
// and no terminal is available to ask at.
type MissingError struct{ Field pingone.Field }

func (e *MissingError) Error() string {
	return fmt.Sprintf("the sign-on asks for the %s, and no terminal is available to ask at", e.Field)
}

func (e *MissingError) Kind() string { return "person_needed" }
func (e *MissingError) Code() string { return string(e.Field) }
func (e *MissingError) Exit() int    { return 4 }
func (e *MissingError) Hint() string {
	return "set IMPLICIT_USERNAME and IMPLICIT_PASSWORD (or --password-file), or run implicit login at a terminal"
}

// CancelledError says that the user entered nothing at a prompt: Enter alone,
// or Ctrl-D.
type CancelledError struct {
	Label  string // the question
	SignOn bool   // which a sign-on asked
}

func (e *CancelledError) Error() string {
	label := strings.TrimRight(e.Label, ": ")
	if e.SignOn {
		return fmt.Sprintf("sign-on cancelled: no %s entered", strings.ToLower(label))
	}
	return fmt.Sprintf("cancelled: nothing entered at %q", label)
}

func (e *CancelledError) Kind() string { return "person_needed" }
func (e *CancelledError) Code() string { return "" }
func (e *CancelledError) Exit() int    { return 4 }
func (e *CancelledError) Hint() string { return "" }

// NoAddressError says that the input ended before an address.
type NoAddressError struct{}

func (*NoAddressError) Error() string {
	return "expected the address that the browser ended on, and the input ended"
}

func (*NoAddressError) Kind() string { return "person_needed" }
func (*NoAddressError) Code() string { return "" }
func (*NoAddressError) Exit() int    { return 4 }
func (*NoAddressError) Hint() string { return "" }
