package login

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// verify validates the response of out against its request. The error is for
// what could not be decided; a failed check is in the result.
func (s *Service) verify(ctx context.Context, out *Outcome) (err error) {
	s.learn(out.Response)
	out.Result, err = s.provider.verifier.Verify(ctx, out.Request, out.Response)
	return s.complete(out, err)
}

// verifyUnknown validates the response to a request that another program sent:
// the check of an unknown state or nonce is skipped.
func (s *Service) verifyUnknown(ctx context.Context, out *Outcome) (err error) {
	s.learn(out.Response)
	expected := out.Request.Expected(time.Time{})
	expected.Partial = true
	out.Result, err = s.provider.verifier.VerifyResponse(ctx, expected, out.Response)
	return s.complete(out, err)
}

// complete adds the checks that only a login can make, and warnings.
func (s *Service) complete(out *Outcome, err error) error {
	out.Issuer = s.provider.issuer
	if out.Result == nil {
		return err
	}
	compareHint(out)
	if s.provider.pingOne == nil {
		out.Result.Checks = slices.Insert(out.Result.Checks, 0, implicit.Check{Name: "discovery", Status: implicit.StatusPass,
			Detail: "the document names the issuer it was asked for"})
	}
	if out.Response.TokenAlias {
		out.Warnings = append(out.Warnings, `the access token has the name "token" instead of access_token`)
	}
	if missing := notGranted(out); len(missing) > 0 {
		out.Warnings = append(out.Warnings, "not granted: "+strings.Join(missing, " "))
	}
	return nil
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

// refusal is that of [Service].
func (p *provider) refusal(ctx context.Context, req *implicit.Request, resp *implicit.Response, err error) error {
	var refused *implicit.AuthorizeError
	if resp == nil || !errors.As(err, &refused) {
		return err
	}
	if _, err = p.verifier.Verify(ctx, req, resp); err != nil && (!resp.AccessToken.Empty() || !resp.IDToken.Empty()) && errors.As(err, &refused) {
		return fault.As(fault.Refused, err) // whatever its code: an error and tokens contradict each other
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
	if hint == "" || !out.Result.Valid() {
		return
	}
	out.Result, _ = out.Result.With(checkHint(hint, out.UserInfo, out.Result.IDTokenClaims))
}

func checkHint(hint string, tokens ...*implicit.Claims) implicit.Check {
	var found []string
	for _, claims := range tokens {
		for _, name := range []string{"preferred_username", "email", "phone_number", "sub"} {
			if claims == nil {
				continue
			}
			text, ok := claims.Text(name)
			switch {
			case ok && strings.EqualFold(text, hint):
				return implicit.Check{Name: hintCheck, Status: implicit.StatusPass, Detail: "the user of login_hint"}
			case ok && name != "sub": // an opaque ID tells nothing
				found = append(found, fmt.Sprintf("%q", text))
			}
		}
	}
	if len(found) == 0 {
		return implicit.Check{Name: hintCheck, Status: implicit.StatusSkip, Detail: "no claim names the user in words; --userinfo may"}
	}
	return implicit.Check{Name: hintCheck, Status: implicit.StatusFail, Detail: "a different user signed on",
		Expected: fmt.Sprintf("%q", hint), Found: strings.Join(found, ", "), Clause: "OpenID Connect Core section 3.1.2.1"}
}
