package fault

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"strings"

	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// console says where something is set: in PingOne's console, at another
// provider wherever that has it.
func (c Context) console(place string) string {
	if c.PingOne {
		return ": PingOne console, " + place
	}
	return " at the provider"
}

const application = "Applications, the application, "

// byPingOne returns the hint for PingOne, or the one for any other provider.
func (c Context) byPingOne(pingOne, other string) string {
	if c.PingOne {
		return pingOne
	}
	return other
}

func interactionHint(e *implicit.InteractionRequiredError, c Context) string {
	switch {
	case !c.PingOne:
		return "run implicit login --via browser; --via terminal needs a provider that answers at once"
	case e.Code == string(pingone.FieldDevice):
		return "name one by its type, ID or nickname: --device"
	case e.Needs == implicit.NeedsAnswer && c.Terminal:
		return "set IMPLICIT_USERNAME and IMPLICIT_PASSWORD (or --password-file), or run implicit login"
	case e.Needs == implicit.NeedsAnswer:
		return "set IMPLICIT_USERNAME and IMPLICIT_PASSWORD (or --password-file), or run implicit login at a terminal"
	case e.Needs == implicit.NeedsSignOn && c.Terminal:
		return "run implicit login"
	case e.Needs == implicit.NeedsSignOn:
		return "run implicit login at a terminal, or set IMPLICIT_USERNAME and IMPLICIT_PASSWORD (or --password-file)"
	}
	if e.Code == "ASSERTION_REQUIRED" {
		return "run implicit login --via browser; or, where the application has a policy without a second factor, name it: --acr-values Single_Factor"
	}
	return "run implicit login --via browser"
}

// authorizeHint looks at the description too: PingOne does not document the code
// of a refusal.
func authorizeHint(e *implicit.AuthorizeError, c Context) string {
	about := strings.ToLower(e.Description)
	has := func(text string) bool { return strings.Contains(about, text) }
	switch {
	case has("multiple resources"):
		return "request the scopes of one resource at a time (an access token is for one), or for custom resources allow several on the application"
	case e.Code == "invalid_scope" || has("scope"):
		return "grant the scope to the application" + c.console(application+"Resources tab")
	case has("redirect") && has("uri"):
		return "register the redirect URI exactly as it is sent" + c.console(application+"Configuration tab")
	case has("acr_values"):
		return policyHint(c)
	case has("implicit grant"), e.Code == "unauthorized_client" && !has("response type"):
		return "enable the grant type Implicit and the response types Token and ID Token" + c.console(application+"Configuration tab")
	case has("response type"), has("response_type"), e.Code == "unsupported_response_type":
		return "request only what the application allows: --response-type token (or id_token); or enable the grant type Implicit and the response types Token and ID Token" + c.console(application+"Configuration tab")
	case has("pushed authorization"):
		return "an application that requires pushed authorization requests cannot be used" + c.byPingOne(c.console(application+"Configuration tab"), "")
	case has("may access"), e.Code == "access_denied":
		return "if you cancelled the sign-on, run the command again; otherwise " + c.byPingOne("the application's Access tab (groups, administrator role) does not admit this user",
			"the provider does not admit this user to the application")
	case asksForUser(e):
		return "run implicit login"
	case e.Code == "invalid_request":
		return "see what is sent with implicit authorize --dry-run"
	}
	return ""
}

func policyHint(c Context) string {
	return c.byPingOne("assign the policy to the application"+c.console(application+"Policies tab"), "ask for a value that the provider supports: --acr-values")
}

func verifyHint(e *implicit.VerifyError, c Context) string {
	name := strings.TrimPrefix(e.Check.Name, "access_token.")
	if claim, ok := strings.CutPrefix(name, "claim."); ok {
		return "--require asks for it; implicit decode shows what a token has. Another user may have signed on, or the application maps no " + claim + " into this token"
	}
	switch name {
	case "scope":
		return "--require-scope asks for it: request it with --scope, and grant it to the application"
	case "tokens":
		return "an ID token is issued only with the scope openid; check the application's response types too"
	case "issuer", "iss_parameter":
		return c.byPingOne("a custom domain and the regional host issue different tokens: use one of them everywhere (--auth-url)",
			"--issuer must be identical to the issuer in the token")
	case "expiry", "issued_at", "not_before", "auth_time":
		return "compare this machine's clock with the server's; --clock-skew allows for a difference"
	case "algorithm":
		return "--algorithms names what to accept; never accept an algorithm because a token asks for it"
	case "acr":
		return policyHint(c)
	}
	return "do not use this token: it is not for this request, or was changed on the way"
}

func platformHint(e *pingone.Error, c Context) string {
	if e.Kind == pingone.KindHTML && e.Reason == pingone.ReasonOther {
		return "check that the address is PingOne's, and that no proxy or log-in portal answers in its place"
	}
	switch e.Reason {
	case pingone.ReasonWrongCredentials:
		return "PingOne does not say which of the two is wrong; look at the user in the console (Directory, Users): same environment, enabled, with a password. It is not sent again, so that the user is not locked out"
	case pingone.ReasonLockedOut:
		return "wait, or unlock the user: PingOne console, Directory, Users"
	case pingone.ReasonNoPassword:
		return "set a password: PingOne console, Directory, Users, the user, Reset Password"
	case pingone.ReasonFlowGone:
		return "a flow ends after 15 minutes without a call; sign on again with implicit login, or step by step with implicit authorize"
	case pingone.ReasonRedirectMismatch:
		return "register the redirect URI exactly as it is sent (see implicit authorize --dry-run)" + c.console(application+"Configuration tab") +
			"; a native application may register http://127.0.0.1/callback without a port"
	case pingone.ReasonNotFound:
		return "check that client ID, environment ID and region belong together, and that the application is enabled" + c.console(application+"Overview tab")
	case pingone.ReasonNoSession:
		return "resume needs the cookie ST of the same sign-on, and the sign-on to be completed: implicit flow show"
	case pingone.ReasonRateLimited:
		switch {
		case e.RetryAfter > 0:
			return "too many requests: try again in " + words.Span(e.RetryAfter)
		case e.Kind == pingone.KindHTML:
			return "too many requests, or a rule against bots in front of PingOne: try again later, or from another network"
		}
		return "too many requests: try again later"
	case pingone.ReasonUnavailable:
		return "PingOne has a problem; try again later"
	}
	if hint := factorHint(e); hint != "" {
		return hint
	}
	return authorizeHint(e.OAuthError(), c)
}

// factorHint is about a second factor, a new password and the other steps that
// follow user name and password.
func factorHint(e *pingone.Error) string {
	switch e.Reason {
	case pingone.ReasonWrongPasscode:
		return "a passcode can be used once, for a short time; compare this machine's clock with the device's; it is not sent again, so that the device is not blocked"
	case pingone.ReasonWrongCode:
		return "use the code from the latest message"
	case pingone.ReasonCoolDown:
		return "wait, or use another device: --device; the time is set in the PingOne console, Authentication, MFA Policies"
	case pingone.ReasonPasscodeGone:
		return "sign on again; a passcode is not sent twice"
	case pingone.ReasonWeakPassword:
		return "choose another password; the whole policy is in the PingOne console, Authentication, Password Policies"
	case pingone.ReasonPasswordRefused:
		return "check the current password; a policy may also forbid changing it so soon"
	case pingone.ReasonNoDevice:
		return "pair or unblock a device: PingOne console, Directory, Users, the user, Authentication; " +
			"or name a policy without a second factor, where the application has one: --acr-values Single_Factor"
	case pingone.ReasonPushDenied:
		return "if that was not you, change the password"
	case pingone.ReasonPushBlocked:
		return "wait, or use another device: --device"
	case pingone.ReasonPushTimedOut:
		return "keep the phone at hand and try again; --wait sets how long to wait for the confirmation"
	case pingone.ReasonInvalidValue:
		return "correct the values named above"
	case pingone.ReasonDeclined:
		return "the application asks for consent; without it there are no tokens"
	case pingone.ReasonForeignOrigin:
		return "if the environment has a custom domain, use it everywhere: --auth-url https://your.domain; otherwise stop here"
	case pingone.ReasonNotOffered:
		if e.Code == "COMPLETED" {
			return "the sign-on is complete: implicit resume gives the tokens"
		}
		return "see what the flow offers: implicit flow show"
	case pingone.ReasonUnauthorized:
		return "PingOne answers this way when the request has an Authorization header, or its Content-Type is not PingOne's own type of JSON. implicit sends neither: look for a proxy that changes requests (implicit login --trace)"
	case pingone.ReasonNoRoute:
		return "check --auth-url (no /v1, no /as), the environment ID and the region"
	}
	return ""
}

func httpHint(e *implicit.HTTPError, c Context) string {
	switch {
	case e.Status == 404:
		return c.byPingOne("check the environment ID, the region or the custom domain: this address does not exist there", "check --issuer: this address does not exist there")
	case later(e.Status):
		return "try again later"
	}
	return c.byPingOne("check that the address is PingOne's, and that no proxy answers in its place", "check --issuer, and that no proxy answers in its place")
}

func networkHint(e *implicit.NetworkError, c Context) string {
	var (
		op        *net.OpError
		dns       *net.DNSError
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		cert      *tls.CertificateVerificationError
		record    tls.RecordHeaderError
	)
	switch {
	case errors.As(e.Err, &op) && op.Op == "proxyconnect":
		return "the proxy cannot be reached: check HTTPS_PROXY"
	case errors.As(e.Err, &dns):
		return "check " + c.byPingOne("the region or the custom domain", "--issuer") + " and this machine's network; behind a proxy set HTTPS_PROXY"
	case errors.As(e.Err, &authority):
		return "if your own proxy inspects TLS, name its certificate: --ca-cert FILE; a bare Linux trusts no server until its package ca-certificates is installed"
	case errors.As(e.Err, &hostname), errors.As(e.Err, &cert):
		return "the server's certificate is not valid for this name: check the address and this machine's clock"
	case errors.As(e.Err, &record):
		return "the server does not speak TLS on this port"
	case errors.Is(e.Err, context.DeadlineExceeded):
		return "give it longer with --timeout, or try again later"
	}
	switch {
	case onLoopback(e.URL) && op != nil && op.Op == "dial":
		return "check that the server runs on this machine, at this port"
	case onLoopback(e.URL):
		return "check the network"
	}
	return "check the network; behind a proxy set HTTPS_PROXY (the system's proxy settings are not read)"
}

// onLoopback reports whether an address is on this machine, where no proxy is used.
func onLoopback(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback())
}
