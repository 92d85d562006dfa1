package sandbox

import (
	"cmp"
	"crypto/subtle"
	"net/http"
	"time"
)

// checkOTP is otp.check. Too many wrong passcodes give the device a rest.
func (s *Sandbox) checkOTP(c *call, f *flow, in submission) *actionError {
	d := f.device
	switch {
	case in.OTP == "":
		return required("otp")
	case s.on("passcode-gone"), d.kind != "TOTP" && c.now.Sub(f.passcode.at) > passcodeLifetime:
		return &actionError{status: http.StatusInternalServerError, code: "UNEXPECTED_ERROR", message: "An unexpected error has occurred."}
	case s.on("cool-down"):
		return s.coolDown(c.now.Add(s.wait(coolDownTime)))
	case d.coolDown.left(c.now) > 0:
		return s.coolDown(d.coolDown.until)
	case s.passcodeFits(c.now, f, in.OTP):
		d.failures = 0
		f.addMethods("otp", "mfa")
		f.done[actionMFA] = true
		return nil
	}
	return s.wrongPasscode(c, f)
}

func (s *Sandbox) passcodeFits(now time.Time, f *flow, otp string) bool {
	if f.device.kind != "TOTP" {
		return f.passcode.fits(otp, now, passcodeLifetime)
	}
	key, err := readTOTP(cmp.Or(f.device.secret, f.account.TOTPSecret))
	if err != nil {
		return false
	}
	step := totpStep(now)
	if f.device.lastStep > step+1 { // the clock was moved back
		f.device.lastStep = 0
	}
	for _, candidate := range []int64{step, step - 1, step + 1} {
		if candidate > f.device.lastStep && subtle.ConstantTimeCompare([]byte(key.code(candidate)), []byte(otp)) == 1 {
			f.device.lastStep = candidate
			return true
		}
	}
	return false
}

// wrongPasscode counts a wrong passcode. PingOne was not seen to say how many
// tries are left.
func (s *Sandbox) wrongPasscode(c *call, f *flow) *actionError {
	if s.on("bad-otp-value") {
		return f.wrongPasscodeOfFlow()
	}
	d := f.device
	if d.failures++; d.failures >= maxBadCodes {
		d.failures, d.coolDown = 0, s.waiting(c.now, coolDownTime)
		return s.coolDown(d.coolDown.until)
	}
	return &actionError{detail: detail{code: "INVALID_OTP", target: "otp", message: "The passcode is not valid."}}
}

// wrongPasscodeOfFlow is the older reading: the flow counts, says what is
// left, and fails.
func (f *flow) wrongPasscodeOfFlow() *actionError {
	const tries = 5
	if f.badCodes++; f.badCodes >= tries {
		f.fail("TOO_MANY_ATTEMPTS", "Too many wrong passcodes")
		return nil
	}
	return &actionError{detail: detail{code: "INVALID_VALUE", target: "otp", message: "The passcode is not valid.",
		inner: map[string]any{"attemptsRemaining": tries - f.badCodes}}}
}

func (s *Sandbox) coolDown(until time.Time) *actionError {
	return quotaExceeded("otp", "Too many wrong passcodes.", until)
}

// quotaExceeded says until when, in milliseconds since 1970.
func quotaExceeded(target, message string, until time.Time) *actionError {
	return &actionError{detail: detail{code: "QUOTA_EXCEEDED", target: target, message: message,
		inner: map[string]any{"coolDownExpiresAt": until.UnixMilli()}}}
}

// waiting is a lock-out or a cool-down.
type waiting struct{ from, until time.Time }

func (s *Sandbox) waiting(now time.Time, usual time.Duration) waiting {
	return waiting{now, now.Add(s.wait(usual))}
}

// left is zero or less when it has ended, and when the clock was moved back to before it.
func (w waiting) left(now time.Time) time.Duration {
	if now.Before(w.from) {
		return 0
	}
	return w.until.Sub(now)
}

// wait is how long a lock-out or cool-down lasts.
func (s *Sandbox) wait(usual time.Duration) time.Duration {
	if s.on("short-waits") {
		return shortWait
	}
	return usual
}
