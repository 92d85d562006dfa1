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
	id          string
	req         *authRequest
	session     *session // of the browser; nil until there is a cookie for it
	account     *account // once known
	known       bool     // the account comes from a session or an identifier
	password    bool     // checked in this flow
	done        map[string]bool
	amr         []string
	status      string
	device      *device
	polls       int    // of the current push
	badCodes    int    // wrong passcodes so far
	failure     string // why the status is FAILED
	failureCode string
	created     time.Time
	expires     time.Time
}

func (s *Sandbox) newFlow(c *call, req *authRequest) *flow {
	f := &flow{id: s.uuid(), req: req, done: map[string]bool{}, created: c.now, expires: c.now.Add(flowLifetime)}
	s.flows[f.id] = f
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
	return f
}

// advance moves a flow to the first thing its policy still needs.
func (s *Sandbox) advance(c *call, f *flow) {
	if f.status == statusFailed {
		return
	}
	for _, action := range f.req.policy.actions {
		if f.done[action] {
			continue
		}
		if f.status = f.need(action); f.status != "" {
			return
		}
		f.done[action] = true
	}
	f.status = statusCompleted
	s.signOn(c, f)
}

// need returns the status under which a policy's action waits for the user,
// or "" when nothing is left to do for it.
func (f *flow) need(action string) string {
	switch action {
	case actionLogin:
		return f.needPassword()
	case actionIdentifier:
		if f.account == nil {
			return statusSignOn
		}
	case actionMFA:
		return f.needDevice()
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

func (f *flow) needPassword() string {
	switch {
	case !f.password && f.known:
		return statusPassword
	case !f.password:
		return statusUsernamePassword
	case f.account.mustChange:
		return statusMustChange
	case f.account.expired:
		return statusPasswordExpired
	case f.account.unverified:
		return statusVerificationCode
	}
	return ""
}

func (f *flow) needDevice() string {
	devices := f.account.devices
	switch {
	case f.device != nil:
		return f.status // waits for the device
	case len(devices) == 1:
		f.use(&devices[0])
		return f.status
	case len(devices) > 1:
		return statusDeviceSelection
	case f.req.policy.bypass:
		return ""
	}
	f.fail("NO_USABLE_DEVICES", "The user has no device enrolled for multi-factor authentication")
	return f.status
}

// use starts authentication with a device.
func (f *flow) use(d *device) {
	f.device, f.polls = d, 0
	switch d.kind {
	case "MOBILE":
		f.status = statusPush
	case "FIDO2":
		f.status = statusAssertion
	default:
		f.status = statusOTP
	}
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

// poll lets a pending push come to its end at the third reading of the flow.
func (s *Sandbox) poll(c *call, f *flow) {
	if f.status != statusPush {
		return
	}
	if f.polls++; f.polls < 3 {
		return
	}
	switch f.device.push {
	case "":
		f.addMethods("mfa", "swk")
		f.done[actionMFA] = true
		s.advance(c, f)
	case statusFailed:
		f.fail("PUSH_CONFIRMATION_DENIED", "The user denied the push")
	default:
		f.status = f.device.push
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
		return s.submit(c, f)
	}
	s.poll(c, f)
	s.everyLeg(c, f.session)
	return s.flowAnswer(c, f, nil)
}

// refuseBearer refuses an Authorization header: flows know no access token.
func (s *Sandbox) refuseBearer(c *call) *answer {
	switch {
	case c.r.Header.Get("Authorization") == "" || s.on("bearer-accepted"):
		return nil
	case s.on("bearer-401"):
		return s.platformError(c, http.StatusUnauthorized, "INVALID_TOKEN", "The access token is not valid here.")
	}
	return s.platformError(c, http.StatusForbidden, "ACCESS_FAILED", "The request could not be completed. You do not have access to this resource.",
		detail{code: "INVALID_TOKEN", message: "The access token is not valid here."})
}
