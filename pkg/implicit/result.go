package implicit

import (
	"slices"
	"strings"
	"time"
)

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

// Check is one rule and its outcome. Text from a token is quoted and bounded, so
// that it is safe to print; no secret is in it.
type Check struct {
	Name     string `json:"name"`
	Status   Status `json:"status"`
	Detail   string `json:"detail"`             // one phrase in words
	Expected string `json:"expected,omitempty"` // of a failed check
	Found    string `json:"found,omitempty"`    // of a failed check
	Clause   string `json:"clause,omitempty"`   // of a failed check: the standard's section
}

// Result is what a [Verifier] found out: every check in the order it was made,
// and what passed all of them. Of a result that is not valid only Checks,
// Warnings and Unverified are set.
type Result struct {
	Checks   []Check
	Warnings []Warning // what is worth a look; none changes the outcome

	// IDToken and AccessToken are safe to use. Each is empty where it was not
	// part of what was verified.
	IDToken     Secret
	AccessToken Secret

	// The claims of those tokens, and of a userinfo response. AccessTokenClaims
	// is nil for an opaque access token.
	IDTokenClaims     *Claims
	AccessTokenClaims *Claims
	UserInfo          *Claims

	// Expires is when the access token expires, or the ID token where there is
	// no access token: the earlier of expires_in, counted from the
	// verification, and exp. Zero: the provider does not say.
	Expires time.Time

	// Unverified is for reports on what was refused. Rely on nothing in it.
	Unverified Unverified

	valid bool
}

// Unverified is what a [Verifier] was given, as far as it could be read.
type Unverified struct {
	Response    *Response // nil where a token was verified by itself
	IDToken     *Claims   // nil where it is absent or cannot be read
	AccessToken *Claims   // nil where it is absent, opaque or cannot be read
}

// Valid reports whether no check failed. Only a [Verifier] makes a valid result.
func (r *Result) Valid() bool { return r != nil && r.valid }

// With returns the result with further checks, made elsewhere. One that failed
// makes the new result invalid, and the error a [*VerifyError]; none makes an
// invalid result valid.
func (r *Result) With(checks ...Check) (*Result, error) {
	extended := *r
	extended.Checks = slices.Clone(r.Checks)
	for _, c := range checks {
		extended.add(c)
	}
	if !extended.valid {
		extended = Result{Checks: extended.Checks, Warnings: extended.Warnings, Unverified: extended.Unverified}
	}
	return &extended, extended.Err()
}

// add appends a check; a failed one makes the result invalid.
func (r *Result) add(c Check) {
	if c.Status == StatusFail {
		r.valid = false
	}
	r.Checks = append(r.Checks, c)
}

// failed returns the first check that failed; ok is false when none did.
func (r *Result) failed() (c Check, ok bool) {
	for _, c := range r.Checks {
		if c.Status == StatusFail {
			return c, true
		}
	}
	return Check{}, false
}

// Err returns nil for a valid result and otherwise a [*VerifyError] with the
// first failed check. The zero Result is not valid.
func (r *Result) Err() error {
	if r.Valid() {
		return nil
	}
	c, ok := r.failed()
	if !ok {
		c = Check{Name: CheckTokens, Status: StatusFail, Detail: "nothing was verified"}
	}
	return &VerifyError{c}
}

// Warning is what a user should know of a result, valid or not. The codes never
// change. Text from a token is quoted in its message, which has no secret.
type Warning struct {
	Code    string `json:"code"`
	Message string `json:"message"` // one phrase in words
}

// The codes of a [Verifier]'s warnings.
const (
	WarnCaseVariant        = "case_variant"         // a name in other letters than the standard's, which is ignored
	WarnACRMissing         = "acr_missing"          // no acr, though acr_values were requested
	WarnAuthTimeMalformed  = "auth_time_malformed"  // an auth_time before 2001, which is not compared
	WarnQueryMode          = "query_mode"           // tokens in a query, as requested
	WarnUnboundAccessToken = "unbound_access_token" // an access token without an ID token that has its hash
)

func (r *Result) warn(code, message string) {
	r.Warnings = append(r.Warnings, Warning{code, message})
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
