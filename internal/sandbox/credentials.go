package sandbox

import (
	"crypto/subtle"
	"time"
)

// credentialsError marks wrong credentials, which PingOne has been seen to
// report in several ways.
const credentialsError = "credentials"

// checkPassword is usernamePassword.check. The user name may be left out
// where the user is known already.
func (s *Sandbox) checkPassword(c *call, f *flow, in submission) *actionError {
	if in.Username == "" && f.known {
		in.Username = f.account.Username
	}
	switch {
	case in.Username == "":
		return required("username")
	case in.Password == "":
		return required("password")
	}
	a := s.accounts[in.Username]
	if f.known && a != f.account {
		return s.wrongCredentials(nil)
	}
	if refused := s.tryPassword(c, a, in.Password); refused != nil {
		return refused
	}
	f.account, f.password = a, !a.external
	if f.password {
		f.addMethods("pwd")
	}
	return nil
}

// tryPassword counts failures and locks the account after too many.
func (s *Sandbox) tryPassword(c *call, a *account, password string) *actionError {
	switch {
	case a == nil || a.disabled || s.on("credentials-refused"):
		return s.wrongCredentials(nil)
	case a.noPassword && s.on("no-password-code"):
		return &actionError{detail: detail{code: "NO_PASSWORD", target: "password", message: "The user has no password."}}
	case a.noPassword:
		return s.wrongCredentials(nil)
	}
	if s.on("lock-out") {
		return lockedOut(s.wait(s.passwords.lockout))
	}
	if a.failures >= s.passwords.maxFailures {
		if wait := a.lockout.left(c.now); wait > 0 {
			return lockedOut(wait)
		}
		a.failures = 0
	}
	if a.anyPassword || subtle.ConstantTimeCompare([]byte(a.Password), []byte(password)) == 1 {
		a.failures = 0
		return nil
	}
	if a.failures++; a.failures >= s.passwords.maxFailures {
		a.lockout = s.waiting(c.now, s.passwords.lockout)
		return lockedOut(s.wait(s.passwords.lockout))
	}
	return s.wrongCredentials(a)
}

func lockedOut(wait time.Duration) *actionError {
	return &actionError{detail: detail{
		code: "PASSWORD_LOCKED_OUT", target: "password", message: "Too many unsuccessful sign-on attempts. The account is locked.",
		inner: map[string]any{"secondsUntilUnlock": int((wait + time.Second - 1) / time.Second)},
	}}
}

// wrongCredentials says the same for an unknown user as for a wrong password
// unless a switch says otherwise.
func (s *Sandbox) wrongCredentials(a *account) *actionError {
	refused := &actionError{code: credentialsError}
	switch {
	case s.on("bad-credentials-code"):
		refused.detail = detail{code: "INVALID_CREDENTIALS", message: "The provided username or password is incorrect."}
	case s.on("bad-credentials-password"):
		left := s.passwords.maxFailures - 1
		if a != nil {
			left = s.passwords.maxFailures - a.failures
		}
		refused.detail = detail{code: "INVALID_VALUE", target: "password", message: "The provided password did not match.",
			inner: map[string]any{"failuresRemaining": left}}
	default:
		refused.detail = detail{code: "INVALID_VALUE", target: "username", message: "Invalid username and/or password."}
	}
	return refused
}

// lookUpUser is user.lookup.
func (s *Sandbox) lookUpUser(_ *call, f *flow, in submission) *actionError {
	if in.Username == "" {
		return required("username")
	}
	a := s.accounts[in.Username]
	if a == nil || a.disabled {
		return invalid("username", "The user was not found.")
	}
	f.account, f.known = a, true
	return nil
}

// registerUser is user.register; the new account lasts as long as the sandbox.
func (s *Sandbox) registerUser(_ *call, f *flow, in submission) *actionError {
	switch {
	case in.Username == "":
		return required("username")
	case in.Email == "":
		return required("email")
	case s.accounts[in.Username] != nil:
		return &actionError{detail: detail{code: "UNIQUENESS_VIOLATION", target: "username", message: "The username is taken."}}
	}
	if refused := s.checkNewPassword("password", in.Password); refused != nil {
		return refused
	}
	a := &account{User: User{Username: in.Username, Password: in.Password}, id: s.uuid(), mail: in.Email, unverified: true}
	s.addAccount(a)
	f.account, f.password = a, true
	f.addMethods("pwd")
	return nil
}

func (s *Sandbox) verificationAgain(c *call, f *flow, _ submission) *actionError {
	s.sendVerification(c, f)
	return nil
}

func (s *Sandbox) recoveryAgain(c *call, f *flow, _ submission) *actionError {
	s.sendRecovery(c, f)
	return nil
}

func (s *Sandbox) verifyUser(_ *call, f *flow, in submission) *actionError {
	if in.VerificationCode == "" || in.VerificationCode != f.verification.code {
		return invalid("verificationCode", "The verification code is not valid.")
	}
	f.account.unverified = false
	return nil
}

func (s *Sandbox) forgetPassword(c *call, f *flow, in submission) *actionError {
	if in.Username == "" && f.known {
		in.Username = f.account.Username
	}
	a := s.accounts[in.Username]
	if a == nil || a.disabled {
		return &actionError{code: "NOT_FOUND", message: "The user was not found."}
	}
	f.account, f.status = a, statusRecoveryCode
	s.sendRecovery(c, f)
	return nil
}

func (s *Sandbox) recoverPassword(c *call, f *flow, in submission) *actionError {
	if !f.recovery.fits(in.RecoveryCode, c.now, recoveryLifetime) {
		return invalid("recoveryCode", "The recovery code is not valid.")
	}
	if refused := s.checkNewPassword("newPassword", in.NewPassword); refused != nil {
		return refused
	}
	f.setPassword(in.NewPassword)
	f.status = ""
	return nil
}

func (s *Sandbox) resetPassword(_ *call, f *flow, in submission) *actionError {
	if !f.account.anyPassword && subtle.ConstantTimeCompare([]byte(in.CurrentPassword), []byte(f.account.Password)) != 1 {
		return s.wrongCurrentPassword()
	}
	if refused := s.checkNewPassword("newPassword", in.NewPassword); refused != nil {
		return refused
	}
	f.setPassword(in.NewPassword)
	return nil
}

// setPassword gives the flow's user a new password, which also signs on.
func (f *flow) setPassword(password string) {
	a := f.account
	a.Password, a.noPassword, a.anyPassword, a.mustChange, a.expired, a.failures = password, false, false, false, false, 0
	f.password, f.changed = true, true
	f.addMethods("pwd")
}
