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
	if s.Verified != nil {
		defer s.Verified(out.Result)
	}
	compareHint(out)
	if s.provider.pingOne == nil {
		out.Result.Checks = slices.Insert(out.Result.Checks, 0, implicit.Check{Name: "discovery", Status: implicit.StatusPass,
			Detail: "the document names the issuer it was asked for"})
	}
	if missing := notGranted(out); len(missing) > 0 {
		what := "ask the provider which scopes this application may have"
		if s.provider.pingOne != nil {
			what = "add them in the PingOne console (Applications, the application, Resources tab)"
		}
		out.warn("scope_narrowed", "requested but not granted: "+strings.Join(missing, " ")+"; "+what+", or leave them out")
	}
	return nil
}

func (o *Outcome) warn(code, message string) {
	o.Result.Warnings = append(o.Result.Warnings, implicit.Warning{Code: code, Message: message})
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

const warnHint = "login_hint"

// compareHint warns where no claim is the login_hint that was sent: a session in the
// browser may sign on another user, or the hint may be one that only the provider
// understands (OpenID Connect Core section 3.1.2.1).
func compareHint(out *Outcome) {
	hint := out.Request.LoginHint
	if hint == "" || !out.Result.Valid() {
		return
	}
	if message := unlikeHint(hint, out.UserInfo, out.Result.IDTokenClaims); message != "" {
		out.warn(warnHint, message)
	}
}

// unlikeHint says who signed on where no claim is the hint, and else nothing.
func unlikeHint(hint string, tokens ...*implicit.Claims) string {
	var found []string
	for _, claims := range tokens {
		for _, name := range []string{"login_hint", "preferred_username", "email", "phone_number", "sub"} {
			if claims == nil {
				continue
			}
			text := claims.Text(name)
			if strings.EqualFold(text, hint) {
				return ""
			}
			if text != "" && name != "sub" { // an opaque ID tells nothing
				found = append(found, fmt.Sprintf("%q", text))
			}
		}
	}
	if len(found) == 0 {
		return "no claim tells whether the user of login_hint signed on; --userinfo may"
	}
	return fmt.Sprintf("no claim is the login_hint %q; signed on: %s", hint, strings.Join(slices.Compact(found), ", "))
}
