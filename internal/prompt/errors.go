package prompt

import (
	"errors"
	"fmt"
	"strings"

	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// MissingError says that the sign-on asked for something that was not given, and that
// the user cannot be asked.
type MissingError struct {
	Field pingone.Field
	What  string // is asked for
}

func missing(f pingone.Field) error {
	what := "the " + string(f)
	switch f {
	case pingone.FieldUsername:
		what = "the user name"
	case pingone.FieldNewPassword:
		what = "a new password"
	case pingone.FieldPasscode:
		what = "a one-time passcode"
	case pingone.FieldRecoveryCode:
		what = "the recovery code"
	case pingone.FieldVerificationCode:
		what = "the verification code"
	case pingone.FieldAccept:
		what = "consent to an agreement"
	case pingone.FieldDevice, pingone.FieldPassword:
	default:
		what = "the profile's " + words.Text(string(f))
	}
	return &MissingError{f, what}
}

func missingPasscode(d pingone.Device) error {
	e := &MissingError{pingone.FieldPasscode, "a one-time passcode"}
	if d.Type != "" {
		e.What += " (" + about(d, words.Text(d.Type), " ") + ")"
	}
	return e
}

// missingDevice lists the devices.
func missingDevice(flow *pingone.Flow) error {
	var list []string
	for _, d := range flow.Devices[:min(len(flow.Devices), maxDevices)] {
		list = append(list, about(d, words.Text(d.Type), " "))
	}
	return &MissingError{pingone.FieldDevice, "a device for the second factor: " + strings.Join(list, ", ")}
}

func (e *MissingError) Error() string {
	return "the sign-on asks for " + e.What + ", which was not given"
}

// Kind is "person_needed".
func (e *MissingError) Kind() string { return "person_needed" }

// Code is the field.
func (e *MissingError) Code() string { return string(e.Field) }

// HintFor names the variable and the flag.
func (e *MissingError) HintFor(_, terminal bool) string {
	or := ", or run implicit login at a terminal"
	if terminal {
		or = ", or run implicit login"
	}
	switch e.Field {
	case pingone.FieldUsername, pingone.FieldPassword:
		return "set IMPLICIT_USERNAME and IMPLICIT_PASSWORD (or --password-file, --password-command)" + or
	case pingone.FieldNewPassword:
		return "set IMPLICIT_NEW_PASSWORD_FILE (or --new-password-file)" + or
	case pingone.FieldPasscode:
		return "set IMPLICIT_TOTP_SECRET (or --totp-secret-file) for an authenticator app, or IMPLICIT_OTP_COMMAND (or --otp-command)" + or
	case pingone.FieldDevice:
		return "set IMPLICIT_DEVICE (or --device) to a type, an ID or a nickname" + or
	case pingone.FieldAccept:
		return "read the agreement (implicit login --via browser shows it), then set IMPLICIT_ACCEPT_AGREEMENT=true (or --accept-agreement)" + or
	case pingone.FieldRecoveryCode, pingone.FieldVerificationCode:
		return "go step by step, with implicit authorize and implicit flow submit --fields-stdin" + or
	}
	return "set IMPLICIT_PROFILE_DATA (or --profile-data) to " + string(e.Field) + "=VALUE" + or
}

// noAddress says that the input ended before an address.
func noAddress() error {
	return &implicit.InteractionRequiredError{Needs: implicit.NeedsBrowser,
		Reason: "expected the address that the browser ended on, and the input ended"}
}

// CancelledError says that the user entered nothing at a prompt: Enter alone,
// or Ctrl-D.
type CancelledError struct {
	Label    string // the question
	SignOn   bool   // which a sign-on asked
	Declined bool   // the answer was no

	ended bool // by Ctrl-D
}

func (e *CancelledError) Error() string {
	label := strings.TrimRight(e.Label, ": ")
	switch {
	case e.Declined:
		return fmt.Sprintf("sign-on cancelled: the %s was declined; nothing was sent", label)
	case e.SignOn:
		return fmt.Sprintf("sign-on cancelled: no %s entered", strings.ToLower(label))
	}
	return fmt.Sprintf("cancelled: nothing entered at %q", label)
}

// named returns err with a shorter name of the question.
func named(err error, label string) error {
	if cancelled := (*CancelledError)(nil); errors.As(err, &cancelled) {
		cancelled.Label = label
	}
	return err
}

// Kind is "person_needed".
func (e *CancelledError) Kind() string { return "person_needed" }
