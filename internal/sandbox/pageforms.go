package sandbox

import (
	"cmp"
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
		b.WriteString("<p><a id=\"provider\" href=\"" + html.EscapeString(s.authPath(c)+f.providerPath()) + "\">Sign on with Example Provider</a></p>\n")
	}
	b.WriteString("<form method=\"post\">\n" + f.form(username) + button("cancel", "cancel", "Cancel", quiet) + "</form>\n")
	b.WriteString(s.userChoice(f))
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
			button("signon", "password.recover", "Set password", "") + button("resend", "password.sendRecoveryCode", "Send the code again", quiet)
	case statusVerificationCode:
		return input{"verification-code", "Verification code", "text", "one-time-code", ""}.markup() + button("signon", "user.verify", "Verify", "") +
			button("resend", "user.sendVerificationCode", "Send the code again", quiet)
	case statusAgreement:
		return "<p>Nothing here is real.</p>\n" + button("signon", "user.consent", "Accept", "") +
			"<input type=\"hidden\" name=\"accept\" value=\"true\">\n" +
			button("decline", declineAction, "Decline", quiet)
	case statusProfile:
		return f.profileForm() + button("signon", "user.update", "Continue", "")
	case statusConfirmation:
		return "<p>Your account data is up to date.</p>\n" + button("signon", "user.confirm", "Confirm", "")
	}
	form := f.deviceForm()
	if f.req.policy.skip {
		form += button("skip", bypassAction, "Skip", quiet)
	}
	return form
}

func (f *flow) profileForm() string {
	form := "<p>The application asks for your profile.</p>\n"
	for _, a := range f.profileAttributes() {
		form += input{a.Name, a.DisplayName, "text", "on", f.account.get(a.Name)}.markup()
	}
	return form
}

func (f *flow) deviceForm() string {
	again := ""
	if f.device != nil {
		again = "<input type=\"hidden\" name=\"device\" value=\"" + html.EscapeString(f.device.id) + "\">\n"
	}
	other := f.deviceChoice()
	switch f.status {
	case statusDeviceSelection:
		return other + button("signon", "device.select", "Continue", "")
	case statusOTP:
		form := input{"otp", "Passcode", "text", "one-time-code", ""}.markup() + button("signon", "otp.check", "Verify", "")
		if other != "" {
			return form + other + button("change", "device.select", "Use this device", quiet)
		}
		return form + again + button("resend", "device.select", "Send the passcode again", quiet)
	case statusPush:
		form := "<p id=\"waiting\" role=\"status\">Approve the request on your phone.</p>\n"
		if other != "" {
			form += other + button("change", "device.select", "Use this device", quiet)
		}
		return form
	case statusPushTimedOut:
		return "<p>The request was not approved in time.</p>\n" + cmp.Or(other, again) + button("signon", "device.select", "Send again", "")
	case statusAssertion:
		form := "<p>This user has a security key, which the sandbox cannot read.</p>\n"
		if other != "" {
			form += other + button("change", "device.select", "Use this device", quiet)
		}
		return form
	}
	return ""
}

// deviceChoice is a list of the user's devices, with the selected one first, or
// "" for a user with one.
func (f *flow) deviceChoice() string {
	if f.account == nil || len(f.account.usable()) < 2 {
		return ""
	}
	markup := "<label for=\"device\">Device</label>\n<select id=\"device\" name=\"device\">\n"
	for _, d := range f.account.usable() {
		selected := ""
		if d == f.device {
			selected = " selected"
		}
		markup += "<option value=\"" + html.EscapeString(d.id) + "\"" + selected + ">" + html.EscapeString(d.title()) + "</option>\n"
	}
	return markup + "</select>\n"
}
