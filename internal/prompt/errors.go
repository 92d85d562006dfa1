package prompt

import (
	"fmt"
	"strings"

	"github.com/implicit-cli/implicit/pkg/pingone"
)

// MissingError says that the sign-on asked for something that was not given,
// and no terminal is available to ask at.
type MissingError struct{ Field pingone.Field }

func (e *MissingError) Error() string {
	return fmt.Sprintf("the sign-on asks for the %s, and no terminal is available to ask at", e.Field)
}

// Kind is "person_needed".
func (e *MissingError) Kind() string { return "person_needed" }

// Code is the field that has no answer.
func (e *MissingError) Code() string { return string(e.Field) }

// HintFor says how to answer.
func (e *MissingError) HintFor(_, terminal bool) string {
	hint := "set IMPLICIT_USERNAME and IMPLICIT_PASSWORD (or --password-file), or run implicit login"
	if !terminal {
		hint += " at a terminal"
	}
	return hint
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

// Kind is "person_needed".
func (e *CancelledError) Kind() string { return "person_needed" }

// NoAddressError says that the input ended before an address.
type NoAddressError struct{}

func (*NoAddressError) Error() string {
	return "expected the address that the browser ended on, and the input ended"
}

// Kind is "person_needed".
func (*NoAddressError) Kind() string { return "person_needed" }
