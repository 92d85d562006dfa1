package implicit

import "strings"

// Status is the outcome of one check.
type Status string

// A check passes, fails, or could not be made; its Detail then says why.
const (
	Pass Status = "pass"
	Fail Status = "fail"
	Skip Status = "skip"
)

// Check is one rule and what came of it. Text from a token stands in it quoted
// and bounded, so that it cannot drive a terminal; no secret stands in it.
type Check struct {
	Name     string `json:"name"`
	Status   Status `json:"status"`
	Detail   string `json:"detail"`             // one phrase in words
	Expected string `json:"expected,omitempty"` // of a failed check
	Found    string `json:"found,omitempty"`    // of a failed check
	Clause   string `json:"clause,omitempty"`   // of a failed check: the standard's section
}

// Result is the verdict on a response or a token: every check in the order it
// was made.
type Result struct {
	Valid  bool // no check failed; only then may a token be used
	Checks []Check

	// IDToken and AccessToken are the decoded tokens: nil where none came, it
	// could not be read or, for an access token, it is opaque. They may be
	// trusted only when Valid is set.
	IDToken     *Claims
	AccessToken *Claims

	Response *Response // nil where a token was verified alone
}

// Add appends a check that was made elsewhere; a failed one makes the result
// invalid.
func (r *Result) Add(c Check) {
	if c.Status == Fail {
		r.Valid = false
	}
	r.Checks = append(r.Checks, c)
}

// Failed returns the first check that failed; ok is false when none did.
func (r *Result) Failed() (c Check, ok bool) {
	for _, c := range r.Checks {
		if c.Status == Fail {
			return c, true
		}
	}
	return Check{}, false
}

// Err returns nil for a valid result and else a [*VerifyError] with the first
// failed check. A Result that nobody made is not valid.
func (r *Result) Err() error {
	if r.Valid {
		return nil
	}
	c, ok := r.Failed()
	if !ok {
		c = Check{Name: "tokens", Status: Fail, Detail: "nothing was verified"}
	}
	return &VerifyError{c}
}

// VerifyError says which check refused a token or the response around it.
type VerifyError struct {
	Check Check // the first that failed
}

func (e *VerifyError) Error() string {
	var b strings.Builder
	b.WriteString("validation failed: " + e.Check.Name + ": " + e.Check.Detail)
	if e.Check.Expected != "" {
		b.WriteString("; expected " + e.Check.Expected)
	}
	if e.Check.Found != "" {
		b.WriteString("; found " + e.Check.Found)
	}
	if e.Check.Clause != "" {
		b.WriteString(" (" + e.Check.Clause + ")")
	}
	return b.String()
}
