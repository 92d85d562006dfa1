package sandbox

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// again returns the answer to a request that only a session can satisfy.
func (c *client) again() url.Values {
	c.t.Helper()
	_, v := answerOf(c.t, c.authorize("prompt", "none"), "#")
	return v
}

func (c *client) passwordSignOn(username, password string) url.Values {
	c.t.Helper()
	id := c.flowID(c.authorize("prompt", "login"))
	c.act(id, "usernamePassword.check", credentials{username, password})
	_, v := answerOf(c.t, c.resume(id), "#")
	return v
}

func (c *client) claims(token string) map[string]any {
	c.t.Helper()
	_, claims := parts(c.t, token)
	return claims
}

func TestUsersAndApplicationsChange(t *testing.T) {
	t.Parallel()
	c := start(t)
	if _, err := c.srv.PutUsers([]byte(`[{"username":"ada","password":"Sandbox-Ada-1","claims":{"plan":"gold","n":12345678901234567890}},{"username":"bob"}]`)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.srv.PutApplications([]byte(`{"name":"Shop","client_id":"shop","redirect_uris":["https://shop.example.com/cb"]}`)); err != nil {
		t.Fatal(err)
	}
	first := c.passwordSignOn("ada", "Sandbox-Ada-1")
	if claims := c.claims(first.Get("id_token")); claims["plan"] != "gold" {
		t.Errorf("claims %v", claims)
	}
	if _, err := c.srv.PutUsers([]byte(`{"username":"ada","password":"Sandbox-Ada-2","claims":{"plan":"silver"}}`)); err != nil {
		t.Fatal(err)
	}
	renewed := c.again()
	if claims := c.claims(renewed.Get("id_token")); claims["plan"] != "silver" || claims["n"] != nil {
		t.Errorf("the session goes on with the claims %v", claims)
	}
	if err := c.srv.DeleteUser("ada"); err != nil {
		t.Fatal(err)
	}
	if got := c.again().Get("error"); got != "login_required" {
		t.Errorf("a deleted user's session: %q", got)
	}
	for _, a := range Applications() {
		if err := c.srv.DeleteApplication(a.ClientID); err != nil {
			t.Errorf("%s: %v", a.Name, err)
		}
	}
	if err := c.srv.DeleteApplication("shop"); err == nil || c.srv.Settings().ClientID != "shop" {
		t.Errorf("the last application is %q, %v", c.srv.Settings().ClientID, err)
	}
	if err := c.srv.Reset(); err != nil {
		t.Fatal(err)
	}
	if s := c.srv.Settings(); len(s.Users) != len(Users()) || len(s.Applications) != len(Applications()) {
		t.Errorf("after a reset: %d users, %d applications", len(s.Users), len(s.Applications))
	}
}

func TestItemsWithMistakes(t *testing.T) {
	t.Parallel()
	c := start(t)
	before := len(c.srv.Settings().Users)
	for text, want := range map[string]string{
		``:                          "expected JSON",
		`username: ada`:             "not JSON",
		`{"username":"a"}{}`:        "found more",
		`{"username":"a","emai":1}`: `emai: unknown key of a user; did you mean "email"?`,
		`[{"username":"new"},{"username":"x","groups":[1,{}]}]`:        "[1].groups[1]: expected text",
		`[{"username":"new"},{"username":"new"}]`:                      `[1]: the user "new" is taken`,
		`{"username":"a","username":"b"}`:                              "already in line 1",
		`{"username":"a","claims":{"iss":"x"}}`:                        `claims.iss: "iss" cannot be set`,
		`{"username":"a","id":"05e20000-0000-4000-8000-000000000001"}`: `id: the user ID "05e20000-0000-4000-8000-000000000001" is that of "plain"`,
		`"ada"`:  "expected a user",
		`null`:   "expected a user",
		`[null]`: "[0]: expected a user",
	} {
		_, err := c.srv.PutUsers([]byte(text))
		var wrong *TenantError
		if !errors.As(err, &wrong) || !strings.Contains(strings.TrimPrefix(wrong.Mistakes[0].Path+": "+wrong.Mistakes[0].Message, ": "), want) {
			t.Errorf("%s: %v; want %s", text, err, want)
		}
	}
	if now := len(c.srv.Settings().Users); now != before {
		t.Errorf("%d users, %d before", now, before)
	}
	for text, want := range map[string]string{
		`{"name":"A","scopes":["orders:raed"]}`:   `scopes[0]: no resource has the scope "orders:raed"; did you mean "orders:read"?`,
		`{"name":"A","policies":["Multi_Facto"]}`: `policies[0]: unknown policy`,
		`{"name":"A","redirect_uris":["/cb"]}`:    "redirect_uris[0]: a redirect URI is absolute",
	} {
		if _, err := c.srv.PutApplications([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %s", text, err, want)
		}
	}
	if names, err := c.srv.PutUsers([]byte(`{"username":"\ud83d\ude00 \u00e4"}`)); err != nil || names[0] != "😀 ä" {
		t.Errorf("escapes: %q, %v", names, err)
	}
}

func TestSwitchForSomeRequests(t *testing.T) {
	t.Parallel()
	c := start(t)
	if err := c.srv.SetFor(SwitchState{Name: "wrong-nonce", For: 1}); err != nil {
		t.Fatal(err)
	}
	if err := c.srv.SetFor(SwitchState{Name: "html-502", For: 2}); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{502, 502, 200} { // of any leg
		if r := c.get(c.auth + []string{"/as/jwks", "/as/authorize", "/as/jwks"}[i]); r.status != want {
			t.Errorf("request %d: status %d, want %d", i+1, r.status, want)
		}
	}
	if nonce := c.claims(c.passwordSignOn("plain", "fake-password-1").Get("id_token"))["nonce"]; !strings.HasPrefix(nonce.(string), "not-") {
		t.Errorf("the first nonce is %v", nonce)
	}
	if nonce := c.claims(c.again().Get("id_token"))["nonce"]; strings.HasPrefix(nonce.(string), "not-") {
		t.Errorf("the second nonce is %v", nonce)
	}
	if on := c.srv.SwitchesOn(); len(on) != 0 {
		t.Errorf("still on: %v", on)
	}
	other, plain := SwitchState{Name: "expired", Application: "Token Only"}, SwitchState{Name: "expired", Application: "Plain"}
	expired := func() bool {
		claims := c.claims(c.again().Get("id_token"))
		return claims["exp"].(float64) < float64(c.clock.now().Unix())
	}
	if err := c.srv.SetFor(other); err != nil || expired() {
		t.Errorf("the switch of another application acts (%v)", err)
	}
	if err := c.srv.SetFor(plain); err != nil || !expired() {
		t.Errorf("the application's switch does not act (%v)", err)
	}
	if err := c.srv.Unset("expired", "Plain"); err != nil || expired() {
		t.Errorf("the application's switch still acts (%v)", err)
	}
}

func TestClockAndExpiry(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.passwordSignOn("plain", "fake-password-1")
	if err := c.srv.MoveClock(29 * 24 * time.Hour); err != nil || c.again().Get("id_token") == "" {
		t.Errorf("the session ended after 29 days (%v)", err)
	}
	if err := c.srv.MoveClock(31 * 24 * time.Hour); err != nil || c.again().Get("error") != "login_required" {
		t.Errorf("the session goes on after 60 days (%v)", err)
	}
	c.srv.RealClock()
	if now, shift := c.srv.Clock(); shift != 0 || !now.Equal(c.clock.now()) {
		t.Errorf("the clock is %s, shifted by %s", now, shift)
	}
	c.passwordSignOn("plain", "fake-password-1")
	if n, err := c.srv.ExpireSessions("staff"); n != 0 || err != nil || c.again().Get("id_token") == "" {
		t.Errorf("another user's sessions: %d, %v", n, err)
	}
	if n, err := c.srv.ExpireSessions(""); n != 1 || err != nil || c.again().Get("error") != "login_required" {
		t.Errorf("all sessions: %d, %v", n, err)
	}
	flow := c.authorize("prompt", "login")
	if n, err := c.srv.ExpireFlows(""); n != 1 || err != nil {
		t.Errorf("all flows: %d, %v", n, err)
	}
	if r := c.get(c.auth + "/flows/" + c.flowID(flow)); r.status != http.StatusNotFound {
		t.Errorf("an expired flow: status %d", r.status)
	}
}

func TestKeysRotateAndStay(t *testing.T) {
	t.Parallel()
	c := start(t)
	first := c.srv.KeyIDs()
	if err := c.srv.RotateAndKeep(); err != nil {
		t.Fatal(err)
	}
	if ids := c.srv.KeyIDs(); len(ids) != 3 || ids[0] != first[1] || ids[2] != first[0] {
		t.Errorf("published %v, before %v", ids, first)
	}
	if err := c.srv.Rotate(); err != nil {
		t.Fatal(err)
	}
	if ids := c.srv.KeyIDs(); len(ids) != 2 {
		t.Errorf("published %v", ids)
	}
}

func TestMint(t *testing.T) {
	t.Parallel()
	c := start(t)
	good, err := c.srv.Mint(TokenRequest{User: "staff", Nonce: "n", Scope: "openid email", Claims: map[string]any{"roles": []string{"a"}, "sid": nil}})
	if err != nil {
		t.Fatal(err)
	}
	if claims := c.claims(good); claims["nonce"] != "n" || claims["email"] != "staff@example.com" || claims["sid"] != nil || claims["iss"] != c.auth+"/as" {
		t.Errorf("claims %v", claims)
	}
	wrong, err := c.srv.Mint(TokenRequest{Switches: []string{"wrong-key", "expired"}, Claims: map[string]any{"aud": "x"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.srv.ownClaims(wrong); err != nil { // the key is the next one
		t.Error(err)
	}
	access, err := c.srv.Mint(TokenRequest{Type: "access_token", Application: "Resources", Scope: "openid orders:read"})
	if err != nil {
		t.Fatal(err)
	}
	if r := c.do("GET", c.auth+"/as/userinfo", "", "", "Authorization", "Bearer "+access); r.status != 200 {
		t.Errorf("userinfo: %d", r.status)
	}
	for _, bad := range []TokenRequest{{Type: "refresh_token"}, {User: "none"}, {Application: "none"}, {Switches: []string{"expird"}}, {Switches: []string{"html-502:jwks"}}, {Switches: []string{"slow"}}} {
		if _, err := c.srv.Mint(bad); err == nil {
			t.Errorf("%+v was made", bad)
		}
	}
	if len(c.srv.SwitchesOn()) != 0 {
		t.Error("a switch of one token is on for all")
	}
}

func TestJournal(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.passwordSignOn("plain", "fake-password-1")
	c.get(c.auth + "/as/authorize?client_id=c11e0000-0000-4000-8000-00000000000x&response_type=token")
	entries, last := c.srv.Journal().Read(JournalFilter{})
	if last != len(entries) || entries[0].Leg != legAuthorize || entries[0].Application != "Plain" || entries[0].Parameters.Get("client_id") == "" {
		t.Errorf("the first of %d is %+v", last, entries[0])
	}
	if e := entries[len(entries)-1]; !strings.Contains(e.Explanation, `the closest is "c11e0000`) {
		t.Errorf("nothing says which application is the closest: %+v", e)
	}
	tokens, _ := c.srv.Journal().Read(JournalFilter{Leg: legResume, User: "plain", Outcome: "tokens", Application: "Plain", Status: 302, Path: "/as"})
	if len(tokens) != 1 {
		t.Errorf("%d resumes with tokens", len(tokens))
	}
	if later, _ := c.srv.Journal().Read(JournalFilter{After: last - 1, Outcome: "flow"}); len(later) != 0 {
		t.Errorf("after the last but one: %v", later)
	}
	c.srv.Journal().Clear()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if none, now := c.srv.Journal().Wait(ctx, JournalFilter{}); len(none) != 0 || now != last {
		t.Errorf("after a clear: %v, number %d", none, now)
	}
	for range maxJournal + 10 {
		c.srv.journal.add(Event{})
	}
	if all, now := c.srv.Journal().Read(JournalFilter{}); len(all) != maxJournal || all[len(all)-1].Number != now {
		t.Errorf("%d entries, the last %d", len(all), now)
	}
}

// What was locked while the clock was ahead is free when it is back; what the tenant
// locks is not.
func TestWaitsEndWhenTheClockGoesBack(t *testing.T) {
	t.Parallel()
	c := start(t)
	signOn := func(username, password string) any {
		id := c.flowID(c.authorize("prompt", "login"))
		return c.act(id, "usernamePassword.check", credentials{username, password}).json(t)["status"]
	}
	b := c.fresh(t)
	id := b.toPasscode("sms")
	passcode := func(code string) any { return b.act(id, "otp.check", object{"otp": code}).json(t)["status"] }
	must(t, c.srv.MoveClock(10*time.Minute))
	for range 5 {
		signOn("plain", "wrong")
	}
	for range 3 {
		passcode("wrong")
	}
	if signOn("plain", "fake-password-1") == statusCompleted || passcode(smsPasscode) == statusCompleted {
		t.Fatal("not locked")
	}
	c.srv.RealClock()
	if user, device := signOn("plain", "fake-password-1"), passcode(smsPasscode); user != statusCompleted || device != statusCompleted {
		t.Errorf("back again: the user %v, the device %v", user, device)
	}
	must(t, c.srv.MoveClock(-time.Hour))
	if got := signOn("locked", "fake-password-12"); got == statusCompleted {
		t.Error("the locked user signs on")
	}
}

// A sandbox that runs for weeks under load keeps the newest flows and sessions.
func TestFlowsAndSessionsAreBounded(t *testing.T) {
	t.Parallel()
	c := start(t)
	now := c.clock.now()
	c.srv.mu.Lock()
	for i := range maxFlows {
		id := strconv.Itoa(i)
		c.srv.flows[id] = &flow{id: id, req: new(authRequest), expires: now.Add(time.Second + time.Duration(i))}
	}
	for i := range maxSessions {
		c.srv.sessions[strconv.Itoa(i)] = &session{account: c.srv.accounts["staff"], seen: now.Add(time.Duration(i - maxSessions))}
	}
	c.srv.mu.Unlock()
	c.passwordSignOn("plain", "fake-password-1")
	for range 20 {
		c.authorize("prompt", "login")
	}
	renewed := c.again()
	c.srv.mu.Lock()
	defer c.srv.mu.Unlock()
	if flows, sessions := len(c.srv.flows), len(c.srv.sessions); flows != maxFlows || sessions != maxSessions {
		t.Errorf("%d flows, %d sessions", flows, sessions)
	}
	if renewed.Get("id_token") == "" || c.srv.sessions[strconv.Itoa(maxSessions-1)] == nil || c.srv.flows[strconv.Itoa(maxFlows-1)] == nil {
		t.Error("the newest ones were dropped")
	}
}

func TestClockIsNotBeforeWhatWasSet(t *testing.T) {
	t.Parallel()
	real := time.Date(2026, 3, 4, 5, 6, 7, 123_600_001, time.UTC)
	s, err := New(Options{Keys: SharedKeys(), Now: func() time.Time { return real }})
	must(t, err)
	for _, to := range []time.Time{time.Unix(0, 0), real.Add(1700), real.Add(-1700)} {
		must(t, s.SetClock(to))
		if now, _ := s.Clock(); now.Before(to) || now.Sub(to) >= time.Millisecond {
			t.Errorf("set to %s, it is %s", to, now)
		}
	}
}

// A passcode that was used while the clock was ahead does not refuse those of now; one
// of now is still taken once.
func TestPasscodesAfterTheClockWentBack(t *testing.T) {
	t.Parallel()
	c := start(t)
	status := func() any {
		b := c.fresh(t)
		id := b.toPasscode("totp")
		return b.act(id, "otp.check", object{"otp": c.passcode("totp")}).json(t)["status"]
	}
	if err := c.srv.MoveClock(24 * time.Hour); err != nil || status() != statusCompleted {
		t.Fatalf("a day ahead: %v", err)
	}
	c.srv.RealClock()
	if first, second := status(), status(); first != statusCompleted || second == statusCompleted {
		t.Errorf("back again: %v, then the same passcode: %v", first, second)
	}
}

// What a fault answers has no outcome of PingOne's; the journal names the fault.
func TestJournalNamesTheFault(t *testing.T) {
	t.Parallel()
	c := start(t)
	if err := c.srv.SetFor(SwitchState{Name: "html-502:jwks", For: 1}); err != nil {
		t.Fatal(err)
	}
	c.get(c.auth + "/as/jwks")
	c.get(c.auth + "/as/jwks")
	entries, _ := c.srv.Journal().Read(JournalFilter{Leg: "jwks"})
	if len(entries) != 2 || entries[0].Outcome != "html-502" || entries[1].Outcome != "" {
		t.Errorf("%+v", entries)
	}
}
