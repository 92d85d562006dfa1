package sandbox

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Switch is a named deviation from the sandbox's default behaviour.
type Switch struct {
	Name  string // kebab-case, as Options.Switches and Set take it
	Does  string // one phrase
	Group string // "reading": PingOne's pages allow it; "fault": a server gone wrong
	// Legs, when not empty, are the requests the switch can act on: name one
	// after a colon (html-502:resume), or none to act on them all.
	Legs []string
}

// The legs of a sign-on, each one kind of request, as switches name them.
const (
	legDiscovery = "discovery"
	legJWKS      = "jwks"
	legAuthorize = "authorize"
	legFlow      = "flow"   // reading a flow
	legAction    = "action" // acting on a flow
	legResume    = "resume"
	legUserinfo  = "userinfo"
	legSignoff   = "signoff" // signoff and idpSignoff
	legPage      = "page"    // the hosted sign-on page
)

const (
	reading = "reading"
	fault   = "fault"
)

// Switches returns every switch, readings first, sorted by name within a group.
func Switches() []Switch {
	all := []Switch{
		// Cookies and the flow.
		{Name: "cookies-at-authorize", Does: "ST and its twin are set at authorize too, not only when credentials are accepted"},
		{Name: "cookies-at-authorize-only", Does: "ST and its twin are set at authorize, and not again when credentials are accepted"},
		{Name: "cookie-path-environment", Does: "ST and its twin have the path of the environment and no Max-Age"},
		{Name: "steps-without-cookie", Does: "action: the steps after the credentials need no cookie; resume does"},
		{Name: "cookies-on-every-leg", Does: "authorize, flow and action set a fresh ST each time; the previous one is no longer valid"},
		{Name: "load-balancer-cookie", Does: "authorize also sets AWSELB, without which flow, action and resume answer 404"},
		{Name: "inline-response", Does: "pi.flow: the last action carries authorizeResponse; resume is over then"},
		{Name: "partial-inline-response", Does: "pi.flow: the last action carries authorizeResponse with one token; resume returns them all"},
		{Name: "bare-authorize-response", Does: "pi.flow: authorizeResponse has the tokens only: no token_type, expires_in, scope, state"},
		{Name: "session-response-by-resume", Does: "pi.flow: authorize answered by a session says COMPLETED and leaves the tokens to resume"},
		{Name: "pi-flow-resume-redirects", Does: "pi.flow: resume answers 302 with the tokens in Location"},
		{Name: "pi-flow-needs-redirect-uri", Does: "pi.flow: authorize without redirect_uri is refused"},
		{Name: "pi-flow-errors-oauth", Does: "pi.flow: errors are OAuth JSON instead of platform JSON"},
		{Name: "new-flow-id", Does: "every action answers with a new flow id; the one before is unknown"},
		{Name: "complete-slip", Does: "a finished flow has the status COMPLETE instead of COMPLETED"},
		{Name: "failed-flow-without-error", Does: "a FAILED flow has no error with the reason; resume has it"},
		{Name: "bearer-accepted", Does: "flow and action ignore an Authorization header instead of refusing it"},
		{Name: "bearer-401", Does: "flow and action refuse an Authorization header with the code INVALID_TOKEN instead of ACCESS_FAILED"},
		{Name: "bearer-403", Does: "flow and action refuse an Authorization header with 403 instead of 401"},
		{Name: "form-415", Does: "action: a form is 415 instead of 401 ACCESS_FAILED"},
		{Name: "flow-json", Does: "flow and action: flow JSON is application/json instead of application/hal+json"},
		{Name: "vendor-media-type", Does: "flow and action: 406 when Accept is application/json alone"},
		{Name: "external-social-providers", Does: "flow: the external provider is in socialProviders instead of identityProvider"},
		{Name: "agreement-text", Does: "flow: the agreement's title and text are in _embedded.agreement (a guess)"},
		// Errors of actions.
		{Name: "bad-credentials-code", Does: "action: wrong credentials are INVALID_CREDENTIALS"},
		{Name: "bad-credentials-password", Does: "action: wrong credentials are INVALID_VALUE of password with failuresRemaining"},
		{Name: "bad-credentials-200", Does: "action: wrong credentials are 200 with the status unchanged"},
		{Name: "bad-credentials-error-object", Does: "action: wrong credentials are 200 with an error object in the flow"},
		{Name: "no-password-code", Does: "action: a user without password is NO_PASSWORD instead of wrong credentials"},
		{Name: "bad-otp-value", Does: "action: a wrong passcode is INVALID_VALUE with attemptsRemaining; the fifth fails the flow"},
		{Name: "wrong-current-value", Does: "action: a wrong current password is INVALID_VALUE instead of CONSTRAINT_VIOLATION"},
		{Name: "weak-password-policy", Does: "action: the password policy is a length of 8"},
		{Name: "fresh-codes", Does: "codes are random, and a code that is sent again replaces the one before"},
		{Name: "short-waits", Does: "action: lock-out and cool-down last 2 seconds"},
		{Name: "action-errors-in-flow", Does: "action: refused data is 200 with the flow, and the error in it"},
		{Name: "lockout-in-flow", Does: "action: a lock-out is 200 with a FAILED flow, and the error in it"},
		{Name: "action-errors-403", Does: "action: refused data is 403 instead of 400"},
		{Name: "inner-error-lower-case", Does: "platform errors spell innerError innererror"},
		{Name: "no-correlation-id", Does: "error descriptions and headers carry no correlation ID"},
		// Authorize.
		{Name: "login-page-url", Does: "authorize: every application has a custom sign-on page on another host"},
		{Name: "relative-location", Does: "authorize and resume: Location within the sandbox is relative"},
		{Name: "redirect-301", Does: "authorize and resume redirect with 301"},
		{Name: "redirect-303", Does: "authorize and resume redirect with 303"},
		{Name: "redirect-307", Does: "authorize and resume redirect with 307"},
		{Name: "redirect-308", Does: "authorize and resume redirect with 308"},
		{Name: "errors-in-query", Does: "authorize and resume: OAuth errors are in the query of the redirect URI"},
		{Name: "errors-as-json", Does: "authorize and resume: errors are platform JSON instead of redirects"},
		{Name: "errors-as-oauth-json", Does: "authorize and resume: errors are OAuth JSON instead of redirects"},
		{Name: "errors-as-html", Does: "authorize and resume: errors are an HTML page with a 4xx status"},
		{Name: "errors-hosted", Does: "authorize and resume: errors lead to the hosted page instead of the redirect URI"},
		{Name: "hosted-error-text", Does: "the error parameter of the hosted page is plain text instead of JSON"},
		{Name: "hosted-error-html", Does: "the error parameter of the hosted page is HTML instead of JSON"},
		{Name: "hosted-error-encoded", Does: "the error parameter of the hosted page is percent-encoded twice"},
		{Name: "unauthorized-response-type", Does: "authorize: a response type or grant that is not enabled is unauthorized_client"},
		{Name: "unknown-client-json", Does: "authorize: an unknown application or environment is 404 instead of the hosted error page"},
		{Name: "edge-404", Does: "every leg: an unknown path is 404 NOT_FOUND instead of the gateway's 403"},
		{Name: "davinci-redirect", Does: "authorize: a DaVinci policy redirects to another host instead of showing a page"},
		{Name: "consent-required", Does: "authorize: prompt=none before an agreement is consent_required instead of interaction_required"},
		{Name: "nonce-required", Does: "authorize: id_token without nonce is refused"},
		{Name: "query-mode-refused", Does: "authorize: response_mode=query is refused for tokens"},
		{Name: "default-mode-query", Does: "authorize: response_mode is query unless the request names one"},
		{Name: "exact-loopback-port", Does: "authorize: a loopback redirect URI without a port matches only the same without a port"},
		// The authorization response.
		{Name: "token-alias", Does: "response: the access token is named token"},
		{Name: "token-alias-query", Does: "response: the access token is named token and is in the query"},
		{Name: "no-scope", Does: "response: no scope parameter"},
		{Name: "scope-plus", Does: "response: spaces are + instead of %20"},
		{Name: "iss-parameter", Does: "response: has the iss parameter of RFC 9207"},
		{Name: "session-state", Does: "response: every application gets session_state"},
		{Name: "resume-without-cookie-200", Does: "resume: a missing or wrong ST gets 200 with the flow, without tokens, instead of 400"},
		{Name: "unfinished-resume-400", Does: "resume: an unfinished flow is 400 instead of a redirect to the sign-on page"},
		// Tokens and keys.
		{Name: "no-at-hash", Does: "tokens: no at_hash, although there is an access token"},
		{Name: "typ-header", Does: "tokens: the header has typ, at+jwt in access tokens and JWT in ID tokens"},
		{Name: "kid-default", Does: "tokens and jwks: one key, with the kid default"},
		{Name: "no-env-org", Does: "tokens: no env and org claims"},
		{Name: "more-claims", Does: "tokens: jti, acr and auth_time are in the access token"},
		{Name: "auth-time-thousandth", Does: "tokens: auth_time is a thousandth of the time, as seen with a DaVinci policy"},
		{Name: "aud-array", Does: "tokens: aud of the ID token is an array"},
		{Name: "no-profile-in-id-token", Does: "tokens: profile claims are in the ID token only without an access token"},
		{Name: "jwks-with-alg", Does: "jwks: keys name their alg, and one is an encryption key"},
		{Name: "discovery-2020", Does: "discovery: the document of 2020, with fewer fields"},
		{Name: "plain-userinfo", Does: "userinfo: no env, org and p1.region; the name is in it"},
		{Name: "short-discovery", Does: "discovery: only the fields PingOne prints"},
		{Name: "userinfo-oauth-errors", Does: "userinfo: errors are OAuth JSON instead of platform JSON"},

		{Name: "wrong-issuer", Does: "tokens: iss is a different environment", Group: fault},
		{Name: "wrong-audience", Does: "tokens: aud of the ID token is a different application", Group: fault},
		{Name: "wrong-nonce", Does: "tokens: nonce is not the request's", Group: fault},
		{Name: "no-nonce", Does: "tokens: the ID token has no nonce", Group: fault},
		{Name: "wrong-acr", Does: "tokens: acr names a policy that was not requested", Group: fault},
		{Name: "old-auth-time", Does: "tokens: auth_time is a day ago", Group: fault},
		{Name: "bad-at-hash", Does: "tokens: at_hash is of a different token", Group: fault},
		{Name: "bad-signature", Does: "tokens: one bit of the signature is flipped", Group: fault},
		{Name: "wrong-key", Does: "tokens: signed with the NEXT key under the kid of CURRENT", Group: fault},
		{Name: "rotated-key", Does: "tokens: signed with a key that jwks lists only after a token was issued", Group: fault},
		{Name: "unknown-kid", Does: "tokens: the kid is in no key set", Group: fault},
		{Name: "alg-none", Does: "tokens: alg is none, without signature", Group: fault},
		{Name: "alg-hs256", Does: "tokens: alg is HS256 with the public key as the secret", Group: fault},
		{Name: "expired", Does: "tokens: expired an hour ago", Group: fault},
		{Name: "clock-ahead", Does: "every leg: the clock is 10 minutes ahead, Date header included", Group: fault},
		{Name: "clock-behind", Does: "every leg: the clock is 2 hours behind, Date header included", Group: fault},
		{Name: "lock-out", Does: "action: every account is locked for 15 minutes", Group: fault},
		{Name: "cool-down", Does: "action: every passcode is QUOTA_EXCEEDED, for 2 minutes", Group: fault},
		{Name: "passcode-gone", Does: "action: the transaction of the passcode is gone, which is 500 UNEXPECTED_ERROR", Group: fault},
		{Name: "wrong-state", Does: "response: state is not the request's", Group: fault},
		{Name: "no-state", Does: "response: no state", Group: fault},
		{Name: "wrong-iss-parameter", Does: "response: the iss parameter names a different issuer", Group: fault},
		{Name: "wrong-token-type", Does: "response: token_type is mac", Group: fault},
		{Name: "no-access-token", Does: "response: the access token is missing", Group: fault},
		{Name: "no-id-token", Does: "response: the ID token is missing", Group: fault},
		{Name: "surplus-code", Does: "response: has a code in addition to the tokens", Group: fault},
		{Name: "error-beside-tokens", Does: "response: has an error in addition to the tokens", Group: fault},
		{Name: "duplicate-parameter", Does: "response: every parameter appears twice", Group: fault},
		{Name: "two-channels", Does: "response: the parameters are in the query and in the fragment", Group: fault},
		{Name: "resume-elsewhere", Does: "resume: Location is the redirect path on another host", Group: fault},
		{Name: "foreign-resume-url", Does: "flow and action: resumeUrl is on another host", Group: fault},
		{Name: "foreign-action-link", Does: "flow and action: action links are on another host", Group: fault},
		{Name: "no-flow-id", Does: "authorize: Location has no flowId", Group: fault},
		{Name: "flow-expired", Does: "action: the flow has expired when the first action arrives", Group: fault},
		{Name: "unknown-status", Does: "flow and action: the status is an unknown one", Group: fault},
		{Name: "session-other-user", Does: "authorize: a session answers for a different user", Group: fault},
		{Name: "scope-narrowed", Does: "authorize: only the first requested scope is granted", Group: fault},
		{Name: "session-gone", Does: "authorize: no session is remembered", Group: fault},
		{Name: "login-form-307", Does: "page: the sign-on form is answered with 307 to the redirect URI, so that the browser posts the credentials to it", Group: fault},
		{Name: "userinfo-jwt", Does: "userinfo: the answer is a signed application/jwt", Group: fault},
		{Name: "userinfo-other-sub", Does: "userinfo: sub is another user", Group: fault},
	}
	all = append(all, legSwitches()...)
	for i := range all {
		if all[i].Group == "" {
			all[i].Group = reading
		}
	}
	slices.SortFunc(all, func(a, b Switch) int {
		return cmp.Or(strings.Compare(b.Group, a.Group), strings.Compare(a.Name, b.Name))
	})
	return all
}

func allLegs() []string {
	return []string{legDiscovery, legJWKS, legAuthorize, legFlow, legAction, legResume, legUserinfo, legSignoff, legPage}
}

// legSwitches are the faults that can hit any request, or any with a Location.
func legSwitches() []Switch {
	all, redirecting := allLegs(), []string{legAuthorize, legResume, legSignoff}
	return []Switch{
		{Name: "html-502", Does: "502 with an HTML page", Group: fault, Legs: all},
		{Name: "html-502-once", Does: "the first request gets 502 with an HTML page", Group: fault, Legs: all},
		{Name: "html-500", Does: "500 with an HTML page", Group: fault, Legs: all},
		{Name: "html-200", Does: "200 with an HTML page", Group: fault, Legs: all},
		{Name: "json-500", Does: "500 with UNEXPECTED_ERROR", Group: fault, Legs: all},
		{Name: "json-503-once", Does: "the first request gets 503", Group: fault, Legs: all},
		{Name: "429", Does: "429 REQUEST_LIMITED with Retry-After: 1, always", Group: fault, Legs: all},
		{Name: "429-once", Does: "the first request gets 429 REQUEST_LIMITED with Retry-After: 1", Group: fault, Legs: all},
		{Name: "cloudflare-429", Does: "429 with an HTML page, without Retry-After and CORS headers", Group: fault, Legs: all},
		{Name: "edge-403", Does: "403 with the gateway's message instead of an error of PingOne", Group: fault, Legs: all},
		{Name: "404", Does: "404 NOT_FOUND", Group: fault, Legs: all},
		{Name: "empty", Does: "200 with an empty body", Group: fault, Legs: all},
		{Name: "slow", Does: "the answer starts after a minute", Group: fault, Legs: all},
		{Name: "drip", Does: "the body is sent one byte a second", Group: fault, Legs: all},
		{Name: "truncated", Does: "the body ends after its first half", Group: fault, Legs: all},
		{Name: "cut", Does: "the connection breaks in the middle of the body", Group: fault, Legs: all},
		{Name: "endless", Does: "200 with a JSON body of 1 GB", Group: fault, Legs: all},
		{Name: "reset", Does: "the connection is reset before an answer: the leg is unreachable", Group: fault, Legs: all},
		{Name: "reset-once", Does: "the connection of the first request is reset", Group: fault, Legs: all},
		{Name: "loop", Does: "302 to the same address", Group: fault, Legs: all},
		{Name: "no-location", Does: "a redirect without Location", Group: fault, Legs: redirecting},
	}
}

// expandSwitch checks a name and returns what it means: itself, or the
// switch at each of its legs.
func expandSwitch(name string) ([]string, error) {
	bare, leg, hasLeg := strings.Cut(name, ":")
	known := Switches()
	i := slices.IndexFunc(known, func(sw Switch) bool { return sw.Name == bare })
	if i < 0 {
		return nil, fmt.Errorf("sandbox: unknown switch %q; known are %s", name, strings.Join(switchNames(known), ", "))
	}
	legs := known[i].Legs
	switch {
	case !hasLeg && len(legs) == 0:
		return []string{bare}, nil
	case !hasLeg:
		names := make([]string, len(legs))
		for j, l := range legs {
			names[j] = bare + ":" + l
		}
		return names, nil
	case slices.Contains(legs, leg):
		return []string{name}, nil
	case len(legs) == 0:
		return nil, fmt.Errorf("sandbox: switch %q takes no leg, got %q", bare, name)
	}
	return nil, fmt.Errorf("sandbox: unknown leg in switch %q; known are %s", name, strings.Join(legs, ", "))
}

func switchNames(all []Switch) []string {
	names := make([]string, len(all))
	for i, sw := range all {
		names[i] = sw.Name
		if len(sw.Legs) > 0 {
			names[i] += "[:LEG]"
		}
	}
	return names
}

// on reports whether a switch is on, for all or for the application whose request
// is being answered. The caller holds s.mu.
func (s *Sandbox) on(name string) bool {
	return s.switches[name] || s.acting != nil && s.acting.switches[name]
}
