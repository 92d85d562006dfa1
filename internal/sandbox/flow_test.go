package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

type object = map[string]any

// Each user ends where its note says.
func TestUsers(t *testing.T) {
	c := start(t)
	rows := map[string]struct {
		app    string // Plain when empty
		steps  []any  // action, body, status ...
		tokens bool
	}{
		"plain": {steps: []any{"", nil, statusCompleted}, tokens: true},
		"signs": {steps: []any{"", nil, statusCompleted}, tokens: true},
		"sms": {app: "MFA", tokens: true, steps: []any{
			"", nil, statusOTP, "otp.check", object{"otp": smsPasscode}, statusCompleted}},
		"totp": {app: "MFA", tokens: true, steps: []any{
			"", nil, statusOTP, "otp.check", object{"otp": c.passcode("totp")}, statusCompleted}},
		"devices": {app: "MFA", tokens: true, steps: []any{
			"", nil, statusDeviceSelection,
			"device.select", object{"device": object{"id": "de71ce00-0000-4000-8000-000000000041"}}, statusOTP,
			"device.select", object{"device": object{"id": "de71ce00-0000-4000-8000-000000000043"}}, statusPush,
			"GET", nil, statusPush, "GET", nil, statusPush, "GET", nil, statusCompleted}},
		"push-timeout": {app: "MFA", steps: []any{
			"", nil, statusPush, "GET", nil, statusPush, "GET", nil, statusPush, "GET", nil, statusPushTimedOut,
			"device.select", object{"device": object{"id": "de71ce00-0000-4000-8000-000000000007"}}, statusPush}},
		"push-denied": {app: "MFA", steps: []any{
			"", nil, statusPush, "GET", nil, statusPush, "GET", nil, statusPush, "GET", nil, statusFailed}},
		"fido2": {app: "MFA", steps: []any{"", nil, statusAssertion}},
		"must-change": {tokens: true, steps: []any{
			"", nil, statusMustChange,
			"password.reset", object{"currentPassword": passwordOf("must-change").Password, "newPassword": "Another-fake-1"}, statusCompleted}},
		"expired": {tokens: true, steps: []any{
			"", nil, statusPasswordExpired,
			"password.reset", object{"currentPassword": passwordOf("expired").Password, "newPassword": "Another-fake-1"}, statusCompleted}},
		"unverified": {tokens: true, steps: []any{
			"", nil, statusVerificationCode, "user.sendVerificationCode", object{}, statusVerificationCode,
			"user.verify", object{"verificationCode": verificationCode}, statusCompleted}},
		"no-password": {tokens: true, steps: []any{
			"password.forgot", object{"username": "no-password"}, statusRecoveryCode,
			"password.sendRecoveryCode", object{}, statusRecoveryCode,
			"password.recover", object{"recoveryCode": recoveryCode, "newPassword": "Another-fake-1"}, statusCompleted}},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			c := c.fresh(t)
			app := row.app
			if app == "" {
				app = "Plain"
			}
			c.walk(name, idOf(t, app), row.steps, row.tokens)
		})
	}
}

// Each policy asks for what its name says.
func TestPolicies(t *testing.T) {
	c := start(t)
	lookup := func(name string) []any { return []any{"user.lookup", object{"username": name}} }
	rows := map[string]struct {
		user   string
		steps  []any
		tokens bool
	}{
		"Identifier First": {"plain", append(lookup("plain"), statusPassword, "usernamePassword.check", object{"password": passwordOf("plain").Password}, statusCompleted), true},
		"Passwordless":     {"sms", append(lookup("sms"), statusOTP, "otp.check", object{"otp": smsPasscode}, statusCompleted), true},
		"MFA":              {"plain", []any{"", nil, statusFailed}, false},
		"MFA Bypass":       {"plain", []any{"", nil, statusCompleted}, true},
		"External IdP":     {"plain", []any{"GET", nil, statusExternal}, false},
		"Agreement":        {"plain", []any{"", nil, statusAgreement, "user.consent", object{"accept": true}, statusCompleted}, true},
		"Profile":          {"plain", []any{"", nil, statusProfile, "user.update", object{"name": object{"given": "Pat", "family": "Plain"}, "address": object{"locality": "Denver"}}, statusCompleted}, true},
		"Confirmation":     {"plain", []any{"", nil, statusConfirmation, "user.confirm", object{}, statusCompleted}, true},
		"Linking":          {"plain", []any{"GET", nil, statusLinking, "", nil, statusCompleted}, true},
		"Registration": {"plain", []any{
			"user.register", object{"username": "new", "email": "new@example.com", "password": "Another-fake-1"}, statusVerificationCode,
			"user.verify", object{"verificationCode": verificationCode}, statusCompleted}, true},
	}
	for app, row := range rows {
		t.Run(app, func(t *testing.T) { c.fresh(t).walk(row.user, idOf(t, app), row.steps, row.tokens) })
	}
	t.Run("agreement declined", func(t *testing.T) {
		c := c.fresh(t)
		id := c.flowID(c.authorize("client_id", idOf(t, "Agreement")))
		c.act(id, "usernamePassword.check", passwordOf("plain"))
		if r := c.act(id, "user.consent", object{"accept": false}); r.json(t)["status"] != statusFailed {
			t.Fatalf("declined: %s", r.body)
		}
		if _, v := answerOf(t, c.resume(id), "#"); v.Get("error") != "access_denied" || v.Get("state") == "" {
			t.Errorf("resume of a failed flow: %v", v)
		}
	})
	t.Run("login_hint identifies", func(t *testing.T) {
		c := c.fresh(t)
		if r := c.authorize("client_id", idOf(t, "Passwordless"), "login_hint", "sms", "response_mode", "pi.flow"); r.json(t)["status"] != statusOTP {
			t.Errorf("first status: %s", r.body)
		}
	})
}

// fresh is the same sandbox in another browser.
func (c *client) fresh(t testing.TB) *client {
	other := *c
	other.t, other.cookies = t, map[string]string{}
	return &other
}

func (c *client) passcode(username string) string {
	for _, u := range Users() {
		if u.Username == username {
			code, err := c.srv.TOTPCode(username)
			if err != nil {
				c.t.Fatal(err)
			}
			return code
		}
	}
	return ""
}

// walk runs steps of action, body and the status expected after it. The
// action "" is the user's password, GET reads.
func (c *client) walk(username, clientID string, steps []any, tokens bool) {
	c.t.Helper()
	id := c.flowID(c.authorize("client_id", clientID))
	for i := 0; i+2 < len(steps); i += 3 {
		action, body, want := steps[i].(string), steps[i+1], steps[i+2].(string)
		var r *reply
		switch action {
		case "":
			r = c.act(id, "usernamePassword.check", passwordOf(username))
		case "GET":
			r = c.flow(id)
		default:
			r = c.act(id, action, body)
		}
		if got := r.json(c.t)["status"]; got != want {
			c.t.Fatalf("step %d, %q: %s, want %s", i/3+1, action, r.body, want)
		}
	}
	if got := strings.Contains(c.resume(id).location(), "#access_token="); got != tokens {
		c.t.Errorf("tokens: %v, want %v", got, tokens)
	}
}

func TestFlowResource(t *testing.T) {
	c := start(t)
	id := c.flowID(c.authorize())
	j := c.flow(id).json(t)
	want := object{
		"id": id, "status": statusUsernamePassword, "resumeUrl": c.auth + "/as/resume?flowId=" + id,
		"createdAt": "2026-03-04T05:06:07.000Z", "expiresAt": "2026-03-04T05:21:07.000Z",
	}
	for name, value := range want {
		if j[name] != value {
			t.Errorf("%s = %v, want %v", name, j[name], value)
		}
	}
	var links []string
	for name, l := range j["_links"].(object) {
		links = append(links, name)
		if href := member(l, "href"); href != c.auth+"/flows/"+id && name != "signOnPage" {
			t.Errorf("link %s leads to %v", name, href)
		}
	}
	slices.Sort(links)
	if got := strings.Join(links, " "); got != "password.forgot self session.reset signOnPage usernamePassword.check" {
		t.Errorf("links: %s", got)
	}
	j = c.act(id, "usernamePassword.check", passwordOf("plain")).json(t)
	if member(j, "_links", "usernamePassword.check") != nil || j["environment"] != nil || member(j, "session", "id") == nil || member(j, "_embedded", "user", "username") != "plain" {
		t.Errorf("completed flow: %v", j)
	}
}

func TestFlowRefuses(t *testing.T) {
	c := start(t)
	id := c.flowID(c.authorize())
	url := c.auth + "/flows/" + id
	good := `{"username":"plain","password":"fake-password-1"}`
	const check = "application/vnd.pingidentity.usernamePassword.check+json"
	rows := map[string]struct {
		contentType, body string
		headers           []string
		status            int
		code              string
	}{
		"plain JSON":              {"application/json", good, nil, 415, "INVALID_REQUEST"},
		"a form":                  {"application/x-www-form-urlencoded", "username=plain", nil, 401, "ACCESS_FAILED"},
		"no media type":           {"", good, nil, 415, "INVALID_REQUEST"},
		"unknown action":          {"application/vnd.pingidentity.user.delete+json", good, nil, 415, "INVALID_REQUEST"},
		"action without +json":    {"application/vnd.pingidentity.usernamePassword.check", good, nil, 415, "INVALID_REQUEST"},
		"bearer token":            {check, good, []string{"Authorization", "Bearer x"}, 401, "ACCESS_FAILED"},
		"action not offered":      {"application/vnd.pingidentity.otp.check+json", `{"otp":"1"}`, nil, 400, "INVALID_REQUEST"},
		"registration is off":     {"application/vnd.pingidentity.user.register+json", good, nil, 400, "INVALID_REQUEST"},
		"broken JSON":             {check, `{"username"`, nil, 400, "INVALID_REQUEST"},
		"no username":             {check, `{"password":"x"}`, nil, 400, "INVALID_DATA"},
		"no password":             {check, `{"username":"plain"}`, nil, 400, "INVALID_DATA"},
		"wrong password":          {check, `{"username":"plain","password":"x"}`, nil, 400, "INVALID_DATA"},
		"unknown user":            {check, `{"username":"nobody","password":"x"}`, nil, 400, "INVALID_DATA"},
		"forgotten by a stranger": {"application/vnd.pingidentity.password.forgot+json", `{"username":"nobody"}`, nil, 404, "NOT_FOUND"},
	}
	for name, row := range rows {
		if r := c.do("POST", url, row.contentType, row.body, row.headers...); r.status != row.status || r.json(t)["code"] != row.code {
			t.Errorf("%s: %d %s, want %d %s", name, r.status, r.body, row.status, row.code)
		}
	}
	if r := c.get(url, "Authorization", "Bearer x"); r.status != 401 {
		t.Errorf("reading with a bearer token: %d", r.status)
	}
	if r := c.do("POST", url, check+"; charset=UTF-8", good); r.status != 200 {
		t.Errorf("with a charset: %d %s", r.status, r.body)
	}
	if r := c.do("POST", url, check, good); r.status != 400 {
		t.Errorf("after completion: %d %s", r.status, r.body)
	}
	if r := c.flow("0e5a11ab-0000-4000-8000-000000000000"); r.status != 404 || r.json(t)["code"] != "NOT_FOUND" {
		t.Errorf("unknown flow: %d %s", r.status, r.body)
	}
}

func TestWrongCredentialsLookTheSame(t *testing.T) {
	c := start(t)
	id := c.flowID(c.authorize())
	var first object
	for _, who := range []credentials{{"plain", "wrong"}, {"nobody", "wrong"}, {"no-password", "wrong"}, {"disabled", passwordOf("disabled").Password}} {
		r := c.act(id, "usernamePassword.check", who)
		j := r.json(t)
		delete(j, "id")
		if first == nil {
			first = j
		}
		if fmt.Sprint(j) != fmt.Sprint(first) || member(j, "details", "target") != "username" {
			t.Errorf("%s: %v, want %v", who.Username, j, first)
		}
	}
}

func TestLockout(t *testing.T) {
	c := start(t)
	id := c.flowID(c.authorize())
	for i := range maxFailures {
		r := c.act(id, "usernamePassword.check", credentials{"signs", "wrong"})
		locked := member(r.json(t), "details", "code") == "PASSWORD_LOCKED_OUT"
		if locked != (i == maxFailures-1) {
			t.Fatalf("failure %d: %s", i+1, r.body)
		}
	}
	c.clock.add(10 * time.Minute)
	r := c.act(id, "usernamePassword.check", passwordOf("signs"))
	if member(r.json(t), "details", "innerError", "secondsUntilUnlock") != 300.0 {
		t.Errorf("after 10 minutes: %s", r.body)
	}
	c.clock.add(5 * time.Minute)
	if r := c.act(id, "usernamePassword.check", passwordOf("signs")); r.json(t)["status"] != statusCompleted {
		t.Errorf("after 15 minutes: %s", r.body)
	}
	other := c.flowID(c.authorize("prompt", "login"))
	if r := c.act(other, "usernamePassword.check", passwordOf("locked")); member(r.json(t), "details", "code") != "PASSWORD_LOCKED_OUT" {
		t.Errorf("locked user: %s", r.body)
	}
}

func TestFlowExpiresWhenIdle(t *testing.T) {
	c := start(t)
	id := c.flowID(c.authorize())
	for range 3 {
		c.clock.add(14 * time.Minute)
		if r := c.flow(id); r.status != 200 {
			t.Fatalf("kept alive: %d", r.status)
		}
	}
	c.clock.add(15*time.Minute + time.Second)
	for name, r := range map[string]*reply{
		"read": c.flow(id), "act": c.act(id, "usernamePassword.check", passwordOf("plain")), "resume": c.resume(id),
	} {
		if r.status != 404 || r.json(t)["code"] != "NOT_FOUND" {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
}

func TestPasscodes(t *testing.T) {
	c := start(t)
	flow := func() string {
		id := c.flowID(c.authorize("acr_values", "Multi_Factor", "prompt", "login"))
		if r := c.act(id, "usernamePassword.check", passwordOf("totp")); r.json(t)["status"] != statusOTP {
			t.Fatalf("status %s", r.body)
		}
		return id
	}
	id, code := flow(), c.passcode("totp")
	if r := c.act(id, "otp.check", object{"otp": "000000"}); member(r.json(t), "details", "target") != "otp" {
		t.Errorf("wrong passcode: %s", r.body)
	}
	if r := c.act(id, "otp.check", object{"otp": code}); r.json(t)["status"] != statusCompleted {
		t.Fatalf("right passcode: %s", r.body)
	}
	_, v := answerOf(t, c.resume(id), "#")
	if _, claims := parts(t, v.Get("id_token")); claims["acr"] != "Multi_Factor" || fmt.Sprint(claims["amr"]) != "[pwd otp mfa]" {
		t.Errorf("acr %v, amr %v", claims["acr"], claims["amr"])
	}
	id = flow()
	if r := c.act(id, "otp.check", object{"otp": code}); r.status != 400 {
		t.Errorf("the same passcode again: %s", r.body)
	}
	c.clock.add(totpPeriod * time.Second)
	if r := c.act(id, "otp.check", object{"otp": c.passcode("totp")}); r.json(t)["status"] != statusCompleted {
		t.Errorf("the next passcode: %s", r.body)
	}
}

func TestNewPasswordIsChecked(t *testing.T) {
	c := start(t)
	id := c.flowID(c.authorize())
	current := passwordOf("must-change")
	c.act(id, "usernamePassword.check", current)
	for name, row := range map[string]struct{ current, next, target string }{
		"short":         {current.Password, "short", "newPassword"},
		"wrong current": {"wrong", "Long-enough-1", "currentPassword"},
	} {
		r := c.act(id, "password.reset", object{"currentPassword": row.current, "newPassword": row.next})
		if r.status != 400 || member(r.json(t), "details", "target") != row.target || strings.Contains(string(r.body), row.next) {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	id = c.flowID(c.authorize())
	c.act(id, "password.forgot", object{"username": "no-password"})
	if r := c.act(id, "password.recover", object{"recoveryCode": "WRONG000", "newPassword": "Long-enough-1"}); member(r.json(t), "details", "target") != "recoveryCode" {
		t.Errorf("wrong recovery code: %s", r.body)
	}
	id = c.flowID(c.authorize("client_id", idOf(t, "Registration")))
	if r := c.act(id, "user.register", object{"username": "plain", "email": "a@example.com", "password": "Long-enough-1"}); member(r.json(t), "details", "code") != "UNIQUENESS_VIOLATION" {
		t.Errorf("taken username: %s", r.body)
	}
}
