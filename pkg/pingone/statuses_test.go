package pingone_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// user answers what is known, and first what is written down for a status.
type user struct {
	known pingone.Answers
	first map[string][]pingone.Answer
	asked []pingone.Question
}

func (u *user) Answer(ctx context.Context, q pingone.Question) (pingone.Answer, error) {
	u.asked = append(u.asked, q)
	if next := u.first[q.Flow.Status]; len(next) > 0 {
		u.first[q.Flow.Status] = next[1:]
		return next[0], nil
	}
	q.Refused = nil // a user at a terminal may try again
	return u.known.Answer(ctx, q)
}

// statuses returns what was asked: each status once in a row.
func (u *user) statuses() (list []string) {
	for _, q := range u.asked {
		list = append(list, q.Flow.Status)
	}
	return slices.Compact(list)
}

type bodies struct {
	sync.Mutex
	next http.Handler
	sent []string
}

func (b *bodies) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.Lock()
	b.sent = append(b.sent, r.Method+" "+r.Header.Get("Content-Type"))
	b.Unlock()
	b.next.ServeHTTP(w, r)
}

// actions returns the actions that were sent.
func (b *bodies) actions() (names []string) {
	for _, line := range b.sent {
		if name, ok := strings.CutPrefix(line, "POST application/vnd.pingidentity."); ok {
			names = append(names, strings.TrimSuffix(name, "+json"))
		}
	}
	return names
}

// environment is a sandbox with a client for one of its applications.
type environment struct {
	box    *sandbox.Sandbox
	calls  *bodies
	client *pingone.Client
	req    *implicit.Request
	now    time.Time
	slept  []time.Duration
}

func newEnvironment(t *testing.T, application, mode string, switches ...string) *environment {
	t.Helper()
	e := &environment{now: time.Date(2026, 1, 2, 14, 20, 10, 0, time.UTC)}
	var err error
	if e.box, err = sandbox.New(sandbox.Options{Keys: sandbox.SharedKeys(), Switches: switches, Now: func() time.Time { return e.now }}); err != nil {
		t.Fatal(err)
	}
	e.calls = &bodies{next: e.box}
	srv := httptest.NewServer(e.calls)
	t.Cleanup(srv.Close)
	its := e.box.Settings()
	env, err := pingone.ParseEnvironment(srv.URL + "/" + its.EnvironmentID)
	if err != nil {
		t.Fatal(err)
	}
	e.client = &pingone.Client{Environment: env, HTTP: &implicit.Client{Now: func() time.Time { return e.now }},
		Sleep: func(_ context.Context, d time.Duration) error {
			e.now, e.slept = e.now.Add(d), append(e.slept, d)
			return nil
		}}
	i := slices.IndexFunc(its.Applications, func(a sandbox.Application) bool { return a.Name == application })
	if i < 0 {
		t.Fatalf("no application %s", application)
	}
	e.req = e.client.NewRequest(its.Applications[i].ClientID, "https://app.example.com/callback")
	e.req.ResponseMode = mode
	return e
}

func (e *environment) account(t *testing.T, name string) sandbox.User {
	t.Helper()
	for _, u := range e.box.Settings().Users {
		if u.Username == name {
			return u
		}
	}
	t.Fatalf("no user %s", name)
	return sandbox.User{}
}

const (
	smsCode   = "246810"
	emailCode = "24681012"
	recovery  = "RECOVER1"
	verified  = "VERIFY01"
	strong    = "A-new-fake-1!"
)

func secret(s string) implicit.Secret { return implicit.NewSecret(s) }

func with(field pingone.Field, value string) pingone.Answer {
	return pingone.Answer{Values: map[pingone.Field]implicit.Secret{field: secret(value)}}
}

func instead(c pingone.Choice, values ...string) pingone.Answer {
	a := pingone.Answer{Choice: c, Values: map[pingone.Field]implicit.Secret{}}
	for i := 0; i+1 < len(values); i += 2 {
		a.Values[pingone.Field(values[i])] = secret(values[i+1])
	}
	return a
}

// outcome is a row of the table: what a user does, and what becomes of it.
type outcome struct {
	name, app, user string
	switches        string
	given           map[pingone.Field]string
	first           map[string][]pingone.Answer
	reason          pingone.Reason // of the error; empty: see needs
	needs           string         // of an InteractionRequiredError; with neither there are tokens
	says            string         // in the error
	asked           string         // the statuses after the user name and the password
	sent            string         // the actions
}

func outcomes() []outcome {
	type given = map[pingone.Field]string
	type first = map[string][]pingone.Answer
	const (
		check  = "usernamePassword.check"
		otp    = "OTP_REQUIRED"
		choose = "DEVICE_SELECTION_REQUIRED"
		push   = "PUSH_CONFIRMATION_REQUIRED"
		late   = "PUSH_CONFIRMATION_TIMED_OUT"
		user   = "USERNAME_PASSWORD_REQUIRED"
	)
	passcode := func(codes ...string) (list []pingone.Answer) {
		for _, code := range codes {
			list = append(list, with(pingone.FieldPasscode, code))
		}
		return list
	}
	credentials := func(name string, passwords ...string) (list []pingone.Answer) {
		for _, p := range passwords {
			list = append(list, pingone.Answer{Values: map[pingone.Field]implicit.Secret{pingone.FieldUsername: secret(name), pingone.FieldPassword: secret(p)}})
		}
		return list
	}
	reset := func(passwords ...string) (list []pingone.Answer) {
		for _, p := range passwords {
			list = append(list, with(pingone.FieldNewPassword, p))
		}
		return list
	}
	return []outcome{
		{name: "password", app: "Plain", user: "plain", sent: check},
		{name: "password, wrong once", app: "Plain", user: "plain", first: first{user: credentials("plain", "wrong")}, sent: check + " " + check},
		{name: "password, wrong three times", app: "Plain", user: "plain", first: first{user: credentials("plain", "wrong", "worse", "worst")},
			reason: pingone.ReasonWrongCredentials, sent: check + " " + check + " " + check},
		{name: "password, the same again", app: "Plain", user: "plain", first: first{user: credentials("plain", "wrong", "wrong")},
			reason: pingone.ReasonWrongCredentials, sent: check},
		{name: "password, wrong twice with failures left", app: "Plain", user: "plain", switches: "bad-credentials-password", first: first{user: credentials("plain", "wrong", "worse")}, sent: check + " " + check + " " + check},
		{name: "password, wrong in a flow with an error", app: "Plain", user: "plain", switches: "bad-credentials-error-object", first: first{user: credentials("plain", "wrong")}, sent: check + " " + check},
		{name: "password, wrong in a flow that says nothing", app: "Plain", user: "plain", switches: "bad-credentials-200", first: first{user: credentials("plain", "wrong")}, sent: check + " " + check},
		{name: "password, locked out", app: "Plain", user: "plain", switches: "lock-out", reason: pingone.ReasonLockedOut, says: "until 14:35 UTC, for another 15 minutes", sent: check},
		{name: "password, locked out for a day", app: "Plain", user: "locked", reason: pingone.ReasonLockedOut, says: "until 3 January 14:20 UTC, for another 24 hours", sent: check},
		{name: "password, none set", app: "Plain", user: "no-password", switches: "no-password-code", given: given{pingone.FieldPassword: "x"}, reason: pingone.ReasonNoPassword, sent: check},
		{name: "flow expired", app: "Plain", user: "plain", switches: "flow-expired", reason: pingone.ReasonFlowGone, sent: check},
		{name: "gave up", app: "Plain", user: "plain", given: given{pingone.FieldPassword: ""}, needs: implicit.NeedsAnswer, says: "no password"},
		{name: "identifier first", app: "Identifier First", user: "plain", sent: "user.lookup " + check},
		{name: "identifier first, unknown once", app: "Identifier First", user: "plain", first: first{"SIGN_ON_REQUIRED": {with(pingone.FieldUsername, "nemo")}}, sent: "user.lookup user.lookup " + check},

		{name: "expired password", app: "Plain", user: "expired", given: given{pingone.FieldNewPassword: strong}, asked: "PASSWORD_EXPIRED", sent: check + " password.reset"},
		{name: "password to be changed", app: "Plain", user: "must-change", given: given{pingone.FieldNewPassword: strong}, asked: "MUST_CHANGE_PASSWORD", sent: check + " password.reset"},
		{name: "new password, weak once", app: "Plain", user: "expired", given: given{pingone.FieldNewPassword: strong}, first: first{"PASSWORD_EXPIRED": reset("short")}, asked: "PASSWORD_EXPIRED", sent: check + " password.reset password.reset"},
		{name: "new password, always weak", app: "Plain", user: "expired", first: first{"PASSWORD_EXPIRED": reset("short", "password", "12345678")}, reason: pingone.ReasonWeakPassword,
			says: "more kinds of characters (upper case, lower case, digits, special characters), not a commonly used password", sent: check + " password.reset password.reset password.reset"},
		{name: "new password, not given", app: "Plain", user: "expired", needs: implicit.NeedsAnswer, says: "no newPassword", sent: check},

		{name: "recovery", app: "Plain", user: "plain", first: first{user: {instead(pingone.Recover)}}, given: given{pingone.FieldRecoveryCode: recovery, pingone.FieldNewPassword: strong},
			asked: "RECOVERY_CODE_REQUIRED", sent: "password.forgot password.recover"},
		{name: "recovery, wrong once", app: "Plain", user: "plain", given: given{pingone.FieldRecoveryCode: recovery, pingone.FieldNewPassword: strong},
			first: first{user: {instead(pingone.Recover, "username", "plain")}, "RECOVERY_CODE_REQUIRED": {{Values: map[pingone.Field]implicit.Secret{pingone.FieldRecoveryCode: secret("WRONG123"), pingone.FieldNewPassword: secret(strong)}}}},
			asked: "RECOVERY_CODE_REQUIRED", sent: "password.forgot password.recover password.recover"},
		{name: "recovery, sent again", app: "Plain", user: "plain", given: given{pingone.FieldRecoveryCode: recovery, pingone.FieldNewPassword: strong},
			first: first{user: {instead(pingone.Recover)}, "RECOVERY_CODE_REQUIRED": {instead(pingone.Resend)}}, asked: "RECOVERY_CODE_REQUIRED", sent: "password.forgot password.sendRecoveryCode password.recover"},
		{name: "recovery, wrong code", app: "Plain", user: "plain", given: given{pingone.FieldRecoveryCode: "WRONG123", pingone.FieldNewPassword: strong},
			first: first{user: {instead(pingone.Recover)}}, reason: pingone.ReasonWrongCode, sent: "password.forgot password.recover"},
		{name: "recovery of an unknown user", app: "Plain", user: "plain", first: first{user: {instead(pingone.Recover, "username", "nemo")}}, reason: pingone.ReasonNotFound, says: "does not know this user", sent: "password.forgot"},
		{name: "verification", app: "Plain", user: "unverified", given: given{pingone.FieldVerificationCode: verified}, asked: "VERIFICATION_CODE_REQUIRED", sent: check + " user.verify"},
		{name: "verification, wrong once", app: "Plain", user: "unverified", given: given{pingone.FieldVerificationCode: verified}, first: first{"VERIFICATION_CODE_REQUIRED": {with(pingone.FieldVerificationCode, "NO")}}, asked: "VERIFICATION_CODE_REQUIRED", sent: check + " user.verify user.verify"},
		{name: "verification, sent again", app: "Plain", user: "unverified", given: given{pingone.FieldVerificationCode: verified}, first: first{"VERIFICATION_CODE_REQUIRED": {instead(pingone.Resend)}}, asked: "VERIFICATION_CODE_REQUIRED", sent: check + " user.sendVerificationCode user.verify"},

		{name: "devices", app: "MFA", user: "devices", given: given{pingone.FieldDevice: "sms", pingone.FieldPasscode: smsCode}, asked: choose + " " + otp, sent: check + " device.select otp.check"},
		{name: "devices, by nickname", app: "MFA", user: "devices", given: given{pingone.FieldDevice: "Phone"}, asked: choose + " " + push, sent: check + " device.select"},
		{name: "devices, none named", app: "MFA", user: "devices", needs: implicit.NeedsAnswer, says: `"SMS" "*******42"`, sent: check},
		{name: "devices, an unknown one", app: "MFA", user: "devices", given: given{pingone.FieldDevice: "carrier pigeon"}, needs: implicit.NeedsAnswer, says: "carrier pigeon", sent: check},
		{name: "passcode", app: "MFA", user: "sms", given: given{pingone.FieldPasscode: smsCode}, asked: otp, sent: check + " otp.check"},
		{name: "passcode of eight digits", app: "MFA", user: "email", given: given{pingone.FieldPasscode: emailCode}, asked: otp, sent: check + " otp.check"},
		{name: "passcode, wrong once", app: "MFA", user: "sms", given: given{pingone.FieldPasscode: smsCode}, first: first{otp: passcode("000000")}, asked: otp, sent: check + " otp.check otp.check"},
		{name: "passcode, wrong once, INVALID_VALUE", app: "MFA", user: "sms", switches: "bad-otp-value", given: given{pingone.FieldPasscode: smsCode}, first: first{otp: passcode("000000")}, asked: otp, sent: check + " otp.check otp.check"},
		{name: "passcode, the same again", app: "MFA", user: "sms", first: first{otp: passcode("000000", "000000")}, reason: pingone.ReasonWrongPasscode, sent: check + " otp.check"},
		{name: "passcode, wrong to the cool-down", app: "MFA", user: "sms", first: first{otp: passcode("000000", "111111", "222222", smsCode)}, reason: pingone.ReasonCoolDown,
			says: "until 14:22 UTC, for another 2 minutes", sent: check + " otp.check otp.check otp.check"},
		{name: "passcode, cool-down", app: "MFA", user: "sms", switches: "cool-down", given: given{pingone.FieldPasscode: smsCode}, reason: pingone.ReasonCoolDown, sent: check + " otp.check"},
		{name: "passcode, transaction gone", app: "MFA", user: "sms", switches: "passcode-gone", given: given{pingone.FieldPasscode: smsCode}, reason: pingone.ReasonPasscodeGone, sent: check + " otp.check"},
		{name: "passcode, sent again", app: "MFA", user: "sms", given: given{pingone.FieldPasscode: smsCode}, first: first{otp: {instead(pingone.Resend)}}, asked: otp, sent: check + " device.select otp.check"},
		{name: "passcode of another device", app: "MFA", user: "devices", given: given{pingone.FieldPasscode: smsCode},
			first: first{choose: {with(pingone.FieldDevice, "totp")}, otp: {instead(pingone.OtherDevice, "device", "sms")}}, asked: choose + " " + otp, sent: check + " device.select device.select otp.check"},
		{name: "passcode, the flow is at another device than the wanted one", app: "MFA", user: "devices", given: given{pingone.FieldDevice: "sms", pingone.FieldPasscode: smsCode},
			first: first{choose: {with(pingone.FieldDevice, "totp")}}, asked: choose + " " + otp, sent: check + " device.select device.select otp.check"},
		{name: "passcode, not given", app: "MFA", user: "sms", needs: implicit.NeedsAnswer, says: "no otp", sent: check},
		{name: "second factor skipped", app: "MFA Skip", user: "sms", first: first{otp: {instead(pingone.Skip)}}, asked: otp, sent: check + " multiFactorAuthentication.bypass"},

		{name: "push", app: "MFA", user: "push", asked: push, sent: check},
		{name: "push, denied", app: "MFA", user: "push-denied", reason: pingone.ReasonPushDenied, sent: check},
		{name: "push, timed out", app: "MFA", user: "push-timeout", first: first{late: {with(pingone.FieldAccept, "")}}, needs: implicit.NeedsAnswer, says: "no device", sent: check},
		{name: "push, sent again", app: "MFA", user: "push-retry", first: first{late: {instead(pingone.Resend)}}, asked: push + " " + late + " " + push, sent: check + " device.select"},
		{name: "push, another device", app: "MFA", user: "devices", given: given{pingone.FieldPasscode: smsCode},
			first: first{choose: {with(pingone.FieldDevice, "push")}, push: {instead(pingone.OtherDevice, "device", "sms")}}, asked: choose + " " + push + " " + otp, sent: check + " device.select device.select otp.check"},
		{name: "no usable device", app: "MFA", user: "push-blocked", reason: pingone.ReasonNoDevice, sent: check},
		{name: "a blocked device", app: "MFA", user: "all-devices", given: given{pingone.FieldDevice: "de71ce00-0000-4000-8000-000000000248"}, reason: pingone.ReasonNoDevice, sent: check + " device.select"},
		{name: "user without a device", app: "MFA", user: "plain", reason: pingone.ReasonNoDevice, sent: check},

		{name: "agreement", app: "Agreement", user: "plain", given: given{pingone.FieldAccept: "true"}, asked: "AGREEMENT_CONSENT_REQUIRED", sent: check + " user.consent"},
		{name: "agreement, declined", app: "Agreement", user: "plain", given: given{pingone.FieldAccept: "false"}, reason: pingone.ReasonDeclined, sent: check + " user.consent"},
		{name: "agreement, no answer", app: "Agreement", user: "plain", needs: implicit.NeedsAnswer, sent: check},
		{name: "profile", app: "Profile", user: "plain", given: given{"name.given": "Pat", "name.family": "Plain", "address.locality": "Denver"}, asked: "PROFILE_DATA_REQUIRED", sent: check + " user.update"},
		{name: "profile, one value missing", app: "Profile", user: "plain", given: given{"name.given": "Pat"}, needs: implicit.NeedsAnswer, says: "name.family", sent: check},
		{name: "five steps", app: "Five Steps", user: "devices", given: given{pingone.FieldDevice: "sms", pingone.FieldPasscode: smsCode, pingone.FieldAccept: "true"},
			asked: "PASSWORD_REQUIRED " + choose + " " + otp + " AGREEMENT_CONSENT_REQUIRED", sent: "user.lookup " + check + " device.select otp.check user.consent"},

		{name: "security key", app: "MFA", user: "fido2", needs: implicit.NeedsBrowser, says: "FIDO2", sent: check},
		{name: "identity provider, from the check", app: "Plain", user: "external", needs: implicit.NeedsBrowser, says: "identity provider", sent: check},
		{name: "identity provider", app: "External IdP", user: "plain", needs: implicit.NeedsBrowser, says: "identity provider"},
		{name: "linking", app: "Linking", user: "plain", needs: implicit.NeedsBrowser, says: "linked"},
		{name: "confirmation", app: "Confirmation", user: "plain", needs: implicit.NeedsBrowser, says: "confirmed", sent: check},
		{name: "unknown status", app: "Plain", user: "plain", switches: "unknown-status", needs: implicit.NeedsBrowser},
	}
}

func TestEveryStatusAndOutcome(t *testing.T) {
	modes := []string{"fragment", "pi.flow"}
	if testing.Short() {
		modes = modes[:1]
	}
	for _, mode := range modes {
		for _, row := range outcomes() {
			t.Run(mode+"/"+row.name, func(t *testing.T) { row.run(t, mode) })
		}
	}
}

// The outcomes are the same under every reading of PingOne's pages.
func TestEveryOutcomeUnderEveryReading(t *testing.T) {
	if testing.Short() {
		t.Skip("a matrix")
	}
	for _, reading := range []string{"action-errors-in-flow", "action-errors-403", "inner-error-lower-case", "lockout-in-flow", "new-flow-id", "flow-json",
		"vendor-media-type", "cookies-at-authorize", "cookies-on-every-leg", "load-balancer-cookie", "cookie-path-environment", "external-social-providers"} {
		for _, row := range outcomes() {
			if strings.HasPrefix(row.switches, "bad-credentials") {
				continue // another reading of the same thing
			}
			row.switches += " " + reading
			t.Run(reading+"/"+row.name, func(t *testing.T) { row.run(t, "fragment") })
		}
	}
}

func (row outcome) run(t *testing.T, mode string) {
	e := newEnvironment(t, row.app, mode, strings.Fields(row.switches)...)
	account := e.account(t, row.user)
	u := &user{first: maps.Clone(row.first), known: pingone.Answers{pingone.FieldUsername: secret(account.Username), pingone.FieldPassword: secret(account.Password)}}
	for field, value := range row.given {
		u.known[field] = secret(value)
	}
	resp, err := e.client.SignOn(t.Context(), e.req, u)
	if row.reason != "" || row.needs != "" {
		row.refused(t, err, u)
	} else if err != nil || resp.AccessToken.Empty() {
		t.Errorf("%v", err)
	}
	if got := strings.Join(e.calls.actions(), " "); got != row.sent {
		t.Errorf("sent %s, expected %s", got, row.sent)
	}
	later := slices.DeleteFunc(u.statuses(), func(s string) bool { return s == "USERNAME_PASSWORD_REQUIRED" || s == "SIGN_ON_REQUIRED" })
	if got := strings.Join(later, " "); row.asked != "" && got != row.asked {
		t.Errorf("asked for %s, expected %s", got, row.asked)
	}
	for _, d := range e.slept {
		if d <= 0 || d > 3*time.Second {
			t.Errorf("waits %v before a look at a push", d)
		}
	}
}

func (row outcome) refused(t *testing.T, err error, u *user) {
	var refused *pingone.Error
	var required *implicit.InteractionRequiredError
	switch {
	case err == nil:
		t.Fatal("it succeeds")
	case row.reason != "" && (!errors.As(err, &refused) || refused.Reason != row.reason):
		t.Errorf("%#v, expected %s", err, row.reason)
	case row.needs != "" && (!errors.As(err, &required) || required.Needs != row.needs):
		t.Errorf("%#v, expected one that needs %s", err, row.needs)
	case !strings.Contains(err.Error(), row.says):
		t.Errorf("the error lacks %q: %v", row.says, err)
	}
	for field, value := range u.known {
		if field != pingone.FieldUsername && field != pingone.FieldDevice && len(value.Reveal()) > 5 && strings.Contains(err.Error(), value.Reveal()) {
			t.Errorf("the error holds the %s: %v", field, err)
		}
	}
}
