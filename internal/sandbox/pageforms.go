package sandbox

import (
	"html"
	"net/http"
	"strings"
)

// input is a labelled field of a form.
type input struct {
	id, label, kind, autocomplete, value string
}

func (in input) markup() string {
	extra := ""
	if in.autocomplete == "one-time-code" {
		extra = " inputmode=\"numeric\""
	}
	id := html.EscapeString(in.id)
	return "<label for=\"" + id + "\">" + html.EscapeString(in.label) + "</label>\n" +
		"<input id=\"" + id + "\" name=\"" + id + "\" type=\"" + in.kind + "\" autocomplete=\"" + in.autocomplete +
		"\" autocapitalize=\"none\" spellcheck=\"false\"" + extra + " value=\"" + html.EscapeString(in.value) + "\" required>\n"
}

func button(id, action, label, more string) string {
	return "<button id=\"" + id + "\" name=\"action\" value=\"" + html.EscapeString(action) + "\"" + more + ">" + html.EscapeString(label) + "</button>\n"
}

const quiet = ` class="quiet" formnovalidate`

// showFlow is the page for the flow's status.
func (s *Sandbox) showFlow(c *call, f *flow, message, username string) *answer {
	var b strings.Builder
	b.WriteString("<p>to continue to <strong>" + html.EscapeString(f.req.app.Name) + "</strong></p>\n")
	b.WriteString(errorMarkup(message))
	if f.status == statusExternal {
		b.WriteString("<p><a id=\"provider\" href=\"" + html.EscapeString(s.authPath(c)+"/signon/idp?flowId="+f.id) + "\">Sign on with Example Provider</a></p>\n")
	}
	b.WriteString("<form method=\"post\">\n" + f.form(username) + button("cancel", "cancel", "Cancel", quiet) + "</form>\n")
	b.WriteString("<p class=\"note\">This is a sandbox, not PingOne. Nothing here is real.</p>\n")
	a := htmlPage(http.StatusOK, f.title(), b.String(), formTarget(f.req.redirectURI))
	if f.status == statusPush {
		a.header.Set("Refresh", "2; url="+s.authPath(c)+"/signon/?flowId="+f.id)
	}
	return a
}

func (s *Sandbox) authPath(c *call) string { return strings.TrimPrefix(c.auth, c.base) }

func (f *flow) title() string {
	switch f.status {
	case statusMustChange, statusPasswordExpired, statusRecoveryCode:
		return "Choose a new password"
	case statusVerificationCode:
		return "Verify your e-mail address"
	case statusDeviceSelection, statusOTP, statusPush, statusPushTimedOut, statusAssertion:
		return "Confirm that it is you"
	case statusAgreement:
		return "Terms of the sandbox"
	case statusProfile, statusConfirmation:
		return "Check your account"
	}
	return "Sign on"
}

// form returns the fields and buttons for the flow's status.
func (f *flow) form(username string) string {
	if username == "" {
		username = f.req.loginHint
	}
	name := input{"username", "Username", "text", "username", username}.markup()
	password := input{"password", "Password", "password", "current-password", ""}.markup()
	newPassword := input{"new-password", "New password", "password", "new-password", ""}.markup()
	switch f.status {
	case statusUsernamePassword:
		return name + password + button("signon", "usernamePassword.check", "Sign on", "") +
			button("forgot", "password.forgot", "Forgot password", quiet)
	case statusLinking:
		return "<p>Sign on once to link your account.</p>\n" + name + password + button("signon", "usernamePassword.check", "Sign on", "")
	case statusSignOn:
		return name + button("signon", "user.lookup", "Next", "")
	case statusPassword:
		return "<p>Signed on as <strong>" + html.EscapeString(f.account.Username) + "</strong></p>\n" + password +
			button("signon", "usernamePassword.check", "Sign on", "") + button("reset", "session.reset", "Use another account", quiet)
	case statusMustChange, statusPasswordExpired:
		return input{"current-password", "Current password", "password", "current-password", ""}.markup() + newPassword +
			button("signon", "password.reset", "Change password", "")
	case statusRecoveryCode:
		return input{"recovery-code", "Recovery code", "text", "one-time-code", ""}.markup() + newPassword +
			button("signon", "password.recover", "Set password", "")
	case statusVerificationCode:
		return input{"verification-code", "Verification code", "text", "one-time-code", ""}.markup() + button("signon", "user.verify", "Verify", "")
	case statusAgreement:
		return "<p>Nothing here is real.</p>\n" + button("signon", "user.consent", "Accept", "") +
			"<input type=\"hidden\" name=\"accept\" value=\"true\">\n"
	case statusProfile:
		return "<p>The application asks for your profile.</p>\n" + button("signon", "user.update", "Continue", "")
	case statusConfirmation:
		return "<p>Your account data is up to date.</p>\n" + button("signon", "user.confirm", "Confirm", "")
	}
	return f.deviceForm()
}

func (f *flow) deviceForm() string {
	other := ""
	if f.account != nil && len(f.account.devices) > 1 {
		other = "<label for=\"device\">Device</label>\n<select id=\"device\" name=\"device\">\n"
		for _, d := range f.account.devices {
			other += "<option value=\"" + html.EscapeString(d.id) + "\">" + html.EscapeString(strings.TrimSpace(d.kind+" "+d.nickname+d.phone+d.email)) + "</option>\n"
		}
		other += "</select>\n"
	}
	switch f.status {
	case statusDeviceSelection:
		return other + button("signon", "device.select", "Continue", "")
	case statusOTP:
		form := input{"otp", "Passcode", "text", "one-time-code", ""}.markup() + button("signon", "otp.check", "Verify", "")
		if other != "" {
			form += other + button("change", "device.select", "Use this device", quiet)
		}
		return form
	case statusPush:
		return "<p id=\"waiting\" role=\"status\">Approve the request on your phone.</p>\n"
	case statusPushTimedOut:
		if other == "" {
			other = "<input type=\"hidden\" name=\"device\" value=\"" + html.EscapeString(f.device.id) + "\">\n"
		}
		return "<p>The request was not approved in time.</p>\n" + other + button("signon", "device.select", "Send again", "")
	case statusAssertion:
		return "<p>This user has a security key, which the sandbox cannot read.</p>\n"
	}
	return ""
}
