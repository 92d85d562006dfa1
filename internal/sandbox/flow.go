package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// The statuses of PingOne's flows that the sandbox reaches.
const (
	statusUsernamePassword = "USERNAME_PASSWORD_REQUIRED"
	statusSignOn           = "SIGN_ON_REQUIRED"
	statusPassword         = "PASSWORD_REQUIRED"
	statusPasswordExpired  = "PASSWORD_EXPIRED"
	statusMustChange       = "MUST_CHANGE_PASSWORD"
	statusRecoveryCode     = "RECOVERY_CODE_REQUIRED"
	statusVerificationCode = "VERIFICATION_CODE_REQUIRED"
	statusDeviceSelection  = "DEVICE_SELECTION_REQUIRED"
	statusOTP              = "OTP_REQUIRED"
	statusPush             = "PUSH_CONFIRMATION_REQUIRED"
	statusPushTimedOut     = "PUSH_CONFIRMATION_TIMED_OUT"
	statusAssertion        = "ASSERTION_REQUIRED"
	statusLinking          = "ACCOUNT_LINKING_REQUIRED"
	statusConfirmation     = "ACCOUNT_CONFIRMATION_REQUIRED"
	statusExternal         = "EXTERNAL_AUTHENTICATION_REQUIRED"
	statusProfile          = "PROFILE_DATA_REQUIRED"
	statusAgreement        = "AGREEMENT_CONSENT_REQUIRED"
	statusCompleted        = "COMPLETED"
	statusFailed           = "FAILED"
)

// flow is one sign-on, from authorize to resume.
type flow struct {
	id       string
	req      *authRequest
	session  *session // of the browser; nil until there is a cookie for it
	account  *account // once known
	known    bool     // the account comes from a session or an identifier
	password bool     // checked in this flow
	changed  bool     // the password, in this flow
	done     map[string]bool
	amr      []string
	status   string
	entered  bool // credentials were accepted: the session's cookie is needed from here on
	device   *device
	polls    int // of the current push
	pushes   int // so far
	badCodes int // wrong passcodes so far
	passcode, recovery,
	verification sentCode
	failure     string // why the status is FAILED
	failureCode string
	created     time.Time
	expires     time.Time
}

func (s *Sandbox) newFlow(c *call, req *authRequest) *flow {
	f := &flow{id: s.uuid(), req: req, done: map[string]bool{}, created: c.now, expires: c.now.Add(flowLifetime)}
	makeRoom(s.flows, maxFlows, func(f *flow) time.Time { return f.expires })
	s.flows[f.id] = f
	s.request.flow = f
	return f
}

// liveFlow returns a flow and moves its deadline, or returns nil when it is
// unknown or has been idle for too long.
func (s *Sandbox) liveFlow(c *call, id string) *flow {
	f := s.flows[id]
	if f == nil || c.now.After(f.expires) {
		delete(s.flows, id)
		return nil
	}
	f.expires = c.now.Add(flowLifetime)
	if f.session != nil {
		f.session.seen = c.now
	}
	s.request.flow = f
	return f
}

// advance moves a flow to the first thing its policy still needs.
func (s *Sandbox) advance(c *call, f *flow) {
	if f.status == statusFailed {
		return
	}
	if f.password && s.on("flow-fails") {
		f.fail("ACCESS_DENIED", "The sign-on was refused")
		return
	}
	for _, action := range f.req.policy.actions {
		if f.done[action] {
			continue
		}
		if f.status = s.need(c, f, action); f.status != "" {
			return
		}
		f.done[action] = true
	}
	f.status = statusCompleted
	s.signOn(c, f)
}

// need returns the status under which a policy's action waits for the user,
// or "" when nothing is left to do for it.
func (s *Sandbox) need(c *call, f *flow, action string) string {
	switch action {
	case actionLogin:
		return s.needPassword(c, f)
	case actionIdentifier:
		switch {
		case f.account == nil:
			return statusSignOn
		case f.account.external:
			return statusExternal
		}
	case actionMFA:
		return s.needDevice(c, f)
	case actionIDP:
		return statusExternal
	case actionAgreement:
		return statusAgreement
	case actionProfile:
		return statusProfile
	case actionConfirm:
		return statusConfirmation
	case actionLink:
		if !f.password {
			return statusLinking
		}
	}
	return ""
}

func (s *Sandbox) needPassword(c *call, f *flow) string {
	switch {
	case f.account != nil && f.account.external && f.done[actionIDP]:
		return ""
	case f.account != nil && f.account.external:
		return statusExternal
	case !f.password && f.known:
		return statusPassword
	case !f.password:
		return statusUsernamePassword
	case f.account.mustChange, !f.changed && s.on("must-change-password"):
		return statusMustChange
	case f.account.expired, !f.changed && s.on("password-expired"):
		return statusPasswordExpired
	case f.account.unverified:
		if f.status != statusVerificationCode {
			s.sendVerification(c, f)
		}
		return statusVerificationCode
	}
	return ""
}

func (f *flow) fail(code, why string) {
	f.status, f.failureCode, f.failure = statusFailed, code, why
}

// addMethods records completed authenticators (RFC 8176), each once.
func (f *flow) addMethods(methods ...string) {
	for _, m := range methods {
		if !slices.Contains(f.amr, m) {
			f.amr = append(f.amr, m)
		}
	}
}

// flow answers /flows/{id}: GET reads, POST acts (PingOne's "Flows").
func (s *Sandbox) flow(c *call) *answer {
	if a := s.refuseBearer(c); a != nil {
		return a
	}
	id := strings.TrimPrefix(c.path, "/flows/")
	if c.r.Method == http.MethodPost && s.on("flow-expired") {
		delete(s.flows, id)
	}
	f := s.liveFlow(c, id)
	if f == nil || s.wrongNode(c) {
		return s.notFound(c)
	}
	if c.r.Method == http.MethodPost {
		mismatch := s.sessionOf(c) != f.session && !s.on("steps-without-cookie") || s.on("session-mismatch")
		if f.entered && mismatch {
			return s.wrongSession(c)
		}
		return s.submit(c, f)
	}
	s.poll(c, f)
	s.everyLeg(c, f.session)
	return s.flowAnswer(c, f, nil)
}

// refuseBearer refuses an Authorization header: flows know no access token.
func (s *Sandbox) refuseBearer(c *call) *answer {
	switch {
	case s.on("access-failed"):
		return s.accessFailed(c, http.StatusUnauthorized)
	case c.r.Header.Get("Authorization") == "" || s.on("bearer-accepted"):
		return nil
	case s.on("bearer-401"):
		return s.platformError(c, http.StatusUnauthorized, "INVALID_TOKEN", "The access token is not valid here.")
	case s.on("bearer-403"):
		return s.accessFailed(c, http.StatusForbidden)
	}
	return s.accessFailed(c, http.StatusUnauthorized)
}

// accessFailed is the answer to a bearer token and to a body that is a form.
func (s *Sandbox) accessFailed(c *call, status int) *answer {
	return s.platformError(c, status, "ACCESS_FAILED", "The request could not be completed. You do not have access to this resource.",
		detail{code: "INVALID_TOKEN", target: "Authentication Credentials", message: "The access token is not valid here."})
}
