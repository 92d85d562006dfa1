package pingonetest

// Faults of the application's settings or its environment's, with which a sign-on
// cannot work. They act on every application.
const (
	// Response: access control admits only a group that no user is in.
	AccessDenied Switch = "access-denied"
	// Authorize: the response type TOKEN is off.
	AccessTokenOff Switch = "access-token-off"
	// Authorize: the policy is Agreement: AGREEMENT_CONSENT_REQUIRED.
	AgreementRequired Switch = "agreement-required"
	// Authorize: the application is disabled.
	ApplicationDisabled Switch = "application-disabled"
	// Response: a required attribute has no value for the user (its error code is a guess).
	AttributeMissing Switch = "attribute-missing"
	// Discovery and tokens: the issuer is the environment's custom domain, https://login.example.com/as.
	CustomDomainIssuer Switch = "custom-domain-issuer"
	// Authorize: the policy is a DaVinci flow policy: no flows API.
	DaVinciPolicy Switch = "davinci-policy"
	// Authorize: the policy is External_IdP: EXTERNAL_AUTHENTICATION_REQUIRED.
	ExternalSignOn Switch = "external-sign-on"
	// Authorize: the response type ID_TOKEN is off.
	IDTokenOff Switch = "id-token-off"
	// Authorize: the policy is Identifier_First: SIGN_ON_REQUIRED.
	IdentifierFirst Switch = "identifier-first"
	// Authorize: the grant type IMPLICIT is off.
	ImplicitOff Switch = "implicit-off"
	// Authorize: the policy is Multi_Factor; a user without a device fails with NO_USABLE_DEVICES.
	MFARequired Switch = "mfa-required"
	// Authorize: the scopes belong to several resources.
	MultipleResources Switch = "multiple-resources"
	// Every leg: corsSettings is ALLOW_NO_ORIGINS.
	NoOrigins Switch = "no-origins"
	// Authorize: parRequirement is REQUIRED.
	PARRequired Switch = "par-required"
	// Authorize: the policy is Progressive_Profiling: PROFILE_DATA_REQUIRED.
	ProfileRequired Switch = "profile-required"
	// Authorize: the only redirect URI is https://app.example.com/other.
	RedirectURIMissing Switch = "redirect-uri-missing"
	// Authorize: no requested scope can be granted.
	ScopeRefused Switch = "scope-refused"
	// Signoff: no signoff URL is registered.
	SignOffRefused Switch = "signoff-refused"
	// Authorize: no such application in the environment.
	UnknownClient Switch = "unknown-client"
	// Every leg: no such environment in the region.
	UnknownEnvironment Switch = "unknown-environment"
)

// Faults that stop a user, or a client, in the middle of a sign-on.
const (
	// Flow and action: 401 ACCESS_FAILED, as if a proxy added an Authorization header.
	AccessFailed Switch = "access-failed"
	// Action: 400, the action is not allowed in the current state.
	ActionRefused Switch = "action-refused"
	// Resume: the session cookie never arrives.
	CookieLost Switch = "cookie-lost"
	// Action: every password is wrong, and none counts as a failure.
	CredentialsRefused Switch = "credentials-refused"
	// Authorize: 400 with the code requestTimedOut of a DaVinci connector.
	DaVinciTimedOut Switch = "davinci-timed-out"
	// Action: the flow is FAILED after the password.
	FlowFails Switch = "flow-fails"
	// Action: 415, as if a proxy changed the Content-Type.
	MediaTypeRefused Switch = "media-type-refused"
	// Action: every password must be changed: MUST_CHANGE_PASSWORD.
	MustChangePassword Switch = "must-change-password"
	// Action: no new password satisfies the password policy.
	NewPasswordRefused Switch = "new-password-refused"
	// Jwks: the key set is empty.
	NoKeys Switch = "no-keys"
	// Action: every password has expired: PASSWORD_EXPIRED.
	PasswordExpired Switch = "password-expired"
	// Resume: 400 with a platform error.
	ResumeRefused Switch = "resume-refused"
	// Resume: the flow is not finished, and goes back to the sign-on page.
	ResumeUnfinished Switch = "resume-unfinished"
	// Action: the steps after the credentials say that the session is another one.
	SessionMismatch Switch = "session-mismatch"
	// Userinfo: 403 ACCESS_FAILED.
	UserInfoRefused Switch = "userinfo-refused"
)
