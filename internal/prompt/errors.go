package prompt

import (
	"fmt"
	"strings"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// missing says that the sign-on asked for something that was not given, and no
// terminal is available to ask at.
func missing(field pingone.Field) error {
	return &implicit.InteractionRequiredError{Code: string(field), Needs: implicit.NeedsAnswer,
		Reason: fmt.Sprintf("the sign-on asks for the %s, and no terminal is available to ask at", field)}
}

// noAddress says that the input ended before an address.
func noAddress() error {
	return &implicit.InteractionRequiredError{Needs: implicit.NeedsBrowser,
		Reason: "expected the address that the browser ended on, and the input ended"}
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
