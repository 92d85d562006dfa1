package pingonetest

import "github.com/implicit-cli/implicit/internal/sandbox"

// Switch is one deviation from the default behaviour, for [WithSwitches] and
// [Server.Set]. Those with a leg act on every kind of request, or with
// [Switch.On] on one.
type Switch string

// On limits a switch to one leg: BadGateway.On(LegKeys) fails the fetch of the
// keys alone. Only the switches listed as faults of a leg take one.
func (s Switch) On(leg Leg) Switch { return s + ":" + Switch(leg) }

// Faults returns every switch that makes the server go wrong. One that takes a
// leg is listed once, and acts on every leg unless limited by [Switch.On].
func Faults() []Switch { return group("fault") }

// Readings returns every switch that reads PingOne's documentation in another
// way, under which a client should work.
func Readings() []Switch { return group("reading") }

func group(name string) (list []Switch) {
	for _, known := range sandbox.Switches() {
		if known.Group == name {
			list = append(list, Switch(known.Name))
		}
	}
	return list
}

// Does says what the switch changes, in one phrase; empty for an unknown switch.
func (s Switch) Does() string {
	for _, known := range sandbox.Switches() {
		if known.Name == string(s) {
			return known.Does
		}
	}
	return ""
}

// Leg is one kind of request of a sign-on.
type Leg string

// The legs, in the order in which a client meets them.
const (
	LegDiscovery Leg = "discovery"
	LegKeys      Leg = "jwks"
	LegAuthorize Leg = "authorize"
	LegPage      Leg = "page"   // the hosted sign-on page
	LegFlow      Leg = "flow"   // GET of a flow
	LegAction    Leg = "action" // POST to a flow
	LegResume    Leg = "resume"
	LegUserInfo  Leg = "userinfo"
	LegSignOff   Leg = "signoff"
)

// Faults: what a client must refuse or survive.
const (
	// Tokens: alg is HS256 with the public key as the secret.
	AlgorithmHS256 Switch = "alg-hs256"
	// Tokens: alg is none, without signature.
	AlgorithmNone Switch = "alg-none"
	// Tokens: at_hash is of a different token.
	BadAtHash Switch = "bad-at-hash"
	// Tokens: one bit of the signature is flipped.
	BadSignature Switch = "bad-signature"
	// Every leg: the clock is 10 minutes ahead, Date header included.
	ClockAhead Switch = "clock-ahead"
	// Every leg: the clock is 2 hours behind, Date header included.
	ClockBehind Switch = "clock-behind"
	// Action: every passcode is QUOTA_EXCEEDED, for 2 minutes.
	CoolDown Switch = "cool-down"
	// Response: every parameter appears twice.
	DuplicateParameter Switch = "duplicate-parameter"
	// Response: has an error in addition to the tokens.
	ErrorWithTokens Switch = "error-beside-tokens"
	// Tokens: expired an hour ago.
	Expired Switch = "expired"
	// Action: the flow has expired when the first action arrives.
	FlowExpired Switch = "flow-expired"
	// Flow and action: action links are on another host.
	ForeignActionLink Switch = "foreign-action-link"
	// Flow and action: resumeUrl is on another host.
	ForeignResumeURL Switch = "foreign-resume-url"
	// Action: every account is locked for 15 minutes.
	LockOut Switch = "lock-out"
	// Page: the sign-on form is answered with 307 to the redirect URI, so that the browser posts the credentials to it.
	LoginForm307 Switch = "login-form-307"
	// Response: the access token is missing.
	NoAccessToken Switch = "no-access-token"
	// Authorize: Location has no flowId.
	NoFlowID Switch = "no-flow-id"
	// Response: the ID token is missing.
	NoIDToken Switch = "no-id-token"
	// Tokens: the ID token has no nonce.
	NoNonce Switch = "no-nonce"
	// Response: no state.
	NoState Switch = "no-state"
	// Tokens: auth_time is a day ago.
	OldAuthTime Switch = "old-auth-time"
	// Action: the transaction of the passcode is gone, which is 500 UNEXPECTED_ERROR.
	PasscodeGone Switch = "passcode-gone"
	// Resume: Location is the redirect path on another host.
	ResumeElsewhere Switch = "resume-elsewhere"
	// Tokens: signed with a key that jwks lists only after a token was issued.
	RotatedKey Switch = "rotated-key"
	// Authorize: only the first requested scope is granted.
	ScopeNarrowed Switch = "scope-narrowed"
	// Authorize: no session is remembered.
	SessionGone Switch = "session-gone"
	// Authorize: a session answers for a different user.
	SessionOtherUser Switch = "session-other-user"
	// Response: has a code in addition to the tokens.
	SurplusCode Switch = "surplus-code"
	// Response: the parameters are in the query and in the fragment.
	TwoChannels Switch = "two-channels"
	// Tokens: the kid is in no key set.
	UnknownKeyID Switch = "unknown-kid"
	// Flow and action: the status is an unknown one.
	UnknownStatus Switch = "unknown-status"
	// Userinfo: the answer is a signed application/jwt.
	UserInfoJWT Switch = "userinfo-jwt"
	// Userinfo: sub is another user.
	UserInfoOtherSub Switch = "userinfo-other-sub"
	// Tokens: acr names a policy that was not requested.
	WrongACR Switch = "wrong-acr"
	// Tokens: aud of the ID token is a different application.
	WrongAudience Switch = "wrong-audience"
	// Response: the iss parameter names a different issuer.
	WrongIssuerParameter Switch = "wrong-iss-parameter"
	// Tokens: iss is a different environment.
	WrongIssuer Switch = "wrong-issuer"
	// Tokens: signed with the NEXT key under the kid of CURRENT.
	WrongKey Switch = "wrong-key"
	// Tokens: nonce is not the request's.
	WrongNonce Switch = "wrong-nonce"
	// Response: state is not the request's.
	WrongState Switch = "wrong-state"
	// Response: token_type is mac.
	WrongTokenType Switch = "wrong-token-type"
)

// Faults of a leg.
const (
	// 404 NOT_FOUND.
	NotFound Switch = "404"
	// 431 with an HTML page: the headers are too large.
	HeadersTooLarge Switch = "431"
	// 429 REQUEST_LIMITED with Retry-After: 1, always.
	TooManyRequests Switch = "429"
	// The first request gets 429 REQUEST_LIMITED with Retry-After: 1.
	TooManyRequestsOnce Switch = "429-once"
	// 429 with an HTML page, without Retry-After and CORS headers.
	Cloudflare429 Switch = "cloudflare-429"
	// The connection breaks in the middle of the body.
	Cut Switch = "cut"
	// The body is sent one byte a second.
	Drip Switch = "drip"
	// 403 with the gateway's message instead of an error of PingOne.
	Edge403 Switch = "edge-403"
	// 200 with an empty body.
	Empty Switch = "empty"
	// 200 with a JSON body of 1 GB.
	Endless Switch = "endless"
	// 200 with an HTML page.
	HTML200 Switch = "html-200"
	// 500 with an HTML page.
	HTML500 Switch = "html-500"
	// 502 with an HTML page.
	BadGateway Switch = "html-502"
	// The first request gets 502 with an HTML page.
	BadGatewayOnce Switch = "html-502-once"
	// 500 with UNEXPECTED_ERROR.
	JSON500 Switch = "json-500"
	// The first request gets 503.
	UnavailableOnce Switch = "json-503-once"
	// 302 to the same address.
	Loop Switch = "loop"
	// A redirect without Location.
	NoLocation Switch = "no-location"
	// The connection is reset before an answer: the leg is unreachable.
	Reset Switch = "reset"
	// The connection of the first request is reset.
	ResetOnce Switch = "reset-once"
	// The answer starts after a minute.
	Slow Switch = "slow"
	// The body ends after its first half.
	Truncated Switch = "truncated"
)

// Readings: where PingOne's documentation leaves room, the other way to read
// it. A client should work under each.
const (
	// Action: refused data is 403 instead of 400.
	ActionErrors403 Switch = "action-errors-403"
	// Action: refused data is 200 with the flow, and the error in it.
	ActionErrorsInFlow Switch = "action-errors-in-flow"
	// Flow: the agreement's title and text are in _embedded.agreement (a guess).
	AgreementText Switch = "agreement-text"
	// Tokens: aud of the ID token is an array.
	AudienceArray Switch = "aud-array"
	// Tokens: auth_time is a thousandth of the time, as seen with a DaVinci policy.
	AuthTimeThousandth Switch = "auth-time-thousandth"
	// Action: wrong credentials are 200 with the status unchanged.
	BadCredentials200 Switch = "bad-credentials-200"
	// Action: wrong credentials are INVALID_CREDENTIALS.
	BadCredentialsCode Switch = "bad-credentials-code"
	// Action: wrong credentials are 200 with an error object in the flow.
	BadCredentialsErrorObject Switch = "bad-credentials-error-object"
	// Action: wrong credentials are INVALID_VALUE of password with failuresRemaining.
	BadCredentialsPassword Switch = "bad-credentials-password"
	// Action: a wrong passcode is INVALID_VALUE with attemptsRemaining; the fifth fails the flow.
	BadOTPValue Switch = "bad-otp-value"
	// Pi.flow: authorizeResponse has the tokens only: no token_type, expires_in, scope, state.
	BareAuthorizeResponse Switch = "bare-authorize-response"
	// Flow and action refuse an Authorization header with the code INVALID_TOKEN instead of ACCESS_FAILED.
	Bearer401 Switch = "bearer-401"
	// Flow and action refuse an Authorization header with 403 instead of 401.
	Bearer403 Switch = "bearer-403"
	// Flow and action ignore an Authorization header instead of refusing it.
	BearerAccepted Switch = "bearer-accepted"
	// A finished flow has the status COMPLETE instead of COMPLETED.
	CompleteSlip Switch = "complete-slip"
	// Authorize: prompt=none before an agreement is consent_required instead of interaction_required.
	ConsentRequired Switch = "consent-required"
	// ST and its twin have the path of the environment and no Max-Age.
	CookiePathEnvironment Switch = "cookie-path-environment"
	// ST and its twin are set at authorize too, not only when credentials are accepted.
	CookiesAtAuthorize Switch = "cookies-at-authorize"
	// ST and its twin are set at authorize, and not again when credentials are accepted.
	CookiesAtAuthorizeOnly Switch = "cookies-at-authorize-only"
	// Authorize, flow and action set a fresh ST each time; the previous one is no longer valid.
	CookiesOnEveryLeg Switch = "cookies-on-every-leg"
	// Authorize: a DaVinci policy redirects to another host instead of showing a page.
	DaVinciRedirect Switch = "davinci-redirect"
	// Authorize: response_mode is query unless the request names one.
	DefaultModeQuery Switch = "default-mode-query"
	// Discovery: the document of 2020, with fewer fields.
	Discovery2020 Switch = "discovery-2020"
	// Every leg: an unknown path is 404 NOT_FOUND instead of the gateway's 403.
	Edge404 Switch = "edge-404"
	// Authorize and resume: errors are an HTML page with a 4xx status.
	ErrorsAsHTML Switch = "errors-as-html"
	// Authorize and resume: errors are platform JSON instead of redirects.
	ErrorsAsJSON Switch = "errors-as-json"
	// Authorize and resume: errors are OAuth JSON instead of redirects.
	ErrorsAsOAuthJSON Switch = "errors-as-oauth-json"
	// Authorize and resume: errors lead to the hosted page instead of the redirect URI.
	ErrorsHosted Switch = "errors-hosted"
	// Authorize and resume: OAuth errors are in the query of the redirect URI.
	ErrorsInQuery Switch = "errors-in-query"
	// Authorize: a loopback redirect URI without a port matches only the same without a port.
	ExactLoopbackPort Switch = "exact-loopback-port"
	// Flow: the external provider is in socialProviders instead of identityProvider.
	ExternalSocialProviders Switch = "external-social-providers"
	// A FAILED flow has no error with the reason; resume has it.
	FailedFlowWithoutError Switch = "failed-flow-without-error"
	// Flow and action: flow JSON is application/json instead of application/hal+json.
	FlowJSON Switch = "flow-json"
	// Action: a form is 415 instead of 401 ACCESS_FAILED.
	Form415 Switch = "form-415"
	// Codes are random, and a code that is sent again replaces the one before.
	FreshCodes Switch = "fresh-codes"
	// The error parameter of the hosted page is percent-encoded twice.
	HostedErrorEncoded Switch = "hosted-error-encoded"
	// The error parameter of the hosted page is HTML instead of JSON.
	HostedErrorHTML Switch = "hosted-error-html"
	// The error parameter of the hosted page is plain text instead of JSON.
	HostedErrorText Switch = "hosted-error-text"
	// Pi.flow: the last action carries authorizeResponse; resume is over then.
	InlineResponse Switch = "inline-response"
	// Platform errors spell innerError innererror.
	InnerErrorLowerCase Switch = "inner-error-lower-case"
	// Response: has the iss parameter of RFC 9207.
	IssuerParameter Switch = "iss-parameter"
	// Jwks: keys name their alg, and one is an encryption key.
	JWKSWithAlgorithm Switch = "jwks-with-alg"
	// Tokens and jwks: one key, with the kid default.
	KeyIDDefault Switch = "kid-default"
	// Authorize also sets AWSELB, without which flow, action and resume answer 404.
	LoadBalancerCookie Switch = "load-balancer-cookie"
	// Action: a lock-out is 200 with a FAILED flow, and the error in it.
	LockOutInFlow Switch = "lockout-in-flow"
	// Authorize: every application has a custom sign-on page on another host.
	LoginPageURL Switch = "login-page-url"
	// Tokens: jti, acr and auth_time are in the access token.
	MoreClaims Switch = "more-claims"
	// Every action answers with a new flow id; the one before is unknown.
	NewFlowID Switch = "new-flow-id"
	// Tokens: no at_hash, although there is an access token.
	NoAtHash Switch = "no-at-hash"
	// Error descriptions and headers carry no correlation ID.
	NoCorrelationID Switch = "no-correlation-id"
	// Tokens: no env and org claims.
	NoEnvOrg Switch = "no-env-org"
	// Action: a user without password is NO_PASSWORD instead of wrong credentials.
	NoPasswordCode Switch = "no-password-code"
	// Tokens: profile claims are in the ID token only without an access token.
	NoProfileInIDToken Switch = "no-profile-in-id-token"
	// Response: no scope parameter.
	NoScope Switch = "no-scope"
	// Authorize: id_token without nonce is refused.
	NonceRequired Switch = "nonce-required"
	// Pi.flow: the last action carries authorizeResponse with one token; resume returns them all.
	PartialInlineResponse Switch = "partial-inline-response"
	// Pi.flow: errors are OAuth JSON instead of platform JSON.
	PiFlowErrorsOAuth Switch = "pi-flow-errors-oauth"
	// Pi.flow: authorize without redirect_uri is refused.
	PiFlowNeedsRedirectURI Switch = "pi-flow-needs-redirect-uri"
	// Pi.flow: resume answers 302 with the tokens in Location.
	PiFlowResumeRedirects Switch = "pi-flow-resume-redirects"
	// Userinfo: no env, org and p1.region; the name is in it.
	PlainUserInfo Switch = "plain-userinfo"
	// Authorize: response_mode=query is refused for tokens.
	QueryModeRefused Switch = "query-mode-refused"
	// Authorize and resume redirect with 301.
	Redirect301 Switch = "redirect-301"
	// Authorize and resume redirect with 303.
	Redirect303 Switch = "redirect-303"
	// Authorize and resume redirect with 307.
	Redirect307 Switch = "redirect-307"
	// Authorize and resume redirect with 308.
	Redirect308 Switch = "redirect-308"
	// Authorize and resume: Location within the sandbox is relative.
	RelativeLocation Switch = "relative-location"
	// Resume: a missing or wrong ST gets 200 with the flow, without tokens, instead of 400.
	ResumeWithoutCookie200 Switch = "resume-without-cookie-200"
	// Response: spaces are + instead of %20.
	ScopePlus Switch = "scope-plus"
	// Pi.flow: authorize answered by a session says COMPLETED and leaves the tokens to resume.
	SessionResponseByResume Switch = "session-response-by-resume"
	// Response: every application gets session_state.
	SessionState Switch = "session-state"
	// Discovery: only the fields PingOne prints.
	ShortDiscovery Switch = "short-discovery"
	// Action: lock-out and cool-down last 2 seconds.
	ShortWaits Switch = "short-waits"
	// Action: the steps after the credentials need no cookie; resume does.
	StepsWithoutCookie Switch = "steps-without-cookie"
	// Response: the access token is named token.
	TokenAlias Switch = "token-alias"
	// Response: the access token is named token and is in the query.
	TokenAliasQuery Switch = "token-alias-query"
	// Tokens: the header has typ, at+jwt in access tokens and JWT in ID tokens.
	TypHeader Switch = "typ-header"
	// Authorize: a response type or grant that is not enabled is unauthorized_client.
	UnauthorizedResponseType Switch = "unauthorized-response-type"
	// Resume: an unfinished flow is 400 instead of a redirect to the sign-on page.
	UnfinishedResume400 Switch = "unfinished-resume-400"
	// Authorize: a disabled application is unauthorized_client at the redirect URI.
	DisabledApplicationOAuth Switch = "disabled-application-oauth"
	// Authorize: an unknown application or environment is 404 instead of the hosted error page.
	UnknownClientJSON Switch = "unknown-client-json"
	// Userinfo: errors are OAuth JSON instead of platform JSON.
	UserInfoOAuthErrors Switch = "userinfo-oauth-errors"
	// Flow and action: 406 when Accept is application/json alone.
	VendorMediaType Switch = "vendor-media-type"
	// Action: the password policy is a length of 8.
	WeakPasswordPolicy Switch = "weak-password-policy"
	// Action: a wrong current password is INVALID_VALUE instead of CONSTRAINT_VIOLATION.
	WrongCurrentValue Switch = "wrong-current-value"
)
