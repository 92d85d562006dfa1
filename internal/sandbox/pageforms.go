package sandbox

import (
	"cmp"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// input is a labelled field of a form.
type input struct {
	id, label, kind, autocomplete, value string
}

func (in input) markup() string {
	extra := ""
	if in.id == "otp" {
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

// showFlow is the page for the flow's status, with what was typed into the page before.
func (s *Sandbox) showFlow(c *call, f *flow, message string, typed url.Values) *answer {
	title, form, below := f.title(), f.form(typed), f.registerLink()
	if below != "" && c.query().Has("register") {
		title, form, below = "Create your account", registerForm(typed), f.pageLink("signon-link", "", "Sign on with an account")
	}
	var b strings.Builder
	b.WriteString("<p>to continue to <strong>" + html.EscapeString(f.req.app.Name) + "</strong></p>\n")
	b.WriteString(errorMarkup(message))
	if f.status == statusExternal {
		b.WriteString("<p><a id=\"provider\" href=\"" + html.EscapeString(s.authPath(c)+f.providerPath()) + "\">Sign on with Example Provider</a></p>\n")
	}
	b.WriteString("<form method=\"post\">\n" + form + button("cancel", "cancel", "Cancel", quiet) + "</form>\n" + below)
	b.WriteString(s.userChoice(f))
	b.WriteString("<p class=\"note\">This is a sandbox, not PingOne. Nothing here is real.</p>\n")
	a := htmlPage(http.StatusOK, title, b.String(), formTarget(f.req.redirectURI))
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

const registerAction = "user.register"

// registerLink leads to the page for new users, where the flow offers registration.
func (f *flow) registerLink() string {
	if !slices.Contains(f.offered(), registerAction) {
		return ""
	}
	return f.pageLink("register", "&register=true", "Create an account")
}

func (f *flow) pageLink(id, query, label string) string {
	return "<p><a id=\"" + id + "\" href=\"" + html.EscapeString("?flowId="+f.id+query) + "\">" + label + "</a></p>\n"
}

func registerForm(typed url.Values) string {
	return input{"username", "Username", "text", "username", typed.Get("username")}.markup() +
		input{"email", "Email", "email", "email", typed.Get("email")}.markup() +
		input{"new-password", "Password", "password", "new-password", ""}.markup() +
		button("signon", registerAction, "Register", "")
}

// userField tells a password manager the account of a form that does not ask for it.
func (f *flow) userField() string {
	return "<input type=\"text\" autocomplete=\"username\" value=\"" + html.EscapeString(f.account.Username) + "\" readonly hidden>\n"
}

// form returns the fields and buttons for the flow's status.
func (f *flow) form(typed url.Values) string {
	name := input{"username", "Username", "text", "username", cmp.Or(typed.Get("username"), f.req.loginHint)}.markup()
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
		return "<p>as <strong>" + html.EscapeString(f.account.Username) + "</strong></p>\n" + f.userField() + password +
			button("signon", "usernamePassword.check", "Sign on", "") + button("forgot", "password.forgot", "Forgot password", quiet) +
			button("reset", "session.reset", "Use another account", quiet)
	case statusMustChange, statusPasswordExpired:
		return f.userField() + input{"current-password", "Current password", "password", "current-password", ""}.markup() + newPassword +
			button("signon", "password.reset", "Change password", "")
	case statusRecoveryCode:
		return f.userField() + input{"recovery-code", "Recovery code", "text", "one-time-code", ""}.markup() + newPassword +
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
		form += input{a.Name, a.DisplayName, "text", autofill(a.Name), f.account.get(a.Name)}.markup()
	}
	return form
}

// autofill returns the token of HTML's autocomplete attribute for one of PingOne's attributes.
func autofill(attribute string) string {
	return cmp.Or(map[string]string{
		"name.given": "given-name", "name.family": "family-name", "email": "email", "mobilePhone": "tel",
		"address.streetAddress": "address-line1", "address.locality": "address-level2", "address.region": "address-level1",
		"address.postalCode": "postal-code", "address.countryCode": "country",
	}[attribute], "on")
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
		form := "<p>This user has a security key. In the sandbox, a button takes its place.</p>\n" + button("signon", keyAction, "Use the security key", "")
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
