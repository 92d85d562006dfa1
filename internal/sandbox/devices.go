package sandbox

import (
	"slices"
	"strings"
	"time"
)

// device is an enrolled MFA device. Its kind is PingOne's word: TOTP, SMS,
// EMAIL, VOICE, WHATSAPP, MOBILE, FIDO2.
type device struct {
	id, kind, nickname string
	phone, email       string // masked
	model              string // what a phone is sold as
	secret             string // of TOTP; empty for the account's
	push               string // what becomes of a push at its third poll: a flow status, "" for approval
	approves           bool   // when the push is sent a second time, whatever push says
	blocked            bool

	failures int     // wrong passcodes in a row
	coolDown waiting // no passcode is taken in it
	lastStep int64   // of TOTP: a passcode is taken once (RFC 6238 5.2)
}

// Limits of the environment's device policy.
const (
	maxBadCodes  = 3
	coolDownTime = 2 * time.Minute
	maxPushes    = 4 // in one flow
	pushLockTime = 30 * time.Minute
	shortWait    = 2 * time.Second // of lock-out and cool-down, with short-waits
)

const pushPolls = 3 // the reading of the flow at which a push comes to its end

// needDevice begins the MFA action, or returns "" when it is skipped.
func (s *Sandbox) needDevice(c *call, f *flow) string {
	usable := f.account.usable()
	switch {
	case f.device != nil:
		return f.status // waits for the device
	case len(usable) == 1:
		s.use(c, f, usable[0])
	case len(usable) > 1:
		return statusDeviceSelection
	case f.req.policy.bypass:
		return ""
	default:
		f.fail("NO_USABLE_DEVICES", "The user has no usable device for multi-factor authentication.")
	}
	return f.status
}

// usable returns the devices that are not blocked.
func (a *account) usable() []*device {
	var list []*device
	for i := range a.devices {
		if !a.devices[i].blocked {
			list = append(list, &a.devices[i])
		}
	}
	return list
}

// use starts authentication with a device.
func (s *Sandbox) use(c *call, f *flow, d *device) {
	f.device, f.polls = d, 0
	switch d.kind {
	case "MOBILE":
		f.pushes++
		f.status = statusPush
	case "FIDO2":
		f.status = statusAssertion
	case "TOTP":
		f.status = statusOTP
	default:
		code := smsPasscode
		if d.kind == "EMAIL" {
			code = emailPasscode
		}
		f.status = statusOTP
		f.passcode = s.send(c, Message{f.account.Username, "passcode", d.kind, d.phone + d.email, code})
	}
}

// selectDevice is device.select. The same device again means: send again.
func (s *Sandbox) selectDevice(c *call, f *flow, in submission) *actionError {
	i := slices.IndexFunc(f.account.devices, func(d device) bool { return d.id == in.Device.ID })
	if i < 0 {
		return invalid("device.id", "The device is not enrolled for this user.")
	}
	d := &f.account.devices[i]
	switch {
	case d.blocked: // a guess
		return &actionError{detail: detail{code: "DEVICE_BLOCKED", target: "device.id", message: "The device is blocked."}}
	case d.kind == "MOBILE" && f.pushes >= maxPushes:
		return quotaExceeded("device.id", "Too many push notifications.", c.now.Add(pushLockTime))
	}
	s.use(c, f, d)
	return nil
}

// poll lets a pending push come to its end at the third reading of the flow.
func (s *Sandbox) poll(c *call, f *flow) {
	if f.status != statusPush {
		return
	}
	if f.polls++; f.polls < pushPolls {
		return
	}
	d := f.device
	switch {
	case d.push == "" || d.approves && f.pushes > 1:
		f.addMethods("mfa", "swk")
		f.done[actionMFA] = true
		s.advance(c, f)
	case d.push == statusFailed:
		f.fail("PUSH_CONFIRMATION_DENIED", "The user denied the push notification.") // the code is a guess
	default:
		f.status = d.push
	}
}

// bypassMFA skips the MFA action where the policy lets a user do so.
func (s *Sandbox) bypassMFA(_ *call, f *flow, _ submission) *actionError {
	f.done[actionMFA], f.device = true, nil
	return nil
}

// checkAssertion is assertion.check: the sandbox knows no security key.
func (s *Sandbox) checkAssertion(*call, *flow, submission) *actionError {
	return invalid("assertion", "The assertion is not valid.")
}

// assertionOptions are those of WebAuthn, which PingOne sends as text in JSON
// with bytes as signed numbers.
const assertionOptions = `{"challenge":[17,-34,51,-68,85,-102,119,-120],"timeout":120000,"rpId":"pingone.test","allowCredentials":[],"userVerification":"preferred"}`

// deviceList is _embedded.devices, or with blocked _embedded.blockedDevices.
func deviceList(devices []device, blocked bool) []map[string]any {
	list := []map[string]any{}
	for _, d := range devices {
		if d.blocked == blocked {
			list = append(list, d.resource())
		}
	}
	return list
}

func (d *device) resource() map[string]any {
	entry := map[string]any{"id": d.id, "type": d.kind, "status": "ACTIVE", "usableStatus": map[string]string{"status": "ENABLED"}}
	for name, v := range map[string]string{"nickname": d.nickname, "phone": d.phone, "email": d.email} {
		if v != "" {
			entry[name] = v
		}
	}
	if d.model != "" {
		entry["model"] = map[string]string{"marketingName": d.model}
	}
	if d.blocked {
		entry["block"] = map[string]string{"status": "BLOCKED"}
		entry["usableStatus"] = map[string]string{"status": "BLOCKED"} // a guess
	}
	return entry
}

// title is how the sign-on page names a device.
func (d *device) title() string {
	return strings.TrimSpace(d.kind + " " + d.nickname + d.phone + d.email)
}
