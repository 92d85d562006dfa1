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

// UnreachableError says that no answer came: the name did not resolve, nobody
// listened, TLS failed, the connection broke or the time ran out.
type UnreachableError struct {
	URL string // scheme, host and path; never the query
	Err error
}

func (e *UnreachableError) Error() string { return fmt.Sprintf("%s: no answer: %v", e.URL, e.Err) }

func (e *UnreachableError) Unwrap() error { return e.Err }

// AnswerError says that an answer came and cannot be used: a status that is no
// success, another media type, a body that does not parse or is too large.
type AnswerError struct {
	URL     string // scheme, host and path; never the query
	Status  int
	Type    string // Content-Type as sent
	Problem string // what was expected
	Start   string // the first bytes of the body; empty where they could hold a secret
}

func (e *AnswerError) Error() string {
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
