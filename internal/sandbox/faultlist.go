package sandbox

// serverFaults are what a server can do wrong in its tokens, responses and flows.
func serverFaults() []Switch {
	return []Switch{
		{Name: "wrong-issuer", Does: "tokens: iss is a different environment"},
		{Name: "wrong-audience", Does: "tokens: aud of the ID token is a different application"},
		{Name: "wrong-nonce", Does: "tokens: nonce is not the request's"},
		{Name: "no-nonce", Does: "tokens: the ID token has no nonce"},
		{Name: "wrong-acr", Does: "tokens: acr names a policy that was not requested"},
		{Name: "old-auth-time", Does: "tokens: auth_time is a day ago"},
		{Name: "bad-at-hash", Does: "tokens: at_hash is of a different token"},
		{Name: "bad-signature", Does: "tokens: one bit of the signature is flipped"},
		{Name: "wrong-key", Does: "tokens: signed with the NEXT key under the kid of CURRENT"},
		{Name: "rotated-key", Does: "tokens: signed with a key that jwks lists only after a token was issued"},
		{Name: "unknown-kid", Does: "tokens: the kid is in no key set"},
		{Name: "alg-none", Does: "tokens: alg is none, without signature"},
		{Name: "alg-hs256", Does: "tokens: alg is HS256 with the public key as the secret"},
		{Name: "expired", Does: "tokens: expired an hour ago"},
		{Name: "clock-ahead", Does: "every leg: the clock is 10 minutes ahead, Date header included"},
		{Name: "clock-behind", Does: "every leg: the clock is 2 hours behind, Date header included"},
		{Name: "lock-out", Does: "action: every account is locked for 15 minutes"},
		{Name: "cool-down", Does: "action: every passcode is QUOTA_EXCEEDED, for 2 minutes"},
		{Name: "passcode-gone", Does: "action: the transaction of the passcode is gone, which is 500 UNEXPECTED_ERROR"},
		{Name: "wrong-state", Does: "response: state is not the request's"},
		{Name: "no-state", Does: "response: no state"},
		{Name: "wrong-iss-parameter", Does: "response: the iss parameter names a different issuer"},
		{Name: "wrong-token-type", Does: "response: token_type is mac"},
		{Name: "no-access-token", Does: "response: the access token is missing"},
		{Name: "no-id-token", Does: "response: the ID token is missing"},
		{Name: "surplus-code", Does: "response: has a code in addition to the tokens"},
		{Name: "error-beside-tokens", Does: "response: has an error in addition to the tokens"},
		{Name: "duplicate-parameter", Does: "response: every parameter appears twice"},
		{Name: "two-channels", Does: "response: the parameters are in the query and in the fragment"},
		{Name: "resume-elsewhere", Does: "resume: Location is the redirect path on another host"},
		{Name: "foreign-resume-url", Does: "flow and action: resumeUrl is on another host"},
		{Name: "foreign-action-link", Does: "flow and action: action links are on another host"},
		{Name: "no-flow-id", Does: "authorize: Location has no flowId"},
		{Name: "flow-expired", Does: "action: the flow has expired when the first action arrives"},
		{Name: "unknown-status", Does: "flow and action: the status is an unknown one"},
		{Name: "session-other-user", Does: "authorize: a session answers for a different user"},
		{Name: "scope-narrowed", Does: "authorize: only the first requested scope is granted"},
		{Name: "session-gone", Does: "authorize: no session is remembered"},
		{Name: "login-form-307", Does: "page: the sign-on form is answered with 307 to the redirect URI, so that the browser posts the credentials to it"},
		{Name: "userinfo-jwt", Does: "userinfo: the answer is a signed application/jwt"},
		{Name: "userinfo-other-sub", Does: "userinfo: sub is another user"},
	}
}

// applicationFaults are settings of the application, or of its environment, with
// which its sign-on cannot work. They act on every application.
func applicationFaults() []Switch {
	return []Switch{
		{Name: "access-denied", Does: "response: access control admits only a group that no user is in"},
		{Name: "access-token-off", Does: "authorize: the response type TOKEN is off"},
		{Name: "agreement-required", Does: "authorize: the policy is Agreement: AGREEMENT_CONSENT_REQUIRED"},
		{Name: "application-disabled", Does: "authorize: the application is disabled"},
		{Name: "attribute-missing", Does: "response: a required attribute has no value for the user (its error code is a guess)"},
		{Name: "custom-domain-issuer", Does: "discovery and tokens: the issuer is the environment's custom domain, https://login.example.com/as"},
		{Name: "davinci-policy", Does: "authorize: the policy is a DaVinci flow policy: no flows API"},
		{Name: "external-sign-on", Does: "authorize: the policy is External_IdP: EXTERNAL_AUTHENTICATION_REQUIRED"},
		{Name: "id-token-off", Does: "authorize: the response type ID_TOKEN is off"},
		{Name: "identifier-first", Does: "authorize: the policy is Identifier_First: SIGN_ON_REQUIRED"},
		{Name: "implicit-off", Does: "authorize: the grant type IMPLICIT is off"},
		{Name: "mfa-required", Does: "authorize: the policy is Multi_Factor; a user without a device fails with NO_USABLE_DEVICES"},
		{Name: "multiple-resources", Does: "authorize: the scopes belong to several resources"},
		{Name: "no-origins", Does: "every leg: corsSettings is ALLOW_NO_ORIGINS"},
		{Name: "par-required", Does: "authorize: parRequirement is REQUIRED"},
		{Name: "profile-required", Does: "authorize: the policy is Progressive_Profiling: PROFILE_DATA_REQUIRED"},
		{Name: "redirect-uri-missing", Does: "authorize: the only redirect URI is https://app.example.com/other"},
		{Name: "scope-refused", Does: "authorize: no requested scope can be granted"},
		{Name: "signoff-refused", Does: "signoff: no signoff URL is registered"},
		{Name: "unknown-client", Does: "authorize: no such application in the environment"},
		{Name: "unknown-environment", Does: "every leg: no such environment in the region"},
	}
}

// signOnFaults are what stops a user, or a client, in the middle of a sign-on.
func signOnFaults() []Switch {
	return []Switch{
		{Name: "access-failed", Does: "flow and action: 401 ACCESS_FAILED, as if a proxy added an Authorization header"},
		{Name: "action-refused", Does: "action: 400, the action is not allowed in the current state"},
		{Name: "cookie-lost", Does: "resume: the session cookie never arrives"},
		{Name: "credentials-refused", Does: "action: every password is wrong, and none counts as a failure"},
		{Name: "davinci-timed-out", Does: "authorize: 400 with the code requestTimedOut of a DaVinci connector"},
		{Name: "flow-fails", Does: "action: the flow is FAILED after the password"},
		{Name: "media-type-refused", Does: "action: 415, as if a proxy changed the Content-Type"},
		{Name: "must-change-password", Does: "action: every password must be changed: MUST_CHANGE_PASSWORD"},
		{Name: "new-password-refused", Does: "action: no new password satisfies the password policy"},
		{Name: "no-keys", Does: "jwks: the key set is empty"},
		{Name: "password-expired", Does: "action: every password has expired: PASSWORD_EXPIRED"},
		{Name: "resume-refused", Does: "resume: 400 with a platform error"},
		{Name: "resume-unfinished", Does: "resume: the flow is not finished, and goes back to the sign-on page"},
		{Name: "session-mismatch", Does: "action: the steps after the credentials say that the session is another one"},
		{Name: "userinfo-refused", Does: "userinfo: 403 ACCESS_FAILED"},
	}
}

// legFaults are the faults that can hit any request, or any with a Location.
func legFaults() []Switch {
	all, redirecting := Legs(), []string{legAuthorize, legResume, legSignoff}
	return []Switch{
		{Name: "html-502", Does: "502 with an HTML page", Legs: all},
		{Name: "html-502-once", Does: "the first request gets 502 with an HTML page", Legs: all},
		{Name: "html-500", Does: "500 with an HTML page", Legs: all},
		{Name: "html-200", Does: "200 with an HTML page", Legs: all},
		{Name: "json-500", Does: "500 with UNEXPECTED_ERROR", Legs: all},
		{Name: "json-503-once", Does: "the first request gets 503", Legs: all},
		{Name: "429", Does: "429 REQUEST_LIMITED with Retry-After: 1, always", Legs: all},
		{Name: "429-once", Does: "the first request gets 429 REQUEST_LIMITED with Retry-After: 1", Legs: all},
		{Name: "cloudflare-429", Does: "429 with an HTML page, without Retry-After and CORS headers", Legs: all},
		{Name: "edge-403", Does: "403 with the gateway's message instead of an error of PingOne", Legs: all},
		{Name: "431", Does: "431 with an HTML page: the headers are too large", Legs: all},
		{Name: "404", Does: "404 NOT_FOUND", Legs: all},
		{Name: "empty", Does: "200 with an empty body", Legs: all},
		{Name: "slow", Does: "the answer starts after a minute", Legs: all},
		{Name: "drip", Does: "the body is sent one byte a second", Legs: all},
		{Name: "truncated", Does: "the body ends after its first half", Legs: all},
		{Name: "cut", Does: "the connection breaks in the middle of the body", Legs: all},
		{Name: "endless", Does: "200 with a JSON body of 1 GB", Legs: all},
		{Name: "reset", Does: "the connection is reset before an answer: the leg is unreachable", Legs: all},
		{Name: "reset-once", Does: "the connection of the first request is reset", Legs: all},
		{Name: "loop", Does: "302 to the same address", Legs: all},
		{Name: "no-location", Does: "a redirect without Location", Legs: redirecting},
	}
}
