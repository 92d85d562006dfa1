package implicit

import "strings"

// Status is the outcome of one check.
type Status string

// A check passes, fails, or could not be made; its Detail then says why.
const (
	StatusPass Status = "pass"
	StatusFail Status = "fail"
	StatusSkip Status = "skip"
)

// The names of the checks, which never change. Those from CheckFormat to
// CheckNotBefore are an ID token's; with AccessTokenPrefix before them they, and
// CheckScope, are an access token's. A [ClaimRequirement] is named "claim.NAME".
const (
	CheckChannel         = "channel"
	CheckState           = "state"
	CheckIssuerParameter = "iss_parameter"
	CheckTokens          = "tokens"
	CheckTokenType       = "token_type"

	CheckFormat          = "format"
	CheckType            = "type"
	CheckHeader          = "header"
	CheckAlgorithm       = "algorithm"
	CheckKey             = "key"
	CheckSignature       = "signature"
	CheckIssuer          = "issuer"
	CheckAudience        = "audience"
	CheckAuthorizedParty = "authorized_party"
	CheckSubject         = "subject"
	CheckExpiry          = "expiry"
	CheckIssuedAt        = "issued_at"
	CheckNotBefore       = "not_before"

	CheckNonce    = "nonce"
	CheckATHash   = "at_hash"
	CheckAuthTime = "auth_time"
	CheckACR      = "acr"

	CheckScope        = "scope" // of an access token only
	AccessTokenPrefix = "access_token."

	CheckUserInfo = "userinfo"
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
	if c.Status == StatusFail {
		r.Valid = false
	}
	r.Checks = append(r.Checks, c)
}

// Failed returns the first check that failed; ok is false when none did.
func (r *Result) Failed() (c Check, ok bool) {
	for _, c := range r.Checks {
		if c.Status == StatusFail {
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
		c = Check{Name: "tokens", Status: StatusFail, Detail: "nothing was verified"}
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
