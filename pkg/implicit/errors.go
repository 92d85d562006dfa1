package implicit

import "fmt"

// RequestError says what is wrong with a [Request] before anything is sent.
type RequestError struct {
	Parameter string // the authorize parameter, by its name on the wire
	Problem   string // what was expected and what stands there
}

func (e *RequestError) Error() string { return e.Parameter + ": " + e.Problem }

// ParseError says why an answer cannot be read, or must not be trusted as it
// stands (RFC 6749 section 3.1: no parameter twice, and the like).
type ParseError struct {
	Problem   string
	Elsewhere string // the address it came to, where that is not the redirect URI
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
		return fmt.Sprintf("the provider answered with the error %s", quote(e.Code))
	}
	return fmt.Sprintf("the provider answered with the error %s: %s", quote(e.Code), quote(e.Description))
}

// InteractionRequiredError says that no token can be had now without the user:
// OpenID Connect Core section 3.1.2.6 and whatever else a provider answers that
// means the same.
type InteractionRequiredError struct {
	// Code is the provider's word for it: the error code (login_required), or
	// the status of PingOne's flow (OTP_REQUIRED). It is empty where the
	// provider answered with a page, and it is the network's text.
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

// IsInteractionCode reports whether an error code of an authorization response
// asks for the user: OpenID Connect Core section 3.1.2.6.
func IsInteractionCode(code string) bool {
	switch code {
	case "login_required", "interaction_required", "consent_required", "account_selection_required":
		return true
	}
	return false
}

// NetworkError says that no answer came: the name did not resolve, nobody
// listened, TLS failed, the connection broke or the time ran out.
type NetworkError struct {
	URL string // scheme, host and path; never the query
	Err error
}

func (e *NetworkError) Error() string { return fmt.Sprintf("%s: no answer: %v", e.URL, e.Err) }

func (e *NetworkError) Unwrap() error { return e.Err }

// HTTPError says that an answer came and cannot be used: a status that is no
// success, another media type, a body that does not parse or is too large.
type HTTPError struct {
	URL     string // scheme, host and path; never the query
	Status  int
	Type    string // Content-Type as sent
	Problem string // what was expected
	Start   string // the first bytes of the body; empty where they could hold a secret
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

// quote makes text from the network safe for a terminal and bounds it.
func quote(s string) string {
	const most = 300
	if len(s) > most {
		return fmt.Sprintf("%q…", s[:most])
	}
	return fmt.Sprintf("%q", s)
}
