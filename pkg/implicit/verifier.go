package implicit

import (
	"context"
	"errors"
	"time"
)

// Verifier validates the answer to an implicit grant: OpenID Connect Core
// sections 3.2.2.8 to 3.2.2.11. Its fields are set once, before the first use;
// then it is safe for concurrent use.
type Verifier struct {
	Issuer   string  // equal to iss, to the letter
	ClientID string  // in aud; may be empty where only access tokens are verified
	Keys     *KeySet // the issuer's keys

	// Algorithms are the signature algorithms to accept, at most; empty: RS256.
	// What [Algorithms] does not list is never accepted.
	Algorithms []string

	Skew time.Duration    // how far two clocks may differ; 0: 60 s; negative: not at all
	Now  func() time.Time // nil: time.Now

	// TrustedAudiences may stand in an ID token's aud beside the client.
	TrustedAudiences []string

	AccessToken AccessPolicy
	Require     []ClaimRequirement

	// IssuerInResponse says that the provider promised iss in every answer
	// (Provider.IssuerInResponse), so that its absence is a fault where no ID
	// token names the issuer: RFC 9207 section 2.4.
	IssuerInResponse bool

	// ServerTime is the server's clock less this one, as measured; known is
	// false where it was not. It excuses nothing: messages about time name it.
	ServerTime func() (offset time.Duration, known bool)
}

// AccessPolicy is what is asked of an access token. An opaque one can satisfy
// the zero policy only.
type AccessPolicy struct {
	JWT      bool     // it must be one that can be looked into
	Audience string   // stands in aud
	Scopes   []string // all stand in scope
}

// Expected is what the caller knows of the request. An empty field is unknown:
// its check becomes a skip that says so.
type Expected struct {
	ResponseType string // token, id_token or both
	ResponseMode string
	State        string
	Nonce        string
	ACRValues    string // space separated; one of them must come back
	MaxAge       *int64 // seconds
	Subject      string // the sub of an earlier token that this one replaces

	// RequestedAt is when the request was sent: no token of its answer is
	// older, and max_age counts back from it. Zero: max_age counts from now.
	RequestedAt time.Time

	// AccessToken is the token that came with an ID token, for at_hash.
	AccessToken Secret

	complete bool // made of a Request: what is empty was not sent
}

// Verify validates the answer to req: whatever the request says is demanded of
// the answer. A RequestedAt is added with [Verifier.VerifyResponse] and
// [ExpectedOf].
//
// The error is for what could not be decided, never for a token that is
// refused: keys that could not be had (an [*NetworkError], an
// [*HTTPError] or a [*KeySetError] is in it), a verifier without an issuer, an
// answer that is the provider's own error (its [*AuthorizeError]).
func (v *Verifier) Verify(ctx context.Context, req *Request, resp *Response) (*Result, error) {
	return v.VerifyResponse(ctx, ExpectedOf(req), resp)
}

// ExpectedOf returns what the answer to req must hold. What req leaves empty
// was not sent; it is not unknown.
func ExpectedOf(req *Request) Expected {
	mode := req.ResponseMode
	if mode == "" {
		mode = "fragment" // OAuth 2.0 Multiple Response Types section 5
	}
	return Expected{
		ResponseType: req.ResponseType,
		ResponseMode: mode,
		State:        req.State,
		Nonce:        req.Nonce,
		ACRValues:    req.ACRValues,
		MaxAge:       req.MaxAge,
		complete:     true,
	}
}

// VerifyResponse is [Verifier.Verify] for a caller that knows more of the
// request than it says, or less.
func (v *Verifier) VerifyResponse(ctx context.Context, e Expected, resp *Response) (*Result, error) {
	if resp.Error != nil {
		return nil, resp.Error
	}
	if err := v.ready(!resp.IDToken.Empty()); err != nil {
		return nil, err
	}
	e.AccessToken = resp.AccessToken
	run := v.begin(e, 2*mostChecks)
	run.Response = resp
	run.response(resp)
	if resp.IDToken.Empty() {
		run.Add(skip(CheckFormat, "no ID token came"))
	} else if err := run.idToken(ctx, resp.IDToken.Reveal()); err != nil {
		return nil, err
	}
	return run.finish(ctx, !resp.AccessToken.Empty())
}

// VerifyIDToken validates an ID token that came by itself, or beside
// e.AccessToken, which is then validated with it.
func (v *Verifier) VerifyIDToken(ctx context.Context, token Secret, e Expected) (*Result, error) {
	if err := v.ready(true); err != nil {
		return nil, err
	}
	run := v.begin(e, mostChecks)
	if err := run.idToken(ctx, token.Reveal()); err != nil {
		return nil, err
	}
	return run.finish(ctx, !e.AccessToken.Empty())
}

// VerifyAccessToken validates an access token by itself. One that is no JWT is
// opaque: the result says so in a skip, and is valid unless the verifier
// demands something of it.
func (v *Verifier) VerifyAccessToken(ctx context.Context, token Secret, e Expected) (*Result, error) {
	if err := v.ready(false); err != nil {
		return nil, err
	}
	e.AccessToken = token
	return v.begin(e, mostChecks).finish(ctx, true)
}

// VerifyJWS verifies the signature of a JWS (RFC 7515) whose payload may be
// anything, and returns the payload: the checks format to signature of an ID
// token, with the same keys and algorithms. The error is a [*VerifyError], or
// says that the keys could not be had.
func (v *Verifier) VerifyJWS(ctx context.Context, jws Secret) ([]byte, error) {
	if v.Keys == nil {
		return nil, errors.New("verifier: no keys are set")
	}
	run := v.begin(Expected{}, mostChecks)
	t := &tokenCheck{verification: run, names: idTokenChecks(), bare: true, types: []string{"jose", "jwt"}}
	if ok, err := t.open(ctx, jws.Reveal()); err != nil || !ok {
		return nil, errors.Join(err, run.Err())
	}
	return t.jwt.payload, nil
}

// ready refuses a verifier that could not refuse anybody else's token.
func (v *Verifier) ready(idToken bool) error {
	switch {
	case v.Issuer == "":
		return errors.New("verifier: no issuer is set")
	case v.Keys == nil:
		return errors.New("verifier: no keys are set")
	case v.ClientID == "" && idToken:
		return errors.New("verifier: no client ID is set")
	}
	return nil
}

// mostChecks is room for the checks of one token.
const mostChecks = 18

// begin makes a verification that expects to record about checks results.
func (v *Verifier) begin(e Expected, checks int) *verification {
	now := time.Now
	if v.Now != nil {
		now = v.Now
	}
	return &verification{
		Verifier: v,
		Result:   &Result{Valid: true, Checks: make([]Check, 0, checks)},
		expect:   e,
		now:      now(),
	}
}

// finish makes the checks of the access token, where one came, and those that
// the caller added.
func (v *verification) finish(ctx context.Context, access bool) (*Result, error) {
	if access {
		if err := v.accessToken(ctx, v.expect.AccessToken.Reveal()); err != nil {
			return nil, err
		}
	} else if v.demandsAccess() {
		v.Add(Check{opaqueCheck, StatusFail, "no access token came", "a JWT", "none", ""})
	}
	v.requirements()
	return v.Result, nil
}
