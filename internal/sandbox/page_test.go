package sandbox

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// submitPage posts the form of the sign-on page.
func (c *client) submitPage(id string, fields ...string) *reply {
	c.t.Helper()
	v := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		v.Set(fields[i], fields[i+1])
	}
	return c.do("POST", c.auth+"/signon/?flowId="+id, "application/x-www-form-urlencoded", v.Encode())
}

func (c *client) showPage(id string) string {
	c.t.Helper()
	r := c.get(c.auth + "/signon/?flowId=" + id)
	if r.status != 200 {
		c.t.Fatalf("page = %d %s", r.status, r.body)
	}
	return string(r.body)
}

func TestPageSignsOn(t *testing.T) {
	c := start(t)
	r := c.authorize("login_hint", `"><script>alert(1)</script>`, "acr_values", "Multi_Factor")
	id := c.flowID(r)
	page := c.get(r.location())
	for _, want := range []string{`<label for="username">`, `<input id="username" name="username" type="text"`, `<label for="password">`, `<button id="signon"`, `name="viewport"`, "prefers-color-scheme", `&#34;&gt;&lt;script&gt;`} {
		if !strings.Contains(string(page.body), want) {
			t.Errorf("page lacks %q", want)
		}
	}
	if csp := page.header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "form-action 'self' http://127.0.0.1:8400;") {
		t.Errorf("CSP = %q", csp)
	}
	r = c.submitPage(id, "action", "usernamePassword.check", "username", "sms", "password", "wrong")
	if body := string(r.body); !strings.Contains(body, `role="alert">Invalid username`) || !strings.Contains(body, `value="sms"`) || strings.Contains(body, "wrong") {
		t.Errorf("wrong password: %d %s", r.status, body)
	}
	r = c.submitPage(id, "action", "usernamePassword.check", "username", "sms", "password", passwordOf("sms").Password)
	if !strings.Contains(string(r.body), `id="otp"`) {
		t.Fatalf("no passcode field: %s", r.body)
	}
	r = c.submitPage(id, "action", "otp.check", "otp", smsPasscode)
	if r.status != 303 || r.location() != c.auth+"/as/resume?flowId="+id {
		t.Fatalf("after the passcode: %d %q", r.status, r.location())
	}
	if !hasTokens(c.get(r.location())) {
		t.Error("resume gave no tokens")
	}
}

func TestPageCancel(t *testing.T) {
	c := start(t)
	id := c.flowID(c.authorize())
	r := c.submitPage(id, "action", "cancel")
	if r.status != 303 {
		t.Fatalf("cancel = %d", r.status)
	}
	if _, v := answerOf(t, c.get(r.location()), "#"); v.Get("error") != "access_denied" || v.Get("state") != "a=state==" {
		t.Errorf("resume after cancel: %v", v)
	}
}

// Every status has a page whose form holds what its action needs.
func TestPageForEveryStatus(t *testing.T) {
	c := start(t)
	rows := map[string]struct {
		app, user string
		want      string
	}{
		"identifier first": {"Identifier First", "", `value="user.lookup"`},
		"linking":          {"Linking", "", `id="password"`},
		"external":         {"External IdP", "", `id="provider" href="/` + EnvironmentID + `/rp/authenticate?providerId=`},
		"agreement":        {"Agreement", "plain", `value="user.consent"`},
		"profile":          {"Profile", "plain", `value="user.update"`},
		"confirmation":     {"Confirmation", "plain", `value="user.confirm"`},
		"must change":      {"Plain", "must-change", `id="new-password"`},
		"expired":          {"Plain", "expired", `id="current-password"`},
		"unverified":       {"Plain", "unverified", `id="verification-code"`},
		"devices":          {"MFA", "devices", `<select id="device"`},
		"push":             {"MFA", "push", `id="waiting"`},
		"fido2":            {"MFA", "fido2", `value="security-key"`},
		"passcode":         {"MFA", "email", `value="device.select" class="quiet" formnovalidate>Send the passcode again`},
		"other device":     {"MFA", "all-devices", `>WHATSAPP *******45</option>`},
		"skip":             {"MFA Skip", "sms", `value="` + bypassAction + `"`},
		"decline":          {"Agreement", "plain", `value="decline"`},
		"profile data":     {"Profile", "plain", `<label for="address.locality">City</label>`},
		"external user":    {"Plain", "external", `id="provider"`},
		"registration":     {"Registration", "", `<a id="register" href="?flowId=`},
		"known user":       {"Plain", "expired", `autocomplete="username" value="expired" readonly hidden>`},
		"verify again":     {"Plain", "unverified", `value="user.sendVerificationCode"`},
	}
	for name, row := range rows {
		c := c.fresh(t)
		id := c.flowID(c.authorize("client_id", idOf(t, row.app)))
		if row.user != "" {
			c.act(id, "usernamePassword.check", passwordOf(row.user))
		}
		if page := c.showPage(id); !strings.Contains(page, row.want) || !strings.Contains(page, `id="cancel"`) {
			t.Errorf("%s: page lacks %q:\n%s", name, row.want, page)
		}
	}
	id := c.flowID(c.authorize("response_mode", "pi.flow"))
	c.submitPage(id, "action", "password.forgot", "username", "no-password")
	if page := c.showPage(id); !strings.Contains(page, `id="recovery-code"`) {
		t.Errorf("recovery: %s", page)
	}
}

func TestPagePushFinishesByItself(t *testing.T) {
	c := start(t)
	id := c.flowID(c.authorize("client_id", idOf(t, "MFA")))
	if r := c.submitPage(id, "action", "usernamePassword.check", "username", "push", "password", passwordOf("push").Password); !strings.HasPrefix(r.header.Get("Refresh"), "2; url=/") {
		t.Errorf("Refresh = %q", r.header.Get("Refresh"))
	}
	var r *reply
	for range 3 {
		r = c.get(c.auth + "/signon/?flowId=" + id)
	}
	if r.status != 303 || !hasTokens(c.get(r.location())) {
		t.Errorf("third poll = %d", r.status)
	}
}

func TestPageRegisters(t *testing.T) {
	c := start(t)
	id := c.flowID(c.authorize("client_id", idOf(t, "Registration")))
	register := func(password string) string {
		form := url.Values{"action": {registerAction}, "username": {"ada"}, "email": {"ada@example.com"}, "new-password": {password}}
		return string(c.do("POST", c.auth+"/signon/?flowId="+id+"&register=true", "application/x-www-form-urlencoded", form.Encode()).body)
	}
	for _, want := range []string{`value="ada@example.com"`, "a valid length", `value="user.register"`} {
		if page := register("short"); !strings.Contains(page, want) {
			t.Errorf("a refused password: no %s on %s", want, page)
		}
	}
	if page := register("Another-fake-1"); !strings.Contains(page, `id="verification-code"`) {
		t.Fatalf("registered: %s", page)
	}
	r := c.submitPage(id, "action", "user.verify", "verification-code", verificationCode)
	if r.status != 303 || !hasTokens(c.get(r.location())) {
		t.Errorf("verified: %d", r.status)
	}
}

// The five steps of one policy, by forms alone.
func TestPageFiveSteps(t *testing.T) {
	c := start(t)
	id := c.flowID(c.authorize("client_id", idOf(t, "Five Steps")))
	var r *reply
	for _, step := range [][]string{
		{"user.lookup", "username", "devices"},
		{"usernamePassword.check", "password", passwordOf("devices").Password},
		{"device.select", "device", "de71ce00-0000-4000-8000-000000000042"},
		{"otp.check", "otp", smsPasscode},
		{"user.consent", "accept", "true"},
	} {
		if page := c.showPage(id); !strings.Contains(page, `value="`+step[0]+`"`) {
			t.Fatalf("no %s on %s", step[0], page)
		}
		r = c.submitPage(id, append([]string{"action"}, step...)...)
	}
	if r.status != 303 || !hasTokens(c.get(r.location())) {
		t.Errorf("after five steps: %d %q", r.status, r.location())
	}
}

func TestPageDeclinesAndFillsIn(t *testing.T) {
	c := start(t)
	id := c.flowID(c.authorize("client_id", idOf(t, "Agreement")))
	c.act(id, "usernamePassword.check", passwordOf("plain"))
	r := c.submitPage(id, "accept", "true", "action", "decline")
	if _, v := answerOf(t, c.get(r.location()), "#"); v.Get("error") != "access_denied" {
		t.Errorf("declined: %v", v)
	}
	id = c.flowID(c.authorize("client_id", idOf(t, "Profile"), "prompt", "login"))
	c.act(id, "usernamePassword.check", passwordOf("plain"))
	if r := c.submitPage(id, "action", "user.update", "name.given", "", "name.family", "P", "address.locality", "X"); !strings.Contains(string(r.body), "must not be empty") {
		t.Errorf("an empty attribute: %s", r.body)
	}
	r = c.submitPage(id, "action", "user.update", "name.given", "Paula", "name.family", "P", "address.locality", "X")
	if r.status != 303 || !hasTokens(c.get(r.location())) {
		t.Errorf("profile: %d %s", r.status, r.body)
	}
}

func TestPagePushAgain(t *testing.T) {
	c := start(t)
	id := c.flowID(c.authorize("client_id", idOf(t, "MFA")))
	c.submitPage(id, "action", "usernamePassword.check", "username", "push-retry", "password", passwordOf("push-retry").Password)
	for range pushPolls {
		c.get(c.auth + "/signon/?flowId=" + id)
	}
	if page := c.showPage(id); !strings.Contains(page, "not approved in time") {
		t.Fatalf("timed out: %s", page)
	}
	r := c.submitPage(id, "action", "device.select", "device", "de71ce00-0000-4000-8000-000000000022")
	for range pushPolls {
		r = c.get(c.auth + "/signon/?flowId=" + id)
	}
	if r.status != 303 || !hasTokens(c.get(r.location())) {
		t.Errorf("sent again: %d %q", r.status, r.location())
	}
}

func TestPageExternalProvider(t *testing.T) {
	c := start(t)
	id := c.flowID(c.authorize("client_id", idOf(t, "External IdP")))
	r := c.do("POST", c.auth+"/rp/authenticate?flowId="+id, "application/x-www-form-urlencoded", "")
	if r.status != 303 || !hasTokens(c.get(r.location())) {
		t.Errorf("provider = %d %q", r.status, r.location())
	}
}

func TestPageRefuses(t *testing.T) {
	c := start(t)
	id := c.flowID(c.authorize())
	if r := c.get(c.auth + "/signon/?flowId=" + id[1:]); r.status != 404 {
		t.Errorf("unknown flow: %d", r.status)
	}
	entered := c.toPasscode("sms")
	if r := c.fresh(t).submitPage(entered, "action", "cancel"); r.status != 403 || c.flow(entered).json(t)["status"] != statusOTP {
		t.Errorf("another browser: %d", r.status)
	}
	if r := c.submitPage(id, "action", "otp.check", "otp", "1"); r.status != 200 || !strings.Contains(string(r.body), "moved on") {
		t.Errorf("an action not offered: %d %s", r.status, r.body)
	}
	mismatch := c.get(c.authorize("redirect_uri", "https://attacker.example.com/").location())
	if mismatch.status != 400 || !regexp.MustCompile(`id="error" role="alert">Redirect URI mismatch.*Correlation ID`).Match(mismatch.body) {
		t.Errorf("hosted error: %d %s", mismatch.status, mismatch.body)
	}
	if r := c.get(c.auth + "/signon/?error=" + url.QueryEscape("<script>alert(1)</script>")); strings.Contains(string(r.body), "<script>") {
		t.Errorf("error text is not escaped: %s", r.body)
	}
}

func TestPageTargetOfIPv6IsAScheme(t *testing.T) {
	for uri, want := range map[string]string{"http://[::1]:8400/callback": "http:", "https://app.example.com/callback": "https://app.example.com", "": "'self'"} {
		if got := formTarget(uri); got != want {
			t.Errorf("formTarget(%q) = %q, want %q", uri, got, want)
		}
	}
}
