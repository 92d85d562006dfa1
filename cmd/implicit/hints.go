package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/loopback"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// hint says what to do about an error: which setting of PingOne to look at, or
// which flag to give. Empty where there is nothing to say.
func hint(err error) string {
	var (
		own      *hinted
		classed  classedError
		person   *pingone.PersonNeededError
		interact *implicit.InteractionError
		refused  *implicit.AuthorizeError
		verify   *implicit.VerifyError
		platform *pingone.Error
		foreign  *pingone.OriginError
		nobody   *implicit.UnreachableError
		answer   *implicit.AnswerError
		busy     *loopback.PortBusyError
		vain     *login.NobodyError
		needed   *login.LoginNeededError
		renewal  *login.RenewalError
		action   *pingone.ActionError
	)
	switch {
	case errors.As(err, &own):
		return own.hint
	case errors.As(err, &classed):
		return classed.Hint()
	case errors.As(err, &busy):
		return busyHint(busy)
	case errors.As(err, &vain):
		return "sign on in the browser, give it longer with --wait, or use --via paste; if the browser shows an error about the redirect URI, register exactly " + vain.RedirectURI
	case errors.As(err, &needed):
		return "run implicit login at a terminal; or, for a test user, set IMPLICIT_USERNAME and IMPLICIT_PASSWORD"
	case errors.As(err, &action) && action.Status == "COMPLETED":
		return "the sign-on is done: implicit resume gives the tokens"
	case errors.As(err, &renewal):
		return "the stored tokens are kept; implicit login signs on anew"
	case errors.As(err, &person):
		return personHint(person)
	case errors.As(err, &interact):
		return "run implicit login --via browser; without a browser only a provider that answers at once can be used"
	case errors.As(err, &refused):
		return authorizeHint(refused)
	case errors.As(err, &verify):
		return verifyHint(verify)
	case errors.As(err, &platform):
		return platformHint(platform)
	case errors.As(err, &foreign):
		return "if the environment has a custom domain, use it everywhere: --auth-url https://your.domain; otherwise do not go on"
	case errors.As(err, &nobody):
		return networkHint(nobody)
	case errors.As(err, &answer):
		return answerHint(answer)
	}
	return ""
}

func personHint(e *pingone.PersonNeededError) string {
	switch e.Status {
	case "OTP_REQUIRED", "DEVICE_SELECTION_REQUIRED", "PUSH_CONFIRMATION_REQUIRED", "PUSH_CONFIRMATION_TIMED_OUT", "ASSERTION_REQUIRED":
		return "run implicit login --via browser; or, where the application has a policy without a second factor, name it: --acr-values Single_Factor"
	case "MUST_CHANGE_PASSWORD", "PASSWORD_EXPIRED":
		return "sign on once in a browser to set a new password: implicit login --via browser"
	}
	return "run implicit login --via browser"
}

// authorizeHint goes by the family of the error: PingOne does not document
// which code it answers with, so the description is looked at too.
func authorizeHint(e *implicit.AuthorizeError) string {
	about := strings.ToLower(e.Description)
	switch {
	case strings.Contains(about, "multiple resources"):
		return "ask for the scopes of one resource at a time (an access token serves one), or for custom resources allow several on the application"
	case e.Code == "invalid_scope" || strings.Contains(about, "scope"):
		return "grant the scope to the application: PingOne console, Applications, the application, Resources tab"
	case strings.Contains(about, "redirect") && strings.Contains(about, "uri"):
		return "register the redirect URI exactly as it is sent: PingOne console, Applications, the application, Configuration tab"
	case strings.Contains(about, "acr_values"):
		return "assign the policy to the application: PingOne console, Applications, the application, Policies tab"
	case strings.Contains(about, "response type"), strings.Contains(about, "response_type"), strings.Contains(about, "implicit grant"):
		return "enable the grant type Implicit and the response types Token and ID Token: PingOne console, Applications, the application, Configuration tab"
	case strings.Contains(about, "pushed authorization"):
		return "an application that requires pushed authorization requests cannot be used: PingOne console, Applications, the application, Configuration tab"
	case strings.Contains(about, "may access"):
		return accessHint
	}
	switch e.Code {
	case "unsupported_response_type", "unauthorized_client":
		return "enable the grant type Implicit and the response types Token and ID Token: PingOne console, Applications, the application, Configuration tab"
	case "login_required", "interaction_required", "consent_required", "account_selection_required":
		return "run implicit login"
	case "access_denied":
		return accessHint
	case "invalid_request":
		return "look at what is sent with implicit authorize --dry-run; an application that requires pushed authorization requests cannot be used"
	}
	return ""
}

const accessHint = "the sign-on was cancelled, or the application's Access tab (groups, administrator role) does not let this user in"

func verifyHint(e *implicit.VerifyError) string {
	switch strings.TrimPrefix(e.Check.Name, "access_token.") {
	case "tokens":
		return "an ID token comes only with the scope openid; check the application's response types too"
	case "issuer", "iss_parameter":
		return "a custom domain and the regional host issue different tokens: use one of them everywhere (--auth-url)"
	case "expiry", "issued_at", "not_before", "auth_time":
		return "compare this machine's clock with the server's; --clock-skew allows for a difference"
	case "algorithm":
		return "--algorithms names what to accept; never accept an algorithm because a token asks for it"
	case "acr":
		return "assign the policy to the application: PingOne console, Applications, the application, Policies tab"
	}
	return "do not use this token: it was not made for this request, or was changed on the way"
}

func platformHint(e *pingone.Error) string {
	switch e.Reason {
	case pingone.WrongCredentials:
		return "PingOne does not say which of the two is wrong; look at the user in the console (Directory, Users): same environment, enabled, with a password. It is not tried again, so that nobody is locked out"
	case pingone.LockedOut:
		return "wait, or unlock the user: PingOne console, Directory, Users"
	case pingone.NoPassword:
		return "set a password: PingOne console, Directory, Users, the user, Reset Password"
	case pingone.FlowGone:
		return "a flow ends after 15 minutes without a call; start again with implicit authorize"
	case pingone.RedirectMismatch:
		return "register the redirect URI exactly as it is sent (see implicit authorize --dry-run): PingOne console, Applications, the application, Configuration tab; a native application may register http://127.0.0.1/callback without a port"
	case pingone.NotFound:
		return "check that client ID, environment ID and region belong together, and that the application is enabled: PingOne console, Applications, the application, Overview tab"
	case pingone.NoSession:
		return "resume needs the cookie ST of the same sign-on, and the sign-on to be completed: implicit flow show"
	case pingone.RateLimited:
		if e.RetryAfter > 0 {
			return fmt.Sprintf("too many requests: try again in %s", e.RetryAfter)
		}
		return "too many requests: try again later"
	case pingone.Unavailable:
		return "PingOne has a problem of its own; try again later"
	}
	return authorizeHint(e.OAuthError())
}

func networkHint(e *implicit.UnreachableError) string {
	var (
		dns       *net.DNSError
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		cert      *tls.CertificateVerificationError
		record    tls.RecordHeaderError
	)
	switch {
	case errors.As(e.Err, &dns):
		return "check the region or the custom domain, and this machine's network; behind a proxy set HTTPS_PROXY"
	case errors.As(e.Err, &authority):
		return "if a proxy of your own inspects TLS, name its certificate: --ca-cert FILE"
	case errors.As(e.Err, &hostname), errors.As(e.Err, &cert):
		return "the server's certificate is not good for this name: check the address and this machine's clock"
	case errors.As(e.Err, &record):
		return "the other side does not speak TLS on this port"
	case errors.Is(e.Err, context.DeadlineExceeded):
		return "give it longer with --timeout, or try again later"
	case strings.Contains(e.Err.Error(), "Proxy Authentication Required"):
		return "the proxy wants a user name and a password: HTTPS_PROXY=http://user:password@host:port"
	}
	return "check the network; behind a proxy set HTTPS_PROXY (the system's proxy settings are not read)"
}

func answerHint(e *implicit.AnswerError) string {
	if e.Status == 404 {
		return "check the environment ID, the region or the custom domain: this address does not exist there"
	}
	if e.Status >= 500 {
		return "try again later"
	}
	return "check that the address is PingOne's, and that no proxy answers in its place"
}

func busyHint(e *loopback.PortBusyError) string {
	if e.PortFree == "" {
		return "choose another address with --listen"
	}
	return "end that program, or use --redirect-uri " + e.PortFree + ": with a native application PingOne takes any port for it"
}
