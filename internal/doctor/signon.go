package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// SignOn signs on once with the credentials that were given. The password is sent
// once, and not at all after a failure that makes a sign-on useless.
func SignOn() Probe {
	return Probe{Name: "sign-on", After: []string{"settings", "network", "provider", "keys", "application"}, Ask: signOn}
}

func signOn(ctx context.Context, r *Run) []Finding {
	f := Finding{Name: "sign_on", Hop: HopSignOn, Tried: "one sign-on in the terminal"}
	if r.Service == nil {
		return []Finding{f.skip("no user name and password were given; without them it is not known whether a user may sign on, " +
			"what the policy asks for, and which scopes are granted")}
	}
	if before, failed := r.FirstFailed(HopSettings, HopNetwork, HopProvider, HopApplication); failed {
		return []Finding{f.skip("the password is not sent until this is fixed: " + before.Name)}
	}
	s := &attempt{r: r, log: &actionLog{next: r.Transport}, f: f}
	r.Service.Transport = r.Budget.Transport(SignedOn, s.log)
	out, err := s.once(ctx, "")
	if err != nil {
		return []Finding{s.failed(err)}
	}
	return s.succeeded(ctx, out)
}

// attempt is the one sign-on of a run.
type attempt struct {
	r   *Run
	log *actionLog
	f   Finding
}

// once signs on. An empty method is the configured one.
func (s *attempt) once(ctx context.Context, method string) (*login.Outcome, error) {
	req, err := s.r.Service.Request(ctx, s.r.via())
	if err != nil {
		return nil, err
	}
	if method != "" {
		req.Method = method
	}
	if req.Prompt == "none" { // which would ask for a session
		req.Prompt = ""
	}
	out, err := s.r.Service.SignOnInTerminal(ctx, req)
	if err == nil {
		err = out.Result.Err()
	}
	return out, err
}

func (s *attempt) on(name string) Finding {
	f := s.f
	f.Name = name
	return f
}

// failed names the part of the sign-on that failed. What a browser or more input can
// answer is a warning.
func (s *attempt) failed(err error) Finding {
	var (
		platform *pingone.Error
		refused  *implicit.AuthorizeError
		verify   *implicit.VerifyError
		parse    *implicit.ParseError
		document *implicit.DocumentError
	)
	switch {
	case unsent(err) && s.r.Budget.Limited():
		return s.on("rate_limit").failAs(err, "wait a few minutes, then run implicit doctor again")
	case unsent(err):
		return s.on("sign_on").unknown(text(err) + "; implicit login has no such limit")
	case errors.As(err, &verify), errors.As(err, &parse):
		return s.on("tokens").failAs(err, "never use these tokens; run implicit login --checks for each check")
	case errors.As(err, &document):
		return s.on("keys").failAs(err, "")
	case errors.As(err, &platform):
		return s.on(stage(platform)).failAs(err, cure(platform))
	case errors.As(err, &refused) && refused.Code == "access_denied":
		return s.on("access").failAs(err, "the sign-on succeeded, but the application does not admit this user: "+
			"console: Applications, the application, Access tab, groups and administrator access")
	case errors.As(err, &refused):
		return s.on("resume").failAs(err, "the sign-on succeeded: look for a required attribute without a value ("+console+
			"Attribute Mappings tab), and at the policy")
	}
	if known := fault.Of(err, fault.Context{PingOne: true}); known.Kind == fault.PersonNeeded {
		return s.on("steps").warn(known.Message, whoAnswers(err))
	}
	return s.on(legOf(err)).failAs(err, "")
}

// legOf is the part of the sign-on in which the connection, or an answer that is not
// PingOne's, was met.
func legOf(err error) string {
	var (
		network *implicit.NetworkError
		answer  *implicit.HTTPError
		address string
	)
	switch {
	case errors.As(err, &network):
		address = network.URL
	case errors.As(err, &answer):
		address = answer.URL
	}
	switch {
	case strings.HasSuffix(address, "/as/resume"):
		return "resume"
	case strings.HasSuffix(address, "/as/jwks"):
		return "keys"
	case strings.HasSuffix(address, "/as/authorize"):
		return "request"
	}
	return "sign_on"
}

func whoAnswers(err error) string {
	var user *implicit.InteractionRequiredError
	if errors.As(err, &user) && user.Needs == implicit.NeedsBrowser {
		return "sign on with --via browser: the terminal cannot answer this step of the policy"
	}
	return "give what is missing (--totp-secret-file, --otp-command, --device, --accept-agreement, --profile-data, --new-password-file), " +
		"or sign on with implicit login at a terminal"
}

// stage is the part of the sign-on that an error is from.
func stage(e *pingone.Error) string {
	switch {
	case e.Reason == pingone.ReasonRateLimited:
		return "rate_limit"
	case e.Reason == pingone.ReasonNoDevice:
		return "steps"
	case e.Doing == "authorize" && classifyPlatform(e) != needsUser:
		return string(classifyPlatform(e))
	case strings.HasPrefix(e.Doing, "resume"):
		return "resume"
	case strings.HasPrefix(e.Doing, "usernamePassword."), strings.HasPrefix(e.Doing, "user."):
		return "sign_on"
	}
	return "steps"
}

// cure says what an administrator can do; empty: use the error's own hint.
func cure(e *pingone.Error) string {
	switch e.Reason {
	case pingone.ReasonWrongCredentials:
		return "check user name and password; the user must be in this environment, enabled and with a password (console: Directory, Users). " +
			"The user name need not be the e-mail address"
	case pingone.ReasonLockedOut:
		return "wait, or unlock the user (console: Directory, Users, the user); do not try again before: failures count"
	case pingone.ReasonNoPassword:
		return "set a password (console: Directory, Users, the user, Reset Password)"
	case pingone.ReasonNoDevice:
		return "pair a device for this user, or set the policy's MFA action to bypass for users without one (console: Authentication, Policies)"
	}
	switch {
	case e.Status == http.StatusRequestHeaderFieldsTooLarge:
		return tooLarge
	case e.Status == http.StatusUnauthorized:
		return "PingOne refuses an Authorization header and any other Content-Type than the one sent: ask whoever runs the proxy whether it adds or changes one"
	case e.Status == http.StatusUnsupportedMediaType, e.Status == http.StatusNotAcceptable:
		return "something in between changed Content-Type or Accept: ask whoever runs the proxy"
	case strings.HasPrefix(e.Doing, "resume") && e.Reason == pingone.ReasonOther:
		return "the session cookie ST was not accepted: something in between drops or changes cookies, or it belongs to another sign-on; start again"
	case e.Kind == pingone.KindPlatform && e.Status == http.StatusBadRequest && e.Reason == pingone.ReasonOther:
		return "start again; if this continues, sign on with --via browser and compare"
	}
	return ""
}

const tooLarge = "the headers are too large: send the request with --method POST, with a shorter state and fewer parameters"

// succeeded reports the parts of a sign-on that gave valid tokens.
func (s *attempt) succeeded(ctx context.Context, out *login.Outcome) []Finding {
	actions, count := s.log.names()
	signedOn := s.f.ok("valid tokens")
	if actions == "" {
		actions = "none"
	}
	found := []Finding{signedOn, s.on("steps").ok(actions), s.on("tokens").ok(fmt.Sprintf("%d checks passed", passed(out.Result))), s.scopes(out)}
	info := s.userInfo(ctx, out)
	found = append(found, info)
	if s.r.BothMethods {
		found = append(found, s.both(ctx, out, count))
	}
	return found
}

func passed(r *implicit.Result) (n int) {
	for _, c := range r.Checks {
		if c.Status == implicit.StatusPass {
			n++
		}
	}
	return n
}

func (s *attempt) scopes(out *login.Outcome) Finding {
	f := s.on("granted_scope")
	f.Tried = "compare the scopes with those that were requested: " + out.Request.Scope
	for _, w := range out.Result.Warnings {
		if w.Code == "scope_narrowed" {
			return f.warn(w.Message, remedy(refusedScope, out.Request))
		}
	}
	if out.Response.Scope == "" {
		return f.unknown("the response has no scope")
	}
	return f.ok(out.Response.Scope)
}

func (s *attempt) userInfo(ctx context.Context, out *login.Outcome) Finding {
	f := s.on("userinfo")
	f.Tried = "GET userinfo with the access token"
	if out.Response.AccessToken.Empty() {
		return f.skip("no access token was requested")
	}
	subject := ""
	if claims := out.Result.IDTokenClaims; claims != nil {
		subject = claims.Subject()
	}
	_, err := s.r.Service.UserInfo(ctx, out.Response.AccessToken, subject)
	var verify *implicit.VerifyError
	switch {
	case err == nil:
		return f.ok("the same user as in the ID token")
	case errors.As(err, &verify):
		return f.failAs(err, "never use these tokens")
	case unsent(err):
		return s.failed(err)
	}
	if f = f.failAs(err, ""); f.Exit == fault.ExitRefused {
		f.Change = "userinfo needs the scope openid, and a token of a user"
	}
	return f
}

// both signs on by the other method, where the first sign-on asked for the password
// alone: no passcode is sent twice.
func (s *attempt) both(ctx context.Context, out *login.Outcome, actions int) Finding {
	f := s.on("second_method")
	method := otherMethod(out.Request.Method)
	f.Tried = "a second sign-on, by " + method
	if actions > 1 {
		return f.skip("the sign-on asks for more than a password")
	}
	if _, err := s.once(ctx, method); err != nil {
		if unsent(err) {
			return f.unknown(text(err))
		}
		g := s.failed(err)
		return f.warn(g.Saw, "keep --method "+out.Request.Method)
	}
	return f.ok("valid tokens")
}
