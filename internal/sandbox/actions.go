package sandbox

import (
	"cmp"
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// submission is the JSON body of any action. Absent members stay empty.
type submission struct {
	Username         string `json:"username"`
	Password         string `json:"password"`
	Email            string `json:"email"`
	CurrentPassword  string `json:"currentPassword"`
	NewPassword      string `json:"newPassword"`
	RecoveryCode     string `json:"recoveryCode"`
	VerificationCode string `json:"verificationCode"`
	OTP              string `json:"otp"`
	Accept           *bool  `json:"accept"`
	Device           struct {
		ID string `json:"id"`
	} `json:"device"`

	all map[string]any // the body
}

// actionError is why an action was refused: nothing about the flow changed.
type actionError struct {
	status        int    // of HTTP; 400 when zero
	code, message string // platform error; INVALID_DATA when empty
	detail        detail
}

// act is what an action does to a flow. It returns nil when the flow may advance.
type act func(*Sandbox, *call, *flow, submission) *actionError

func actions() map[string]act {
	return map[string]act{
		"usernamePassword.check":    (*Sandbox).checkPassword,
		"user.lookup":               (*Sandbox).lookUpUser,
		"user.register":             (*Sandbox).registerUser,
		"user.verify":               (*Sandbox).verifyUser,
		"user.sendVerificationCode": (*Sandbox).verificationAgain,
		"user.update":               (*Sandbox).updateProfile,
		"user.confirm":              finishAction(actionConfirm),
		"user.consent":              (*Sandbox).consent,
		"password.forgot":           (*Sandbox).forgetPassword,
		"password.recover":          (*Sandbox).recoverPassword,
		"password.sendRecoveryCode": (*Sandbox).recoveryAgain,
		"password.reset":            (*Sandbox).resetPassword,
		"session.reset":             (*Sandbox).resetSession,
		"device.select":             (*Sandbox).selectDevice,
		"otp.check":                 (*Sandbox).checkOTP,
		"assertion.check":           (*Sandbox).checkAssertion,
		bypassAction:                (*Sandbox).bypassMFA,
	}
}

// bypassAction skips MFA where bypassAllowed is true. PingOne's pages name no
// action for it: this one is a guess.
const bypassAction = "multiFactorAuthentication.bypass"

// atDevice reports whether the flow waits for a device.
func (f *flow) atDevice() bool {
	return slices.Contains([]string{statusDeviceSelection, statusOTP, statusPush, statusPushTimedOut, statusAssertion}, f.status)
}

// offered returns the actions that the flow's status allows: its links.
func (f *flow) offered() []string {
	names := f.offeredByStatus()
	if f.req.policy.skip && f.atDevice() {
		names = append(names, bypassAction)
	}
	return names
}

func (f *flow) offeredByStatus() []string {
	switch f.status {
	case statusUsernamePassword:
		names := []string{"usernamePassword.check", "password.forgot", "session.reset"}
		if f.req.app.registration || f.req.policy.registration {
			names = append(names, "user.register")
		}
		return names
	case statusSignOn:
		return []string{"user.lookup"}
	case statusPassword:
		return []string{"usernamePassword.check", "password.forgot", "session.reset"}
	case statusLinking:
		return []string{"usernamePassword.check"}
	case statusPasswordExpired, statusMustChange:
		return []string{"password.reset"}
	case statusRecoveryCode:
		return []string{"password.recover", "password.sendRecoveryCode"}
	case statusVerificationCode:
		return []string{"user.verify", "user.sendVerificationCode"}
	case statusDeviceSelection, statusPush, statusPushTimedOut:
		return []string{"device.select"}
	case statusOTP:
		return []string{"otp.check", "device.select"}
	case statusAssertion:
		return []string{"assertion.check", "device.select"}
	case statusProfile:
		return []string{"user.update"}
	case statusConfirmation:
		return []string{"user.confirm"}
	case statusAgreement:
		return []string{"user.consent"}
	}
	return nil
}

// actionName returns the action that a media type names, or "".
func actionName(contentType string) string {
	media, _, err := mime.ParseMediaType(contentType)
	name, vendor := strings.CutPrefix(media, "application/vnd.pingidentity.")
	if err != nil || !vendor {
		return ""
	}
	bare, isJSON := strings.CutSuffix(name, "+json")
	for known := range actions() {
		// ParseMediaType lowers the case. One type is printed without +json.
		if strings.EqualFold(known, bare) && (isJSON || known == "password.sendRecoveryCode") {
			return known
		}
	}
	return ""
}

// submit answers a POST to a flow: the media type alone names the action.
func (s *Sandbox) submit(c *call, f *flow) *answer {
	name := actionName(c.r.Header.Get("Content-Type"))
	media, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	switch {
	case media == "application/x-www-form-urlencoded" && !s.on("form-415"):
		return s.accessFailed(c, http.StatusUnauthorized)
	case name == "" || s.on("media-type-refused"):
		return s.platformError(c, http.StatusUnsupportedMediaType, "INVALID_REQUEST", "The media type is not supported.")
	}
	if !slices.Contains(f.offered(), name) || s.on("action-refused") {
		return s.platformError(c, http.StatusBadRequest, "INVALID_REQUEST", "The action is not allowed in the current state of the flow.")
	}
	var in submission
	if len(c.body) > 0 {
		err := json.Unmarshal(c.body, &in)
		if err == nil {
			err = json.Unmarshal(c.body, &in.all)
		}
		if err != nil {
			return s.platformError(c, http.StatusBadRequest, "INVALID_REQUEST", "The request body is not valid JSON.")
		}
	}
	before := f.status
	if refused := s.perform(c, f, name, in); refused != nil {
		return s.actionRefused(c, f, before, refused)
	}
	if s.on("new-flow-id") {
		delete(s.flows, f.id)
		f.id = s.uuid()
		s.flows[f.id] = f
	}
	s.everyLeg(c, f.session)
	return s.flowAnswer(c, f, s.inline(c, f))
}

// perform runs an action and advances the flow. The sign-on page calls it too.
func (s *Sandbox) perform(c *call, f *flow, name string, in submission) *actionError {
	if refused := actions()[name](s, c, f, in); refused != nil {
		return refused
	}
	s.enter(c, f)
	if f.status != statusRecoveryCode {
		s.advance(c, f)
	}
	return nil
}

// actionRefused answers in one of the shapes seen for action errors.
func (s *Sandbox) actionRefused(c *call, f *flow, before string, refused *actionError) *answer {
	status := cmp.Or(refused.status, http.StatusBadRequest)
	if status == http.StatusBadRequest && s.on("action-errors-403") {
		status = http.StatusForbidden
	}
	code, message := refused.code, refused.message
	switch {
	case status == http.StatusInternalServerError:
		return s.platformError(c, status, code, message)
	case refused.detail.code == "PASSWORD_LOCKED_OUT" && s.on("lockout-in-flow"):
		f.fail(refused.detail.code, refused.detail.message)
		return s.flowAnswer(c, f, func(j *flowJSON) { j.Error = refused.detail.object("innerError") })
	case s.on("action-errors-in-flow") && code != "NOT_FOUND":
		return s.flowAnswer(c, f, func(j *flowJSON) { j.Status, j.Error = before, refused.detail.object("innerError") })
	case code == "NOT_FOUND":
		return s.platformError(c, http.StatusNotFound, code, message)
	case code == credentialsError && s.on("bad-credentials-200"):
		return s.flowAnswer(c, f, func(j *flowJSON) { j.Status = before })
	case code == credentialsError && s.on("bad-credentials-error-object"):
		return s.flowAnswer(c, f, func(j *flowJSON) {
			j.Status, j.Error = before, map[string]any{"code": "INVALID_CREDENTIALS", "message": "Incorrect username or password."}
		})
	case code == "" || code == credentialsError:
		code, message = "INVALID_DATA", invalidMessage
	}
	return s.platformError(c, status, code, message, refused.detail)
}

func invalid(target, message string) *actionError {
	return &actionError{detail: detail{code: "INVALID_VALUE", target: target, message: message}}
}

func required(target string) *actionError {
	return &actionError{detail: detail{code: "REQUIRED_VALUE", target: target, message: "must not be empty"}}
}

func finishAction(action string) act {
	return func(_ *Sandbox, _ *call, f *flow, _ submission) *actionError {
		f.done[action] = true
		return nil
	}
}

func (s *Sandbox) consent(_ *call, f *flow, in submission) *actionError {
	if in.Accept == nil {
		return required("accept")
	}
	if !*in.Accept {
		f.fail("CONSENT_DECLINED", "The user declined the agreement")
		return nil
	}
	f.done[actionAgreement] = true
	return nil
}

func (s *Sandbox) resetSession(_ *call, f *flow, _ submission) *actionError {
	f.account, f.known, f.password, f.device = nil, false, false, nil
	f.done, f.amr = map[string]bool{}, nil
	return nil
}
