package implicit

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Verifier verifies the response to an implicit grant: OpenID Connect Core
// sections 3.2.2.8 to 3.2.2.11. Its fields are set once, before the first use;
// then it is safe for concurrent use.
type Verifier struct {
	Issuer   string  // iss must be identical
	ClientID string  // in aud; may be empty where only access tokens are verified
	Keys     *KeySet // the issuer's keys
	// Algorithms are the accepted signature algorithms; empty: RS256. One that
	// [Algorithms] does not list is never accepted.
	Algorithms []string
	Skew       time.Duration    // how far the clocks may differ; 0: 60 s; negative: none
	Now        func() time.Time // nil: time.Now
	// TrustedAudiences may be in an ID token's aud in addition to the client.
	TrustedAudiences []string

	AccessToken AccessPolicy
	Require     []ClaimRequirement
	// IssuerInResponse says that the provider promises iss in every response
	// ([Provider.IssuerInResponse]), so that its absence fails where no ID token
	// names the issuer: RFC 9207 section 2.4.
	IssuerInResponse bool
	// ACRPromised says that the provider promises acr where acr_values ask for it,
	// as PingOne does: its absence then fails, and else is a warning (OpenID Connect
	// Core section 5.5.1).
	ACRPromised bool

	// ServerTime is the server's clock less this one, as measured; known is
	// false without a measurement. Messages about time name it; it changes no
	// outcome.
	ServerTime func() (offset time.Duration, known bool)

	kept *room // for every token, after Reusing
}

// AccessPolicy is what is required of an access token. By the zero policy one may be
// for another API: where it is opaque, or a JWT whose iss is not the issuer, it is
// not read (RFC 9068 section 6). Any other policy has every JWT verified.
type AccessPolicy struct {
	// FromIssuer says that a JWT is the issuer's, whatever iss it names: PingOne's
	// are. An opaque token is accepted all the same.
	FromIssuer bool
	JWT        bool     // it must be a JWT, as by the fields below
	Audience   string   // must be in aud
	Scopes     []string // must all be in scope
}

// Expected is what the response to a request must hold. [Request.Expected] makes
// it of a request. A server keeps it as JSON between the request and the response:
// in a server-side session, or in a sealed HttpOnly cookie, bound to that browser,
// and uses it once. Its state and nonce are secret until then.
//
// The zero Expected accepts no response and no ID token; see Partial.
type Expected struct {
	ResponseType string `json:"response_type,omitempty"` // token, id_token or both
	ResponseMode string `json:"response_mode,omitempty"`
	State        string `json:"state,omitempty"`
	Nonce        string `json:"nonce,omitempty"`
	ACRValues    string `json:"acr_values,omitempty"` // space separated; one of them must be acr
	MaxAge       *int64 `json:"max_age,omitempty"`    // seconds
	Subject      string `json:"subject,omitempty"`    // the sub of an earlier token that this one replaces: of the ID token, or of an access token without one

	// Partial says that another program sent the request, and that not all of
	// it is known: the checks of an empty State and Nonce become skips that say
	// so. Without it they fail, since nothing would tie the tokens to a request.
	Partial bool `json:"partial,omitempty"`

	// RequestedAt is when the request was sent: no ID token of its response is
	// older, and max_age counts back from it. Zero: max_age counts from now.
	RequestedAt time.Time `json:"requested_at,omitzero"`

	// Expires is until when a response is accepted; zero: always.
	Expires time.Time `json:"expires,omitzero"`

	// AccessToken is the one that an ID token was issued with, for at_hash,
	// where [Verifier.VerifyIDToken] is to verify both. It is not kept.
	AccessToken Secret `json:"-"`
}

// Expected returns what the response to the request must hold, for a response
// that arrives until expires; the zero time sets no limit.
func (r *Request) Expected(expires time.Time) Expected {
	mode := r.ResponseMode
	if mode == "" {
		mode = "fragment" // OAuth 2.0 Multiple Response Types section 5
	}
	return Expected{
		ResponseType: r.ResponseType, ResponseMode: mode, State: r.State, Nonce: r.Nonce,
		ACRValues: r.ACRValues, MaxAge: r.MaxAge, Expires: expires,
	}
}

// Verify verifies the response to req: whatever the request says is required of
// the response. The error is nil for valid tokens, which are then on the result.
//
// A failed check is a [*VerifyError], and the result is returned with it, for
// reports; with any other error the result is nil. A provider's refusal is its
// [*AuthorizeError], but a [*VerifyError] where its state or issuer is not the
// request's. What could not be decided is another error: keys that cannot be
// fetched or trusted (a [*NetworkError], [*HTTPError] or [*DocumentError]), a
// verifier without an issuer.
func (v *Verifier) Verify(ctx context.Context, req *Request, resp *Response) (*Result, error) {
	return v.VerifyResponse(ctx, req.Expected(time.Time{}), resp)
}

// VerifyResponse is [Verifier.Verify] for a caller that does not have the
// request any more, or knows more or less than it says.
func (v *Verifier) VerifyResponse(ctx context.Context, e Expected, resp *Response) (*Result, error) {
	run := v.begin(e, 2*checksPerToken)
	run.Unverified.Response = resp
	if err := run.expired(); err != nil {
		return run.Result, err
	}
	if resp.Error != nil {
		return run.refusal(resp)
	}
	if err := v.ready(!resp.IDToken.Empty()); err != nil {
		return nil, err
	}
	if err := run.responseAndIDToken(ctx, resp); err != nil {
		return nil, err
	}
	return run.finish(ctx, resp.IDToken, resp.AccessToken)
}

// responseAndIDToken makes the checks of a response, and those of its ID token.
func (v *verification) responseAndIDToken(ctx context.Context, resp *Response) error {
	v.expect.AccessToken = resp.AccessToken
	v.response(resp)
	if resp.IDToken.Empty() && !resp.AccessToken.Empty() {
		v.warn(WarnUnboundAccessToken, "without an ID token only state binds the access token to this sign-on")
	}
	if v.noIDToken = resp.IDToken.Empty(); v.noIDToken {
		v.add(skip(CheckFormat, "the response has no ID token"))
		return nil
	}
	return v.idToken(ctx, resp.IDToken.Reveal())
}

// VerifyIDToken verifies an ID token by itself, or with e.AccessToken, which is
// then verified too. Result and error are as those of [Verifier.Verify].
func (v *Verifier) VerifyIDToken(ctx context.Context, token Secret, e Expected) (*Result, error) {
	if err := v.ready(true); err != nil {
		return nil, err
	}
	run := v.begin(e, checksPerToken)
	if err := run.expired(); err != nil {
		return run.Result, err
	}
	if err := run.idToken(ctx, token.Reveal()); err != nil {
		return nil, err
	}
	return run.finish(ctx, token, e.AccessToken)
}

// VerifyAccessToken verifies an access token by itself. One that is not a JWT is
// opaque: only its resource can tell whether it is genuine, and the result says
// so in a skip. Such a token is valid here unless v.AccessToken or v.Require asks
// anything of it: set AccessPolicy.JWT to refuse it. Result and error are as those
// of [Verifier.Verify].
func (v *Verifier) VerifyAccessToken(ctx context.Context, token Secret, e Expected) (*Result, error) {
	if err := v.ready(false); err != nil {
		return nil, err
	}
	run := v.begin(e, checksPerToken)
	run.alone, run.noIDToken = true, true
	if err := run.expired(); err != nil {
		return run.Result, err
	}
	return run.finish(ctx, Secret{}, token)
}

// expired refuses any response to a request whose time is over.
func (v *verification) expired() error {
	if v.expect.Expires.IsZero() || v.now.Before(v.expect.Expires) {
		return nil
	}
	v.add(Check{CheckState, StatusFail, "the request has expired", "a response until " + stamp(v.expect.Expires), stamp(v.now), "RFC 6749 section 10.12"})
	return v.Err()
}

// refusal returns a provider's refusal if it answers this request. Without a
// state it may: providers leave it out where they could not read the request.
func (v *verification) refusal(resp *Response) (*Result, error) {
	if resp.State != "" && v.expect.State != "" {
		v.add(v.state(resp))
	}
	v.add(v.issuerParameter(resp))
	if err := v.Err(); err != nil {
		return v.Result, err
	}
	return nil, resp.Error
}

// ready refuses a verifier whose settings would accept any token.
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

// checksPerToken is room for the checks of one token.
const checksPerToken = 18

// begin makes a verification that expects to record about checks results.
func (v *Verifier) begin(e Expected, checks int) *verification {
	now := time.Now
	if v.Now != nil {
		now = v.Now
	}
	r := v.kept
	if r == nil {
		r = new(room)
	}
	r.result = Result{valid: true, Checks: slices.Grow(r.checks[:0], checks)}
	r.run = verification{Verifier: v, Result: &r.result, expect: e, now: now(), free: &r.token}
	return &r.run
}

// room is the memory of one verification: one allocation.
type room struct {
	run    verification
	result Result
	checks [checksPerToken]Check
	token  compact
}

// Reusing returns a copy of the verifier for many tokens, one after the other. It
// keeps its memory from one to the next: a result, with its checks and claims, is
// only good until the next call. It is not safe for concurrent use.
func (v *Verifier) Reusing() *Verifier {
	own := *v
	own.kept = new(room)
	return &own
}

// finish makes the checks of the access token, if there is one, and those that
// the caller added. What passed all of them is put on the result.
func (v *verification) finish(ctx context.Context, idToken, accessToken Secret) (*Result, error) {
	if !accessToken.Empty() || v.alone {
		if err := v.accessToken(ctx, accessToken.Reveal()); err != nil {
			return nil, err
		}
	} else if v.demandsAccess() {
		v.add(Check{opaqueCheck, StatusFail, "the response has no access token", "a JWT", "none", ""})
	}
	v.requirements()
	if v.valid {
		v.IDToken, v.Result.AccessToken = idToken, accessToken
		v.IDTokenClaims, v.AccessTokenClaims = v.idClaims, v.accessClaims
		v.Expires = v.expiryOf()
	}
	return v.Result, v.Err()
}

// expiryOf returns what [Result.Expires] is.
func (v *verification) expiryOf() time.Time {
	var earliest time.Time
	consider := func(t time.Time, ok bool) {
		if ok && (earliest.IsZero() || t.Before(earliest)) {
			earliest = t
		}
	}
	if v.Result.AccessToken.Empty() {
		consider(v.idClaims.Time("exp"))
		return earliest
	}
	if v.accessClaims != nil {
		consider(v.accessClaims.Time("exp"))
	}
	if v.Unverified.Response != nil {
		life, ok, err := v.Unverified.Response.lifetime()
		consider(v.now.Add(life), ok && err == nil)
	}
	return earliest
}
