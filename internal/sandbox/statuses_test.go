package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func selects(last string) object {
	return object{"device": object{"id": "de71ce00-0000-4000-8000-000000000" + last}}
}

// Every status of the table is reached, and is left by its action.
func TestEveryStatusIsReachable(t *testing.T) {
	c := start(t)
	seen := map[string]bool{}
	otp := func(code string) []any { return []any{"otp.check", object{"otp": code}, statusCompleted} }
	name := object{"name": object{"given": "Pat", "family": "Plain"}, "address": object{"locality": "Denver"}}
	rows := []struct {
		app, user string
		steps     []any
		tokens    bool
	}{
		{"MFA", "email", append([]any{"", nil, statusOTP}, otp(emailPasscode)...), true},
		{"MFA", "voice", append([]any{"", nil, statusOTP}, otp(smsPasscode)...), true},
		{"MFA", "whatsapp", append([]any{"", nil, statusOTP}, otp(smsPasscode)...), true},
		{"MFA", "totp-sha256", append([]any{"", nil, statusOTP}, otp(c.passcode("totp-sha256"))...), true},
		{"MFA", "totp-sha512", append([]any{"", nil, statusOTP}, otp(c.passcode("totp-sha512"))...), true},
		{"MFA", "push", []any{"", nil, statusPush, "GET", nil, statusPush, "GET", nil, statusPush, "GET", nil, statusCompleted}, true},
		{"MFA", "push-retry", []any{"", nil, statusPush, "GET", nil, statusPush, "GET", nil, statusPush, "GET", nil, statusPushTimedOut,
			"device.select", selects("022"), statusPush, "GET", nil, statusPush, "GET", nil, statusPush, "GET", nil, statusCompleted}, true},
		{"MFA", "push-denied", []any{"", nil, statusPush, "GET", nil, statusPush, "GET", nil, statusPush, "GET", nil, statusFailed}, false},
		{"MFA", "push-blocked", []any{"", nil, statusFailed}, false},
		{"MFA", "fido2", []any{"", nil, statusAssertion}, false},
		{"MFA", "all-devices", append([]any{"", nil, statusDeviceSelection, "device.select", selects("242"), statusOTP,
			"device.select", selects("247"), statusAssertion, "device.select", selects("243"), statusOTP, "device.select", selects("243"), statusOTP}, otp(emailPasscode)...), true},
		{"MFA Skip", "sms", []any{"", nil, statusOTP, bypassAction, object{}, statusCompleted}, true},
		{"Plain", "external", []any{"", nil, statusExternal}, false},
		{"Identifier First", "external", []any{"user.lookup", object{"username": "external"}, statusExternal}, false},
		{"External IdP", "plain", []any{"GET", nil, statusExternal}, false},
		{"Profile", "plain", []any{"", nil, statusProfile, "user.update", name, statusCompleted}, true},
		{"Agreement", "plain", []any{"", nil, statusAgreement, "user.consent", object{"accept": true}, statusCompleted}, true},
		{"Confirmation", "plain", []any{"", nil, statusConfirmation, "user.confirm", object{}, statusCompleted}, true},
		{"Linking", "plain", []any{"GET", nil, statusLinking, "", nil, statusCompleted}, true},
		{"Plain", "expired", []any{"", nil, statusPasswordExpired}, false},
		{"Plain", "must-change", []any{"", nil, statusMustChange}, false},
		{"Plain", "unverified", []any{"", nil, statusVerificationCode}, false},
		{"Plain", "plain", []any{"password.forgot", object{"username": "plain"}, statusRecoveryCode}, false},
		{"Five Steps", "devices", []any{
			"user.lookup", object{"username": "devices"}, statusPassword, "session.reset", object{}, statusSignOn,
			"user.lookup", object{"username": "devices"}, statusPassword,
			"usernamePassword.check", object{"password": passwordOf("devices").Password}, statusDeviceSelection,
			"device.select", selects("042"), statusOTP, "otp.check", object{"otp": smsPasscode}, statusAgreement,
			"user.consent", object{"accept": true}, statusCompleted}, true},
	}
	for _, row := range rows {
		t.Run(row.app+" "+row.user, func(t *testing.T) { c.fresh(t).walk(row.user, idOf(t, row.app), row.steps, row.tokens) })
		for i := 2; i < len(row.steps); i += 3 {
			seen[row.steps[i].(string)] = true
		}
	}
	seen[statusUsernamePassword] = true // where every flow of Plain begins
	for _, status := range []string{
		statusUsernamePassword, statusSignOn, statusPassword, statusPasswordExpired, statusMustChange, statusRecoveryCode, statusVerificationCode,
		statusDeviceSelection, statusOTP, statusPush, statusPushTimedOut, statusAssertion, statusLinking, statusConfirmation, statusExternal,
		statusProfile, statusAgreement, statusCompleted, statusFailed,
	} {
		if !seen[status] {
			t.Errorf("no row reaches %s", status)
		}
	}
}

func TestDevices(t *testing.T) {
	c := start(t)
	id := c.flowID(c.authorize("client_id", idOf(t, "MFA")))
	j := c.act(id, "usernamePassword.check", passwordOf("all-devices")).json(t)
	var kinds []string
	for _, d := range member(j, "_embedded", "devices").([]any) {
		kinds = append(kinds, fmt.Sprint(member(d, "type")))
	}
	if got := strings.Join(kinds, " "); got != "TOTP SMS EMAIL VOICE WHATSAPP MOBILE FIDO2" {
		t.Errorf("devices: %s", got)
	}
	if member(j, "_embedded", "blockedDevices", "block", "status") != "BLOCKED" {
		t.Errorf("blocked devices: %v", member(j, "_embedded", "blockedDevices"))
	}
	if r := c.act(id, "device.select", selects("248")); member(r.json(t), "details", "code") != "DEVICE_BLOCKED" {
		t.Errorf("a blocked device: %s", r.body)
	}
	j = c.act(id, "device.select", selects("247")).json(t)
	if options, _ := j["publicKeyCredentialRequestOptions"].(string); !strings.Contains(options, `"challenge":[17,-34`) {
		t.Errorf("assertion options: %v", j)
	}
	for range maxPushes {
		c.act(id, "device.select", selects("246"))
	}
	r := c.act(id, "device.select", selects("246"))
	want := float64(c.clock.now().Add(pushLockTime).UnixMilli())
	if member(r.json(t), "details", "code") != "QUOTA_EXCEEDED" || member(r.json(t), "details", "innerError", "coolDownExpiresAt") != want {
		t.Errorf("one push too many: %s", r.body)
	}

	c = c.fresh(t)
	id = c.flowID(c.authorize("client_id", idOf(t, "MFA")))
	j = c.act(id, "usernamePassword.check", passwordOf("push-blocked")).json(t)
	if member(j, "error", "code") != "NO_USABLE_DEVICES" || member(j, "error", "unavailableDevices", "id") == nil {
		t.Errorf("no usable device: %v", j)
	}
}

// Three wrong passcodes give the device a rest, in every flow.
func TestCoolDown(t *testing.T) {
	c := start(t)
	id := c.toPasscode("sms")
	for i := range maxBadCodes {
		want := "INVALID_OTP"
		if i == maxBadCodes-1 {
			want = "QUOTA_EXCEEDED"
		}
		r := c.act(id, "otp.check", object{"otp": "000000"})
		if r.status != 400 || r.json(t)["code"] != "INVALID_DATA" || member(r.json(t), "details", "code") != want {
			t.Fatalf("wrong passcode %d: %s, want %s", i+1, r.body, want)
		}
	}
	other := c.toPasscode("sms")
	r := c.act(other, "otp.check", object{"otp": smsPasscode})
	until := float64(c.clock.now().Add(coolDownTime).UnixMilli())
	if member(r.json(t), "details", "innerError", "coolDownExpiresAt") != until {
		t.Errorf("in the cool-down: %s, want until %.0f", r.body, until)
	}
	c.clock.add(coolDownTime)
	if r := c.act(other, "otp.check", object{"otp": smsPasscode}); r.json(t)["status"] != statusCompleted {
		t.Errorf("after it: %s", r.body)
	}
}

func TestCodesExpire(t *testing.T) {
	c := start(t)
	id := c.toPasscode("sms")
	for range 3 {
		c.clock.add(11 * time.Minute)
		c.flow(id)
	}
	if r := c.act(id, "otp.check", object{"otp": smsPasscode}); r.status != 500 || r.json(t)["code"] != "UNEXPECTED_ERROR" {
		t.Errorf("a passcode after 33 minutes: %d %s", r.status, r.body)
	}
	if r := c.act(id, "device.select", selects("005")); r.json(t)["status"] != statusOTP {
		t.Errorf("sent again: %s", r.body)
	}
	if r := c.act(id, "otp.check", object{"otp": smsPasscode}); r.json(t)["status"] != statusCompleted {
		t.Errorf("the new passcode: %s", r.body)
	}

	c = c.fresh(t)
	id = c.flowID(c.authorize())
	c.act(id, "password.forgot", object{"username": "no-password"})
	c.clock.add(6 * time.Minute)
	with := object{"recoveryCode": recoveryCode, "newPassword": "Another-fake-1"}
	if r := c.act(id, "password.recover", with); member(r.json(t), "details", "target") != "recoveryCode" {
		t.Errorf("a recovery code after 6 minutes: %s", r.body)
	}
	c.act(id, "password.sendRecoveryCode", object{})
	if r := c.act(id, "password.recover", with); r.json(t)["status"] != statusCompleted {
		t.Errorf("sent again: %s", r.body)
	}
}

// What PingOne would send is handed to the embedder, and kept for tests.
func TestMessages(t *testing.T) {
	var told []Message
	k := newClock()
	c := startWith(t, Options{Now: k.now, Sent: func(m Message) { told = append(told, m) }}, ListenOptions{}, k)
	c.toPasscode("email")
	want := Message{"email", "passcode", "EMAIL", "em****@example.com", emailPasscode}
	if got, _ := c.srv.Messages("email"); !slices.Equal(got, []Message{want}) || !slices.Equal(told, got) {
		t.Errorf("messages %+v, told %+v, want %+v", got, told, want)
	}
	id := c.flowID(c.authorize("prompt", "login"))
	c.act(id, "usernamePassword.check", passwordOf("unverified"))
	c.act(id, "user.sendVerificationCode", object{})
	c.act(id, "user.verify", object{"verificationCode": "x"})
	if got, _ := c.srv.Messages("unverified"); len(got) != 2 || got[1].Code != verificationCode || got[1].Kind != "verification code" {
		t.Errorf("messages %+v, want the code twice", got)
	}
	if _, err := c.srv.TOTPCode("plain"); err == nil {
		t.Error("a passcode of a user without an authenticator app")
	}
}

// The list has one minCharacters for each character set that is missing.
func TestUnsatisfiedRequirements(t *testing.T) {
	c := start(t)
	id := c.flowID(c.authorize())
	j := c.act(id, "usernamePassword.check", passwordOf("expired")).json(t)
	if sets, _ := member(j, "_embedded", "passwordPolicy", "minCharacters").(object); len(sets) != 4 {
		t.Errorf("policy: %v", member(j, "_embedded", "passwordPolicy"))
	}
	r := c.act(id, "password.reset", object{"currentPassword": passwordOf("expired").Password, "newPassword": "aaaa"})
	inner := member(r.json(t), "details", "innerError")
	if got := fmt.Sprint(member(inner, "unsatisfiedRequirements")); got != "[minCharacters minCharacters minCharacters length maxRepeatedCharacters minUniqueCharacters]" {
		t.Errorf("unsatisfied: %s in %s", got, r.body)
	}
	if text, _ := member(inner, "minCharacters").(string); !strings.HasSuffix(text, ".") {
		t.Errorf("no sentence for minCharacters: %s", r.body)
	}
}

func TestProfile(t *testing.T) {
	c := start(t)
	id := c.flowID(c.authorize("client_id", idOf(t, "Profile"), "scope", "openid profile"))
	j := c.act(id, "usernamePassword.check", passwordOf("plain")).json(t)
	if member(j, "_embedded", "attributes", "name") != "name.given" || member(j, "_embedded", "promptText") == nil {
		t.Errorf("attributes: %v", j)
	}
	r := c.act(id, "user.update", object{"name": object{"given": "P"}, "name.family": "dots are not nested"})
	if member(r.json(t), "details", "target") != "name.family" {
		t.Errorf("an attribute is missing: %s", r.body)
	}
	c.act(id, "user.update", object{"name": object{"given": "Paula", "family": "P"}, "address": object{"locality": "Denver"}})
	_, v := answerOf(t, c.resume(id), "#")
	if info := c.userinfo(v.Get("access_token")).json(t); info["given_name"] != "Paula" {
		t.Errorf("userinfo: %v", info)
	}
}
