package login

import (
	"errors"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// The errors of this package class themselves by Kind and Hint.

// Kind is "refused".
func (e *RenewalError) Kind() string { return "refused" }

// Hint says how to get other tokens.
func (e *RenewalError) Hint() string {
	return "the stored tokens are kept; implicit login signs on again"
}

// Kind is "unreachable".
func (e *NobodyError) Kind() string { return "unreachable" }

// Hint says why a browser may send nothing.
func (e *NobodyError) Hint() string {
	return "sign on in the browser, give it longer with --wait, or use --via paste; " +
		"if the browser shows an error, implicit doctor looks for its cause; if it is about the redirect URI, register exactly " + e.RedirectURI
}

// Kind is "usage".
func (e *NoSessionError) Kind() string { return "usage" }

// RedirectURIError is PingOne's refusal of the redirect URI, with the URI that was
// sent: only here it is known.
type RedirectURIError struct {
	error
	URI string
}

func (e *RedirectURIError) Unwrap() error { return e.error }

// Hint says what to register.
func (e *RedirectURIError) Hint() string {
	return "register exactly " + e.URI + " under Redirect URIs: PingOne console, Applications, the application, Configuration tab; " +
		"a native application may register a loopback URI without its port. implicit doctor tests which forms PingOne accepts"
}

// explain adds the string to register where the redirect URI was refused.
func explain(err error, req *implicit.Request) error { return explainAs(err, req.RedirectURI) }

func explainAs(err error, uri string) error {
	var known *RedirectURIError
	if errors.As(err, &known) {
		return err
	}
	var refused *pingone.Error
	if errors.As(err, &refused) && refused.Reason == pingone.ReasonRedirectMismatch {
		return &RedirectURIError{err, uri}
	}
	return err
}
