package sandbox

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

const maxBadCodes = 5

func (s *Sandbox) selectDevice(_ *call, f *flow, in submission) *actionError {
	for i := range f.account.devices {
		if d := &f.account.devices[i]; d.id == in.Device.ID {
			f.use(d)
			return nil
		}
	}
	return invalid("device.id", "The device is not enrolled for this user.")
}

// checkOTP is otp.check. Too many wrong passcodes end the flow.
func (s *Sandbox) checkOTP(c *call, f *flow, in submission) *actionError {
	if in.OTP == "" {
		return required("otp")
	}
	if s.passcodeFits(c.now, f, in.OTP) {
		f.addMethods("otp", "mfa")
		f.done[actionMFA] = true
		return nil
	}
	if f.badCodes++; f.badCodes >= maxBadCodes {
		f.fail("TOO_MANY_ATTEMPTS", "Too many wrong passcodes")
		return nil
	}
	d := detail{code: "INVALID_VALUE", target: "otp", message: "The passcode is not valid.",
		inner: map[string]any{"attemptsRemaining": maxBadCodes - f.badCodes}}
	if s.on("bad-otp-code") {
		d.code = "INVALID_OTP"
	}
	return &actionError{detail: d}
}

func (s *Sandbox) passcodeFits(now time.Time, f *flow, otp string) bool {
	if f.device.kind != "TOTP" {
		return subtle.ConstantTimeCompare([]byte(otp), []byte(smsPasscode)) == 1
	}
	a := f.account
	step := now.Unix() / totpPeriod
	for _, candidate := range []int64{step, step - 1, step + 1} {
		if candidate <= a.lastTOTPStep {
			continue
		}
		code, err := totp(a.TOTPSecret, candidate)
		if err == nil && subtle.ConstantTimeCompare([]byte(code), []byte(otp)) == 1 {
			a.lastTOTPStep = candidate
			return true
		}
	}
	return false
}

// checkAssertion is assertion.check: the sandbox knows no security key.
func (s *Sandbox) checkAssertion(*call, *flow, submission) *actionError {
	return invalid("assertion", "The assertion is not valid.")
}

const totpPeriod = 30 // seconds

// totp is the passcode of a time step: RFC 6238 with SHA-1 and six digits.
func totp(secret string, step int64) (string, error) {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.TrimRight(secret, "="))
	if err != nil {
		return "", fmt.Errorf("sandbox: TOTP secret: %w", err)
	}
	mac := hmac.New(sha1.New, key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0x0f
	code := binary.BigEndian.Uint32(sum[offset:]) & 0x7fffffff
	return fmt.Sprintf("%06d", code%1_000_000), nil
}
