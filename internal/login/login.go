// Package login gets valid tokens. It turns settings into a request, chooses a
// way to the answer, drives it, and validates what comes. Every command that
// needs a token asks here.
package login

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// Connection is a provider, how it is reached and how its tokens are judged:
// all that the commands share.
type Connection struct {
	Settings *config.Settings
	HTTP     *implicit.Client
	Now      func() time.Time
	Target   *Target
	Keys     *implicit.KeySet
	Verifier *implicit.Verifier

	encode       func(out *Outcome, now time.Time) ([]byte, error)
	stopPrefetch context.CancelFunc
}

// Options are what a Connection needs from its surroundings.
type Options struct {
	Settings  *config.Settings
	Transport http.RoundTripper // reaches the provider; see NewTransport
	UserAgent string
	Now       func() time.Time
	Cache     implicit.KeyCache // nil: none

	// Encode writes the result object that is stored with a login.
	Encode func(out *Outcome, now time.Time) ([]byte, error)

	Params []implicit.Param // further authorize parameters
}

// Connect settles the target. For a provider given by its issuer that fetches
// the discovery document; for PingOne nothing is sent.
func Connect(ctx context.Context, o Options) (*Connection, error) {
	timeout, err := o.Settings.Duration("timeout")
	if err != nil {
		return nil, err
	}
	if timeout == 0 {
		return nil, o.Settings.Problem("timeout", "expected more than nothing")
	}
	clock := &serverClock{next: o.Transport, now: o.Now}
	c := &Connection{Settings: o.Settings, Now: o.Now, encode: o.Encode, HTTP: &implicit.Client{
		Transport: clock, Timeout: timeout, UserAgent: o.UserAgent, Now: o.Now,
	}}
	if c.Target, err = FindTarget(ctx, o.Settings, c.HTTP); err != nil {
		return nil, err
	}
	c.Keys = implicit.NewRemoteKeySet(c.HTTP, c.Target.JWKSURL, o.Cache)
	c.Verifier, err = c.newVerifier(clock)
	return c, err
}

// Prefetch starts to fetch the keys, beside the sign-on.
func (c *Connection) Prefetch(ctx context.Context) {
	ctx, c.stopPrefetch = context.WithCancel(ctx)
	c.Keys.Prefetch(ctx)
}

// Close ends what Prefetch began and nobody waits for any more, so that no
// half-written cache is left behind.
func (c *Connection) Close() {
	if c.stopPrefetch != nil {
		c.stopPrefetch()
	}
	c.Keys.Close()
}

func (c *Connection) newVerifier(clock *serverClock) (*implicit.Verifier, error) {
	skew, err := c.Settings.Duration("clock-skew")
	if err != nil {
		return nil, err
	}
	if skew == 0 {
		skew = -1 // the verifier's zero is its default
	}
	algorithms, err := c.algorithms()
	return &implicit.Verifier{
		Issuer: c.Target.Issuer, ClientID: c.Settings.Text("client-id"), Keys: c.Keys,
		Algorithms: algorithms, Skew: skew, Now: c.Now,
		IssuerInResponse: c.Target.IssuerInResponse, ServerTime: clock.offset,
	}, err
}

// Outcome is a login that came to an answer.
type Outcome struct {
	Request  *implicit.Request
	Response *implicit.Response
	Result   *implicit.Result
	Session  pingone.Session // empty where the sign-on was not ours to drive
	UserInfo *implicit.Claims
	Warnings []string
}

// Terminal does the grant without a browser: PingOne's sign-on flow, answered by
// answerer, or the answer of a provider that answers at once.
func (c *Connection) Terminal(ctx context.Context, req *implicit.Request, answerer pingone.Answerer) (*Outcome, error) {
	if err := req.Validate(); err != nil {
		return nil, err
	}
	c.Prefetch(ctx)
	out := &Outcome{Request: req}
	var err error
	if c.Target.PingOne == nil {
		out.Response, err = req.Send(ctx, c.HTTP)
	} else {
		client := &pingone.Client{Environment: *c.Target.PingOne, HTTP: c.HTTP}
		out.Response, err = client.SignOn(ctx, req, answerer)
		out.Session = client.Session
	}
	if err != nil {
		return nil, c.Refusal(req, out.Response, err)
	}
	return out, c.Judge(ctx, out)
}

// Judge validates the response of out against its request. The error is for
// what could not be decided; a refused token is in the result.
func (c *Connection) Judge(ctx context.Context, out *Outcome) (err error) {
	out.Result, err = c.Verifier.Verify(ctx, out.Request, out.Response)
	c.finish(out)
	return err
}

// JudgeUnknown validates the response to a request that another program sent:
// an empty state or nonce is not known, and its check is skipped.
func (c *Connection) JudgeUnknown(ctx context.Context, out *Outcome) (err error) {
	r := out.Request
	out.Result, err = c.Verifier.VerifyResponse(ctx, implicit.Expected{ResponseType: r.ResponseType, ResponseMode: r.ResponseMode,
		State: r.State, Nonce: r.Nonce, ACRValues: r.ACRValues, MaxAge: r.MaxAge}, out.Response)
	c.finish(out)
	return err
}

func (c *Connection) finish(out *Outcome) {
	if out.Result != nil {
		compareHint(out)
	}
	if out.Result != nil && c.Target.PingOne == nil {
		out.Result.Checks = slices.Insert(out.Result.Checks, 0, implicit.Check{Name: "discovery", Status: implicit.StatusPass,
			Detail: "the document names the issuer it was asked for"})
	}
	if out.Response.TokenAlias {
		out.Warnings = append(out.Warnings, `the access token stood under the name "token" instead of access_token`)
	}
	if missing := notGranted(out); len(missing) > 0 {
		out.Warnings = append(out.Warnings, "not granted: "+strings.Join(missing, " "))
	}
}

// notGranted returns the scopes that were asked for and silently left out.
func notGranted(out *Outcome) (missing []string) {
	granted := strings.Fields(out.Response.Scope)
	for _, scope := range strings.Fields(out.Request.Scope) {
		if len(granted) > 0 && !slices.Contains(granted, scope) {
			missing = append(missing, fmt.Sprintf("%q", scope))
		}
	}
	return missing
}

// Refusal makes sure that a provider's error is the answer to our request
// before it is believed: another state or issuer makes it somebody else's.
func (c *Connection) Refusal(req *implicit.Request, resp *implicit.Response, err error) error {
	var refused *implicit.AuthorizeError
	if resp == nil || !errors.As(err, &refused) {
		return err
	}
	if resp.State != "" && !implicit.NewSecret(resp.State).Equal(implicit.NewSecret(req.State)) {
		return &implicit.VerifyError{Check: implicit.Check{Name: "state", Status: implicit.StatusFail,
			Detail: "an error came that answers another request", Clause: "RFC 6749 section 10.12"}}
	}
	if check := c.Verifier.CheckIssuerParameter(resp); check.Status == implicit.StatusFail {
		return &implicit.VerifyError{Check: check}
	}
	if !resp.AccessToken.Empty() || !resp.IDToken.Empty() {
		return fault.As(fault.Refused, err) // whatever its code: an error in addition to tokens contradicts itself
	}
	return err
}

// FetchUserInfo asks userinfo for the person of out and adds the check that
// it is the same one.
func (c *Connection) FetchUserInfo(ctx context.Context, out *Outcome) error {
	info, err := c.UserInfo(ctx, out.Response.AccessToken)
	if err != nil {
		return err
	}
	out.UserInfo, err = c.Verifier.VerifyUserInfo(ctx, out.Result, info.ContentType, info.Body)
	out.Result.Checks = slices.DeleteFunc(out.Result.Checks, func(c implicit.Check) bool { return c.Name == hintCheck })
	compareHint(out) // userinfo may name the person where the ID token does not
	return err
}

// hintCheck is the check that login_hint was followed.
const hintCheck = "login_hint"

// compareHint adds the check that the person who signed on is the one of
// login_hint: a session in the browser may sign on somebody else. Where no claim
// names the person, it cannot tell.
func compareHint(out *Outcome) {
	hint := out.Request.LoginHint
	if hint == "" || !out.Result.Valid {
		return
	}
	var found []string
	for _, claims := range []*implicit.Claims{out.UserInfo, out.Result.IDToken} {
		for _, name := range []string{"preferred_username", "email", "phone_number", "sub"} {
			if claims == nil {
				continue
			}
			text, ok := claims.Text(name)
			switch {
			case ok && strings.EqualFold(text, hint):
				out.Result.Add(implicit.Check{Name: hintCheck, Status: implicit.StatusPass, Detail: "the person of login_hint"})
				return
			case ok && name != "sub": // an opaque ID tells nothing
				found = append(found, fmt.Sprintf("%q", text))
			}
		}
	}
	if len(found) == 0 {
		out.Result.Add(implicit.Check{Name: hintCheck, Status: implicit.StatusSkip, Detail: "no claim says who it is in words; --userinfo may"})
		return
	}
	out.Result.Add(implicit.Check{Name: hintCheck, Status: implicit.StatusFail, Detail: "somebody else signed on",
		Expected: fmt.Sprintf("%q", hint), Found: strings.Join(found, ", "), Clause: "OpenID Connect Core section 3.1.2.1"})
}
