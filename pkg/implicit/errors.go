package implicit

import (
	"fmt"

	"github.com/implicit-cli/implicit/pkg/internal/web"
)

// RequestError says what is wrong with a [Request] before anything is sent.
type RequestError struct {
	Parameter string // the authorize parameter, by its name on the wire
	Problem   string // what was expected and what was found
}

func (e *RequestError) Error() string { return e.Parameter + ": " + e.Problem }

// ParseError says why a response cannot be read, or must not be trusted in that
// form (RFC 6749 section 3.1: no parameter more than once, and the like).
type ParseError struct {
	Problem   string
	Elsewhere string // the address it was sent to, where that is not the redirect URI
}

func (e *ParseError) Error() string { return "authorization response: " + e.Problem }

func parseErrorf(format string, args ...any) *ParseError {
	return &ParseError{Problem: fmt.Sprintf(format, args...)}
}

// AuthorizeError is the provider's refusal in an authorization response: RFC
// 6749 section 4.2.2.1 and OpenID Connect Core section 3.1.2.6. Code and
// Description are the network's text: quote them before a terminal sees them.
type AuthorizeError struct {
	Code        string // error
	Description string // error_description
	URI         string // error_uri
}

func (e *AuthorizeError) Error() string {
	if e.Description == "" {
		return fmt.Sprintf("the provider returned the error %s", quote(e.Code))
	}
	return fmt.Sprintf("the provider returned the error %s: %s", quote(e.Code), quote(e.Description))
}

// Unwrap returns an [*InteractionRequiredError] where the code asks for the user,
// so that a program need not know the codes.
func (e *AuthorizeError) Unwrap() error {
	if !asksForUser(e.Code) {
		return nil
	}
	return &InteractionRequiredError{Code: e.Code, Needs: NeedsSignOn, Reason: "the provider does not issue tokens without the user"}
}

// InteractionRequiredError says that there is no token without the user: OpenID
// Connect Core section 3.1.2.6, and whatever else a provider answers that means the
// same. An [*AuthorizeError] with such a code wraps one.
type InteractionRequiredError struct {
	// Code is the error code (login_required), the status of PingOne's flow
	// (OTP_REQUIRED) or the value that is missing (password). It is the
	// network's text, and empty where the provider shows a page.
	Code string

	Needs  string // one of the Needs constants
	Reason string // why, as a phrase; safe to print
}

// What resolves an [InteractionRequiredError].
const (
	NeedsBrowser = "browser" // a sign-on in a browser
	NeedsAnswer  = "answer"  // a value that was not given, such as a password
	NeedsSignOn  = "sign_on" // a new sign-on, in whatever way
)

func (e *InteractionRequiredError) Error() string {
	if e.Code == "" {
		return "interactive sign-on required: " + e.Reason
	}
	return fmt.Sprintf("interactive sign-on required (%s): %s", quote(e.Code), e.Reason)
}

// asksForUser knows the codes of OpenID Connect Core section 3.1.2.6.
func asksForUser(code string) bool {
	switch code {
	case "login_required", "interaction_required", "consent_required", "account_selection_required":
		return true
	}
	return false
}

// DocumentError says that a provider's document was found and cannot be trusted.
type DocumentError struct {
	Document string // one of the Document constants
	Of       string // the issuer, or the address of the key set; empty for [NewStaticKeySet]
	Problem  string
}

// The documents of a [DocumentError].
const (
	DocumentDiscovery = "discovery document"
	DocumentKeys      = "key set"
)

func (e *DocumentError) Error() string {
	if e.Of == "" {
		return e.Document + ": " + e.Problem
	}
	return e.Document + " of " + e.Of + ": " + e.Problem
}

// NetworkError says that there was no answer: the name did not resolve, nothing
// listened, TLS failed, the connection broke or the time ran out.
type NetworkError struct {
	URL string // scheme, host and path; never the query
	Err error
}

func (e *NetworkError) Error() string { return fmt.Sprintf("%s: no answer: %v", e.URL, e.Err) }

func (e *NetworkError) Unwrap() error { return e.Err }

// HTTPError says that an HTTP response cannot be used: its status, its media type,
// or a body that does not parse or is too large.
type HTTPError struct {
	URL     string // scheme, host and path; never the query
	Status  int
	Type    string // Content-Type as sent
	Problem string // what was expected
	Start   string // the first bytes of the body; empty if they could hold a secret
}

func (e *HTTPError) Error() string {
	msg := e.URL + ": " + e.Problem
	if e.Status != 0 {
		msg += fmt.Sprintf("; the answer was status %d", e.Status)
	}
	if e.Type != "" {
		msg += ", type " + quote(e.Type)
	}
	if e.Start != "" {
		msg += ", and began " + quote(e.Start)
	}
	return msg
}

func quote(s string) string { return web.Quote(s) }
