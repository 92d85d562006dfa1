package login

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// verify validates the response of out against its request. The error is for
// what could not be decided; a refused token is in the result.
func (s *Service) verify(ctx context.Context, out *Outcome) (err error) {
	out.Result, err = s.provider.verifier.Verify(ctx, out.Request, out.Response)
	s.complete(out)
	return err
}

// verifyUnknown validates the response to a request that another program sent:
// the check of an unknown state or nonce is skipped.
func (s *Service) verifyUnknown(ctx context.Context, out *Outcome) (err error) {
	r := out.Request
	out.Result, err = s.provider.verifier.VerifyResponse(ctx, implicit.Expected{ResponseType: r.ResponseType, ResponseMode: r.ResponseMode,
		State: r.State, Nonce: r.Nonce, ACRValues: r.ACRValues, MaxAge: r.MaxAge}, out.Response)
	s.complete(out)
	return err
}

// complete adds what only a login knows.
func (s *Service) complete(out *Outcome) {
	out.Issuer = s.provider.issuer
	if out.Result != nil {
		compareHint(out)
	}
	if out.Result != nil && s.provider.pingOne == nil {
		out.Result.Checks = slices.Insert(out.Result.Checks, 0, implicit.Check{Name: "discovery", Status: implicit.StatusPass,
			Detail: "the document names the issuer it was asked for"})
	}
	if out.Response.TokenAlias {
		out.Warnings = append(out.Warnings, `the access token has the name "token" instead of access_token`)
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

// refusal makes sure that a provider's error is the response to our request
// before it is believed.
func (p *provider) refusal(req *implicit.Request, resp *implicit.Response, err error) error {
	var refused *implicit.AuthorizeError
	if resp == nil || !errors.As(err, &refused) {
		return err
	}
	if resp.State != "" && !implicit.NewSecret(resp.State).Equal(implicit.NewSecret(req.State)) {
		return &implicit.VerifyError{Check: implicit.Check{Name: "state", Status: implicit.StatusFail,
			Detail: "the error is the response to another request", Clause: "RFC 6749 section 10.12"}}
	}
	if check := p.verifier.CheckIssuerParameter(resp); check.Status == implicit.StatusFail {
		return &implicit.VerifyError{Check: check}
	}
	return err
}

// hintCheck is the check that login_hint was followed.
const hintCheck = "login_hint"

// compareHint adds the check that the user who signed on is the one of
// login_hint: a session in the browser may sign on another one. Where no claim
// names the user, it cannot tell.
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
				out.Result.Add(implicit.Check{Name: hintCheck, Status: implicit.StatusPass, Detail: "the user of login_hint"})
				return
			case ok && name != "sub": // an opaque ID tells nothing
				found = append(found, fmt.Sprintf("%q", text))
			}
		}
	}
	if len(found) == 0 {
		out.Result.Add(implicit.Check{Name: hintCheck, Status: implicit.StatusSkip, Detail: "no claim names the user in words; --userinfo may"})
		return
	}
	out.Result.Add(implicit.Check{Name: hintCheck, Status: implicit.StatusFail, Detail: "a different user signed on",
		Expected: fmt.Sprintf("%q", hint), Found: strings.Join(found, ", "), Clause: "OpenID Connect Core section 3.1.2.1"})
}
