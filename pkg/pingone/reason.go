package pingone

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Reason is what an error means for a program that handles it.
type Reason string

// The reasons that a client can do something about; ReasonOther is all the rest.
const (
	ReasonOther            Reason = ""
	ReasonWrongCredentials Reason = "wrong_credentials"
	ReasonLockedOut        Reason = "locked_out"
	ReasonNoPassword       Reason = "no_password"
	ReasonNotFound         Reason = "not_found"
	ReasonFlowGone         Reason = "flow_gone"
	ReasonRedirectMismatch Reason = "redirect_mismatch"
	ReasonNoSession        Reason = "no_session"
	ReasonRateLimited      Reason = "rate_limited"
	ReasonUnavailable      Reason = "unavailable"

	ReasonWrongPasscode   Reason = "wrong_passcode"
	ReasonWrongCode       Reason = "wrong_code"       // of a recovery or a verification
	ReasonCoolDown        Reason = "cool_down"        // too many wrong passcodes; see Until
	ReasonWeakPassword    Reason = "weak_password"    // the new one; see Unsatisfied
	ReasonPasswordRefused Reason = "password_refused" // by another rule: the old one is wrong, or too new to be changed
	ReasonNoDevice        Reason = "no_usable_device"
	ReasonPushDenied      Reason = "push_denied"
	ReasonPushBlocked     Reason = "push_blocked" // too many pushes, or the phone is blocked; see Until
	ReasonPushTimedOut    Reason = "push_timed_out"
	ReasonPasscodeGone    Reason = "passcode_gone" // PingOne no longer waits for this passcode
	ReasonInvalidValue    Reason = "invalid_value" // of a profile
	ReasonDeclined        Reason = "declined"      // the agreement
	ReasonNoRoute         Reason = "no_route"      // at the edge before PingOne
	ReasonUnauthorized    Reason = "unauthorized"  // a flow got an Authorization header, or a form in place of JSON

	ReasonForeignOrigin Reason = "foreign_origin" // an address that gets neither cookies nor credentials; or resume led elsewhere than to the redirect URI
	ReasonNotOffered    Reason = "not_offered"    // the action, by the flow; Code is the flow's status
)

// Summary says what the error means, without the server's texts that [Error.Error]
// adds.
func (e *Error) Summary() string {
	switch e.Reason {
	case ReasonWrongCredentials:
		if e.Doing == lookUpUser.name {
			return "unknown user name"
		}
		return "wrong user name or password"
	case ReasonLockedOut:
		return "the user is locked out" + e.until()
	case ReasonNoPassword:
		return "the user has no password"
	case ReasonWrongPasscode:
		return "wrong passcode, or one that was used before"
	case ReasonWrongCode:
		return "wrong code, or one that has expired"
	case ReasonCoolDown:
		return "too many tries: PingOne accepts no passcode" + e.until()
	case ReasonPasscodeGone:
		if e.Status >= 500 { // seen for a transaction that had expired, and what any failure of PingOne may look like
			return fmt.Sprintf("PingOne no longer waits for this passcode, or has a problem (status %d)", e.Status)
		}
		return "PingOne no longer waits for this passcode"
	case ReasonWeakPassword:
		return "the new password does not satisfy the password policy" + e.requires()
	case ReasonPasswordRefused:
		return "the password was not changed: the current one is wrong, or must not be changed yet"
	case ReasonNoDevice:
		if e.Doing == selectDevice.name {
			return "this device cannot be used as a second factor"
		}
		return "no device of the user can be used as a second factor"
	case ReasonPushDenied:
		return "the sign-on was denied on the phone"
	case ReasonPushBlocked:
		return "no confirmation can be sent to the phone" + e.until()
	case ReasonPushTimedOut:
		return "the sign-on was not confirmed on the phone in time"
	case ReasonInvalidValue:
		return "PingOne does not accept this profile data"
	case ReasonDeclined:
		return "the agreement was declined"
	case ReasonFlowGone:
		return "the sign-on flow is unknown or expired"
	case ReasonRedirectMismatch:
		return "the redirect URI is not registered with the application"
	case ReasonNoRoute:
		return e.Doing + ": this address does not exist at PingOne"
	case ReasonUnauthorized:
		return e.Doing + ": PingOne does not accept the request as part of a sign-on"
	case ReasonNotFound:
		switch e.Doing {
		case "authorize":
			return "PingOne does not know this environment or application"
		case forgotPassword.name:
			return "PingOne does not know this user, or the sign-on flow has expired"
		}
	}
	if e.Kind == KindHTML {
		return fmt.Sprintf("%s: expected PingOne's answer, found a page with status %d at %s", e.Doing, e.Status, e.Page)
	}
	return fmt.Sprintf("%s: PingOne answered status %d", e.Doing, e.Status)
}

// until says when a lock-out or a cool-down ends; nothing where that is unknown.
func (e *Error) until() string {
	if e.Until.IsZero() {
		return ""
	}
	until, layout := e.Until.UTC(), "15:04 UTC"
	if received := until.Add(-e.RetryAfter); received.Format(time.DateOnly) != until.Format(time.DateOnly) {
		layout = "2 January 15:04 UTC"
	}
	return " until " + until.Format(layout) + ", for another " + span(e.RetryAfter)
}

// span writes a duration in hours and minutes, never too short.
func span(d time.Duration) string {
	minutes := int64((d + time.Minute - 1) / time.Minute)
	count := func(n int64, unit string) string {
		switch n {
		case 0:
			return ""
		case 1:
			return "1 " + unit
		}
		return fmt.Sprintf("%d %ss", n, unit)
	}
	return strings.Join(nonEmpty(count(minutes/60, "hour"), count(minutes%60, "minute")), " ")
}

func (e *Error) requires() string {
	if e.Unsatisfied == nil {
		return ""
	}
	return ": " + strings.Join(e.Unsatisfied, ", ")
}

// setReason reads what an error means. PingOne changes 4xx numbers, so codes
// decide first and the class of the status last.
func (e *Error) setReason() {
	text := strings.ToLower(e.Code + " " + e.Message)
	for _, d := range e.Details {
		text += " " + strings.ToLower(d.Code+" "+d.Message)
	}
	switch {
	case strings.Contains(text, "redirect uri mismatch") || e.has("INVALID_VALUE", "redirect_uri"):
		e.Reason = ReasonRedirectMismatch
	case e.says("PASSWORD_LOCKED_OUT"):
		e.Reason = ReasonLockedOut
	case e.says("NO_PASSWORD"):
		e.Reason = ReasonNoPassword
	case e.says("NO_USABLE_DEVICES"), e.saysAll("DEVICE", "BLOCKED"):
		e.Reason = ReasonNoDevice
	case e.Unsatisfied != nil, e.has("INVALID_VALUE", "newPassword"):
		e.Reason = ReasonWeakPassword
	case e.has("INVALID_VALUE", "currentPassword"):
		e.Reason = ReasonPasswordRefused
	case e.has("INVALID_VALUE", "recoveryCode"), e.has("INVALID_VALUE", "verificationCode"):
		e.Reason = ReasonWrongCode
	case e.says("INVALID_OTP"), e.has("INVALID_VALUE", "otp"):
		e.Reason = ReasonWrongPasscode
	case e.says("QUOTA_EXCEEDED") && (e.Status != 429 || !e.Until.IsZero()), e.says("TOO_MANY_ATTEMPTS"):
		e.Reason = ReasonCoolDown
	case e.saysAll("PUSH", "LOCK"), e.saysAll("PUSH", "LIMIT"):
		e.Reason = ReasonPushBlocked
	case e.saysAll("PUSH", "TIMED_OUT"), e.saysAll("PUSH", "TIMEOUT"), e.saysAll("PUSH", "EXPIRED"):
		e.Reason = ReasonPushTimedOut
	case e.saysAll("PUSH", "DENIED"), e.saysAll("PUSH", "REJECT"), e.saysAll("PUSH", "DECLINE"):
		e.Reason = ReasonPushDenied
	case e.saysAll("CONSENT", "DECLINE"), e.saysAll("AGREEMENT", "DECLINE"), e.saysAll("CONSENT", "REJECT"):
		e.Reason = ReasonDeclined
	case e.Code == "REQUEST_LIMITED" || e.Status == 429:
		e.Reason = ReasonRateLimited
	case e.Code == "NOT_FOUND" || e.Status == 404:
		e.Reason = ReasonNotFound
	case e.Kind == KindEdge && strings.Contains(text, "missing authentication token"):
		e.Reason = ReasonNoRoute
	case e.Status == 408 || e.Status >= 500:
		e.Reason = ReasonUnavailable
	}
}

// of reads an error by the action that it answers: PingOne's answers to wrong
// values differ, and not all say what was wrong.
func (e *Error) of(a action) {
	switch {
	case e.Reason == ReasonNotFound && a.name == forgotPassword.name:
	case e.Reason == ReasonNotFound:
		e.Reason = ReasonFlowGone
	case a.name == checkPasscode.name && (e.Status == 410 || e.Status == 500 && e.Code == "UNEXPECTED_ERROR"):
		e.Reason = ReasonPasscodeGone
	case e.Reason == ReasonWeakPassword && a.name == checkPassword.name:
		e.Reason = ReasonWrongCredentials
	case e.Reason == ReasonCoolDown && a.wrong == ReasonNoDevice:
		e.Reason = ReasonPushBlocked
	case e.Reason == ReasonOther && (e.Status == 401 || e.Status == 403) && (e.says("ACCESS_FAILED") || e.says("INVALID_TOKEN")):
		e.Reason = ReasonUnauthorized
	case e.Reason == ReasonOther && (e.Kind == KindFlow || e.refusesValue(a)):
		e.Reason = a.wrong
	}
}

// refusesValue reports whether the error is about what was sent with the action,
// and not about the request.
func (e *Error) refusesValue(a action) bool {
	if a.name == checkPassword.name {
		return e.says("INVALID_CREDENTIALS") || e.has("INVALID_VALUE", "username") || e.has("INVALID_VALUE", "password")
	}
	for _, code := range []string{"INVALID_VALUE", "INVALID_CREDENTIALS", "CONSTRAINT_VIOLATION", "UNIQUENESS_VIOLATION",
		"REQUIRED_VALUE", "EMPTY_VALUE", "OUT_OF_RANGE"} {
		if e.says(code) {
			return true
		}
	}
	return false
}

// says reports whether the error or one of its details has the code.
func (e *Error) says(code string) bool { return e.Code == code || e.has(code, "") }

// saysAll reports whether one code holds both words.
func (e *Error) saysAll(word, other string) bool {
	holds := func(code string) bool { return strings.Contains(code, word) && strings.Contains(code, other) }
	return holds(e.Code) || slices.ContainsFunc(e.Details, func(d Detail) bool { return holds(d.Code) })
}

func (e *Error) has(code, target string) bool {
	return slices.ContainsFunc(e.Details, func(d Detail) bool {
		return d.Code == code && (target == "" || d.Target == target)
	})
}
