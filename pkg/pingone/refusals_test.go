package pingone

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// everything answers whatever is asked.
var everything = Answers{
	FieldUsername: implicit.NewSecret("jane"), FieldPassword: implicit.NewSecret("old-password-1"), FieldNewPassword: implicit.NewSecret("new-password-1"),
	FieldPasscode: implicit.NewSecret("123456"), FieldRecoveryCode: implicit.NewSecret("RECOVER1"), FieldVerificationCode: implicit.NewSecret("VERIFY01"),
	FieldDevice: implicit.NewSecret("D"), FieldAccept: implicit.NewSecret("true"), "email": implicit.NewSecret("jane@example.com"),
}

// at returns a flow with its action, one device and one attribute.
func at(status, action string, more ...string) reply {
	embedded := `"_embedded":{"devices":[{"id":"D","type":"SMS"}],"attributes":[{"name":"email","displayName":"E-mail"}]}`
	return reply{status: 200, body: flowBody(status, []string{action}, append([]string{embedded, `"selectedDevice":{"id":"D"}`}, more...)...)}
}

// What PingOne says in an error body it may say inside of a flow: it means the
// same, and nothing is sent again.
func TestRefusalsOutsideAndInsideAFlow(t *testing.T) {
	const (
		password = "usernamePassword.check"
		cool     = `"innerError":{"coolDownExpiresAt":4102444800000}`
	)
	rows := []struct {
		name, status, action string
		detail               string // the details' only entry
		reason               Reason
		says                 string
	}{
		{"wrong credentials of 2026", "USERNAME_PASSWORD_REQUIRED", password, `"code":"INVALID_VALUE","target":"username","message":"Invalid username and/or password."`, ReasonWrongCredentials, "wrong user name or password"},
		{"wrong credentials of 2021", "USERNAME_PASSWORD_REQUIRED", password, `"code":"INVALID_CREDENTIALS"`, ReasonWrongCredentials, ""},
		{"wrong password with the failures that remain", "PASSWORD_REQUIRED", password, `"code":"INVALID_VALUE","target":"password","innerError":{"failuresRemaining":4}`, ReasonWrongCredentials, ""},
		{"locked out", "USERNAME_PASSWORD_REQUIRED", password, `"code":"PASSWORD_LOCKED_OUT","innerError":{"secondsUntilUnlock":5400}`, ReasonLockedOut, "for another 1 hour 30 minutes"},
		{"no password", "USERNAME_PASSWORD_REQUIRED", password, `"code":"NO_PASSWORD"`, ReasonNoPassword, ""},
		{"weak password", "PASSWORD_EXPIRED", "password.reset", `"code":"INVALID_VALUE","target":"password","innerError":{"minCharacters":"A sentence.","unsatisfiedRequirements":["minCharacters","minCharacters","length","maxRepeatedCharacters","minUniqueCharacters","excludesCommonlyUsed"]}`, ReasonWeakPassword, "more kinds of characters"},
		{"wrong old password", "MUST_CHANGE_PASSWORD", "password.reset", `"code":"CONSTRAINT_VIOLATION","message":"No."`, ReasonPasswordRefused, "current one is wrong"},
		{"wrong old password, named", "MUST_CHANGE_PASSWORD", "password.reset", `"code":"INVALID_VALUE","target":"currentPassword"`, ReasonPasswordRefused, ""},
		{"wrong recovery code", "RECOVERY_CODE_REQUIRED", "password.recover", `"code":"INVALID_VALUE","target":"recoveryCode"`, ReasonWrongCode, "wrong code"},
		{"wrong verification code", "VERIFICATION_CODE_REQUIRED", "user.verify", `"code":"INVALID_VALUE","target":"verificationCode"`, ReasonWrongCode, ""},
		{"wrong passcode", "OTP_REQUIRED", "otp.check", `"code":"INVALID_OTP"`, ReasonWrongPasscode, "wrong passcode"},
		{"wrong passcode, another code", "OTP_REQUIRED", "otp.check", `"code":"INVALID_VALUE","target":"otp"`, ReasonWrongPasscode, ""},
		{"too many passcodes", "OTP_REQUIRED", "otp.check", `"code":"QUOTA_EXCEEDED",` + cool, ReasonCoolDown, "until 1 January 00:00"},
		{"no usable device", "DEVICE_SELECTION_REQUIRED", "device.select", `"code":"NO_USABLE_DEVICES"`, ReasonNoDevice, "cannot be used"},
		{"too many pushes", "DEVICE_SELECTION_REQUIRED", "device.select", `"code":"QUOTA_EXCEEDED",` + cool, ReasonPushBlocked, "until"},
		{"agreement declined", "AGREEMENT_CONSENT_REQUIRED", "user.consent", `"code":"CONSENT_DECLINED"`, ReasonDeclined, ""},
		{"profile data", "PROFILE_DATA_REQUIRED", "user.update", `"code":"INVALID_VALUE","target":"email"`, ReasonInvalidValue, ""},
		{"unknown user", "SIGN_ON_REQUIRED", "user.lookup", `"code":"INVALID_VALUE","target":"username"`, ReasonWrongCredentials, "unknown user name"},
	}
	for _, row := range rows {
		body := `{"id":"i","code":"INVALID_DATA","message":"m","details":[{` + row.detail + `}]}`
		for where, refused := range map[string]reply{
			"a body":                     {status: 400, body: body},
			"a flow":                     at(row.status, row.action, `"error":{`+row.detail+`}`),
			"a flow, with details":       at(row.status, row.action, `"error":`+body),
			"a flow that failed with it": at("FAILED", row.action, `"error":{`+row.detail+`}`),
		} {
			if where == "a flow that failed with it" && (!slices.Contains([]Reason{ReasonLockedOut, ReasonNoDevice, ReasonDeclined, ReasonWrongPasscode}, row.reason) ||
				strings.Contains(row.detail, "INVALID_VALUE")) {
				continue // its code alone does not name the reason
			}
			t.Run(row.name+" in "+where, func(t *testing.T) {
				s, c := newScript(t, usual(map[string][]reply{flowGet: {at(row.status, row.action)}, flowPost: {refused}}))
				c.HTTP.Now = func() time.Time { return time.Date(2026, 1, 2, 14, 20, 10, 0, time.UTC) }
				_, err := c.SignOn(t.Context(), c.NewRequest("app", redirectURI), everything)
				var e *Error
				if !errors.As(err, &e) || e.Reason != row.reason {
					t.Fatalf("%+v, expected %s", err, row.reason)
				}
				if !strings.Contains(err.Error(), row.says) {
					t.Errorf("the error lacks %q: %v", row.says, err)
				}
				if n := strings.Count(err.Error(), "more kinds of characters"); n > 1 {
					t.Errorf("a rule is said %d times: %v", n, err)
				}
				if posts := s.posts(); posts != 1 {
					t.Errorf("%d actions were sent", posts)
				}
			})
		}
	}
}

func (s *script) posts() (n int) {
	for _, r := range s.requests {
		if r.Method == "POST" {
			n++
		}
	}
	return n
}

func TestRefusalsOfTheEdge(t *testing.T) {
	for _, row := range []struct {
		name   string
		answer reply
		reason Reason
	}{
		{"no such route", reply{status: 403, body: `{"message":"Missing Authentication Token"}`}, ReasonNoRoute},
		{"a limit in front of PingOne", reply{status: 429, media: "text/html", body: "<title>Just a moment</title>"}, ReasonRateLimited},
		{"a limit", reply{status: 429, body: `{"code":"REQUEST_LIMITED","details":[{"code":"QUOTA_EXCEEDED"}]}`}, ReasonRateLimited},
		{"passcode gone", reply{status: 500, body: `{"code":"UNEXPECTED_ERROR","message":"m"}`}, ReasonPasscodeGone},
		{"passcode gone, 410", reply{status: 410, body: `{"code":"GONE","message":"m"}`}, ReasonPasscodeGone},
		{"flow gone", reply{status: 404, body: `{"code":"NOT_FOUND","message":"m"}`}, ReasonFlowGone},
		{"media type", reply{status: 401, body: `{"code":"ACCESS_FAILED","details":[{"code":"INVALID_TOKEN"}]}`}, ReasonUnauthorized},
	} {
		s, c := newScript(t, usual(map[string][]reply{flowGet: {at("OTP_REQUIRED", "otp.check")}, flowPost: {row.answer}}))
		_, err := c.SignOn(t.Context(), c.NewRequest("app", redirectURI), everything)
		var e *Error
		if !errors.As(err, &e) || e.Reason != row.reason || s.posts() != 1 {
			t.Errorf("%s: %v, after %d actions", row.name, err, s.posts())
		}
	}
}

// A flow that has expired is told so at every status, after one action.
func TestAFlowThatHasExpired(t *testing.T) {
	for _, st := range statuses() {
		if st.action.name == "" || strings.HasPrefix(st.name, "PUSH_") {
			continue
		}
		status := reply{status: 200, body: flowBody(st.name, []string{st.action.name}, `"_embedded":{"devices":[{"id":"D","type":"SMS"}],"attributes":[{"name":"email"}]}`)}
		s, c := newScript(t, usual(map[string][]reply{flowGet: {status}, flowPost: {{status: 404, body: `{"code":"NOT_FOUND","message":"m"}`}}}))
		answers := Answers{"email": implicit.NewSecret("x")}
		maps.Copy(answers, everything)
		_, err := c.SignOn(t.Context(), c.NewRequest("app", redirectURI), answers)
		var e *Error
		if !errors.As(err, &e) || e.Reason != ReasonFlowGone || s.posts() != 1 {
			t.Errorf("%s: %v, after %d actions", st.name, err, s.posts())
		}
	}
}

// stubborn answers always, whatever was refused.
type stubborn func(attempt int) Answers

func (f stubborn) Answer(_ context.Context, q Question) (Answer, error) {
	return Answer{Values: f(q.Attempt)}, nil
}

// Where one failure more would lock the user out, or the action is not offered any
// more, nothing else is tried.
func TestNoFurtherTry(t *testing.T) {
	again := at("OTP_REQUIRED", "otp.check")
	wrong := func(inner string) reply {
		return reply{status: 400, body: `{"code":"INVALID_DATA","details":[{"code":"INVALID_OTP","innerError":{` + inner + `}}]}`}
	}
	for _, row := range []struct {
		name  string
		get   []reply
		wrong reply
		posts int
	}{
		{"tries left", []reply{again}, wrong(""), 3},
		{"two left", []reply{again}, wrong(`"attemptsRemaining":2`), 3},
		{"one left", []reply{again}, wrong(`"failuresRemaining":1`), 1},
		{"none left", []reply{again}, wrong(`"failuresRemaining":0`), 1},
		{"no longer offered", []reply{again, at("OTP_REQUIRED", "device.select")}, wrong(""), 1},
		{"moved on", []reply{again, at("DEVICE_SELECTION_REQUIRED", "device.select")}, wrong(""), 1},
		{"the flow is gone", []reply{again, {status: 404, body: `{"code":"NOT_FOUND"}`}}, wrong(""), 1},
	} {
		s, c := newScript(t, usual(map[string][]reply{flowGet: row.get, flowPost: {row.wrong}}))
		_, err := c.SignOn(t.Context(), c.NewRequest("app", redirectURI), stubborn(func(attempt int) Answers {
			return Answers{FieldPasscode: implicit.NewSecret(fmt.Sprint("12345", attempt))}
		}))
		var e *Error
		if !errors.As(err, &e) || e.Reason != ReasonWrongPasscode || s.posts() != row.posts {
			t.Errorf("%s: %v, after %d passcodes", row.name, err, s.posts())
		}
	}
}

// A passcode that cannot be one is not worth a try.
func TestImpossibleValues(t *testing.T) {
	for value, at := range map[string]reply{
		"12 345":        at("OTP_REQUIRED", "otp.check"),
		"123":           at("OTP_REQUIRED", "otp.check"),
		"1234567890123": at("OTP_REQUIRED", "otp.check"),
		"p\xe4ss":       at("USERNAME_PASSWORD_REQUIRED", "usernamePassword.check"),
		"perhaps":       at("AGREEMENT_CONSENT_REQUIRED", "user.consent"),
	} {
		s, c := newScript(t, usual(map[string][]reply{flowGet: {at}}))
		v := implicit.NewSecret(value)
		_, err := c.SignOn(t.Context(), c.NewRequest("app", redirectURI), Answers{FieldPasscode: v, FieldUsername: implicit.NewSecret("jane"), FieldPassword: v, FieldAccept: v})
		if !asKind(err, new(*implicit.RequestError)) || s.posts() != 0 {
			t.Errorf("%q: %v, after %d actions", value, err, s.posts())
		}
	}
}

func TestBodies(t *testing.T) {
	for _, row := range []struct {
		first  reply
		action string
		body   string
	}{
		{at("PASSWORD_EXPIRED", "password.reset"), "password.reset", `{"currentPassword":"old-password-1","newPassword":"new-password-1"}`},
		{at("RECOVERY_CODE_REQUIRED", "password.recover"), "password.recover", `{"newPassword":"new-password-1","recoveryCode":"RECOVER1"}`},
		{at("VERIFICATION_CODE_REQUIRED", "user.verify"), "user.verify", `{"verificationCode":"VERIFY01"}`},
		{at("DEVICE_SELECTION_REQUIRED", "device.select"), "device.select", `{"device":{"id":"D"}}`},
		{at("OTP_REQUIRED", "otp.check"), "otp.check", `{"otp":"123456"}`},
		{at("AGREEMENT_CONSENT_REQUIRED", "user.consent"), "user.consent", `{"accept":true}`},
		{reply{status: 200, body: flowBody("PROFILE_DATA_REQUIRED", []string{"user.update"}, `"_embedded":{"promptText":"More","attributes":[{"name":"email"},{"name":"name.given"},{"name":"name.family"}]}`)},
			"user.update", `{"email":"jane@example.com","name":{"family":"Doe","given":"Jane"}}`},
	} {
		s, c := newScript(t, usual(map[string][]reply{flowGet: {row.first}}))
		known := Answers{"name.given": implicit.NewSecret("Jane"), "name.family": implicit.NewSecret("Doe")}
		for f, v := range everything {
			known[f] = v
		}
		if _, err := c.SignOn(t.Context(), c.NewRequest("app", redirectURI), known); err != nil {
			t.Errorf("%s: %v", row.action, err)
			continue
		}
		if got := s.requests[2].Header.Get("Content-Type"); got != "application/vnd.pingidentity."+row.action+"+json" || s.bodies[2] != row.body {
			t.Errorf("sent %s %s", got, s.bodies[2])
		}
	}
}

// A push is looked at every 3 s, until the phone has answered, the client's wait is
// over, or the context is.
func TestPush(t *testing.T) {
	waits := at("PUSH_CONFIRMATION_REQUIRED", "device.select")
	now := time.Date(2026, 1, 2, 14, 20, 10, 0, time.UTC)
	setUp := func(t *testing.T, get ...reply) (*script, *Client, *[]time.Duration) {
		s, c := newScript(t, usual(map[string][]reply{flowGet: get}))
		var slept []time.Duration
		c.HTTP.Now = func() time.Time { return now }
		c.Sleep = func(ctx context.Context, d time.Duration) error {
			now, slept = now.Add(d), append(slept, d)
			return ctx.Err()
		}
		return s, c, &slept
	}
	t.Run("confirmed", func(t *testing.T) {
		_, c, slept := setUp(t, waits, waits, waits, completed)
		asked := 0
		_, err := c.SignOn(t.Context(), c.NewRequest("app", redirectURI), AnswerFunc(func(_ context.Context, q Question) (Answer, error) {
			if asked++; q.Attempt != asked || len(q.Fields) != 0 {
				t.Errorf("question %d: %+v", asked, q)
			}
			now = now.Add(time.Second) // waits for a key
			return Answer{}, nil
		}))
		if err != nil || asked != 3 || !slices.Equal(*slept, []time.Duration{2 * time.Second, 2 * time.Second, 2 * time.Second}) {
			t.Errorf("%v, asked %d times, slept %v", err, asked, *slept)
		}
	})
	t.Run("never", func(t *testing.T) {
		s, c, _ := setUp(t, waits)
		c.Wait = time.Minute
		_, err := c.SignOn(t.Context(), c.NewRequest("app", redirectURI), Answers{})
		var e *Error
		if !errors.As(err, &e) || e.Reason != ReasonPushTimedOut || len(s.requests) > 25 {
			t.Errorf("%v, after %d requests", err, len(s.requests))
		}
	})
	t.Run("never, now on one phone and now on another", func(t *testing.T) {
		var all []reply
		for i := range 100 {
			all = append(all, reply{status: 200, body: flowBody("PUSH_CONFIRMATION_REQUIRED", []string{"device.select"},
				`"_embedded":{"devices":[{"id":"D0","type":"MOBILE"},{"id":"D1","type":"MOBILE"}]}`, fmt.Sprintf(`"selectedDevice":{"id":"D%d"}`, i%2))})
		}
		s, c, _ := setUp(t, all...)
		c.Wait = time.Minute
		_, err := c.SignOn(t.Context(), c.NewRequest("app", redirectURI), Answers{})
		var e *Error
		if !errors.As(err, &e) || e.Reason != ReasonPushTimedOut || len(s.requests) > 25 {
			t.Errorf("%v, after %d requests", err, len(s.requests))
		}
	})
	t.Run("timed out, for given values", func(t *testing.T) {
		s, c, _ := setUp(t, waits, at("PUSH_CONFIRMATION_TIMED_OUT", "device.select"))
		_, err := c.SignOn(t.Context(), c.NewRequest("app", redirectURI), everything)
		var e *Error
		if !errors.As(err, &e) || e.Reason != ReasonPushTimedOut || s.posts() != 0 {
			t.Errorf("%v, after %d actions", err, s.posts())
		}
	})
	t.Run("interrupted", func(t *testing.T) {
		_, c, _ := setUp(t, waits)
		ctx, cancel := context.WithCancel(t.Context())
		c.Sleep = func(context.Context, time.Duration) error { cancel(); return ctx.Err() }
		if _, err := c.SignOn(ctx, c.NewRequest("app", redirectURI), Answers{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
}

// Skip is an action of the flow, never one that was made up.
func TestSkip(t *testing.T) {
	skip := AnswerFunc(func(context.Context, Question) (Answer, error) { return Answer{Choice: Skip}, nil })
	s, c := newScript(t, usual(map[string][]reply{flowGet: {at("OTP_REQUIRED", "otp.check")}}))
	if _, err := c.SignOn(t.Context(), c.NewRequest("app", redirectURI), skip); err == nil || s.posts() != 0 {
		t.Errorf("%v, after %d actions", err, s.posts())
	}
	both := reply{status: 200, body: flowBody("OTP_REQUIRED", []string{"otp.check", "mfa.bypass"})}
	s, c = newScript(t, usual(map[string][]reply{flowGet: {both}}))
	if _, err := c.SignOn(t.Context(), c.NewRequest("app", redirectURI), skip); err != nil || !strings.Contains(s.requests[2].Header.Get("Content-Type"), "mfa.bypass") {
		t.Errorf("%v: %v", err, s.requests[2].Header)
	}
}

func TestBrowserOnly(t *testing.T) {
	page := reply{status: 200, media: "text/html", body: `<script>var skProps = {"accessToken":"secret-of-the-page"}</script>`}
	idp := `"_embedded":{"identityProvider":{"name":"Example Corp","_links":{"authenticate":{"href":"https://idp.example.com"}}}}`
	for name, change := range map[string]map[string][]reply{
		"DaVinci's page at authorize": {authorizePath: {page}},
		"DaVinci's page at the check": {flowPost: {page}},
		"DaVinci's JSON at the check": {flowPost: {{status: 200, body: `{"interactionId":"x","connectorId":"y"}`}}},
		"an identity provider":        {flowPost: {{status: 200, body: flowBody("EXTERNAL_AUTHENTICATION_REQUIRED", nil, idp)}}},
		"a way to one":                {authorizePath: {{status: 302, location: "BASE/rp/authenticate?providerId=x"}}},
		"an experience":               {authorizePath: {{status: 302, location: "BASE/experiences/x?redirectUri=y"}}},
		"a profile without a list":    {flowPost: {{status: 200, body: flowBody("PROFILE_DATA_REQUIRED", []string{"user.update"})}}},
	} {
		s, c := newScript(t, usual(change))
		_, err := s.signOn(c, "fragment")
		var required *implicit.InteractionRequiredError
		if !errors.As(err, &required) || required.Needs != implicit.NeedsBrowser || strings.Contains(err.Error(), "secret-of") {
			t.Errorf("%s: %v", name, err)
		}
		if name == "an identity provider" && !strings.Contains(err.Error(), "Example Corp") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSubmitAnswers(t *testing.T) {
	for _, row := range []struct {
		name, action string
		flow         reply
		sent         string
	}{
		{"the status's own", "", at("OTP_REQUIRED", "otp.check"), "otp.check"},
		{"another", "password.forgot", reply{status: 200, body: flowBody("USERNAME_PASSWORD_REQUIRED", []string{"usernamePassword.check", "password.forgot"})}, "password.forgot"},
		{"one without values", "session.reset", asksBoth, "session.reset"},
		{"a resend", "device.select", at("OTP_REQUIRED", "device.select"), "device.select"},
	} {
		s, c := newScript(t, usual(map[string][]reply{flowGet: {row.flow}}))
		flow, err := c.ReadFlow(t.Context(), flowID)
		if err != nil {
			t.Fatal(err)
		}
		next, err := c.SubmitAnswers(t.Context(), flow, row.action, everything)
		if err != nil || !next.Completed() || !strings.HasSuffix(s.requests[1].Header.Get("Content-Type"), "."+row.sent+"+json") {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

func TestFlowDetails(t *testing.T) {
	flow, err := ParseFlow([]byte(`{"id":"F","status":"OTP_REQUIRED","authenticators":["pwd"],"selectedDevice":{"id":"D2"},"email":"ab****@x.y","dvToken":"t",
		"_embedded":{"user":{"id":"U","username":"jane"},"application":{"name":"App"},"agreement":{"title":"Terms","text":"No warranty."},"promptText":7,
		"passwordPolicy":{"length":{"min":8,"max":255},"minCharacters":{"9876543210":1,"zyx":2,"ABC":1,"~!@#":1},"maxRepeatedCharacters":2,"minUniqueCharacters":5,"excludesProfileData":true,"history":{"count":6},"minAgeDays":1},
		"devices":[{"id":"D1","type":"TOTP","nickname":"App"},{"id":"D2","type":"SMS","phone":"*******44","lock":{"status":"LOCKED","reason":"OTP"}},{"id":"D3","type":"MOBILE","model":{"marketingName":"Phone 1"}},{"id":"D4","type":"SMS","phone":7},{"id":"D6","type":"BROWSER","name":"Chrome"}],
		"blockedDevices":[{"id":"D5","type":"EMAIL","email":"ab****@x.y"}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"at least 8 characters", "at most 255 characters", "at least one digit", "at least 2 of lower-case letters", "at least one special character",
		"at least one upper-case letter", "at least 5 different characters", "no character more than 2 times in a row", "nothing from the user's profile",
		"not one of the last 6 passwords", "changed at most once a day"}; !slices.Equal(flow.PasswordPolicy, want) {
		t.Errorf("policy %q", flow.PasswordPolicy)
	}
	if flow.Texts["email"] != "ab****@x.y" || flow.Texts["agreement.text"] != "No warranty." || flow.Texts["dvToken"] != "" || flow.User.Username != "jane" {
		t.Errorf("%+v", flow)
	}
	for name, want := range map[string]string{"D2": "D2", "app": "D1", "totp": "D1", "push": "D3", "phone 1": "D3", "sms": "D4", "D5": "D5", "email": "", "fax": "", "": "", "chrome": ""} {
		if d, err := flow.Device(name); d.ID != want || (err == nil) != (want != "") {
			t.Errorf("%q names %+v, %v", name, d, err)
		}
	}
	if flow.Devices[1].Unusable != "LOCKED" || flow.Devices[4].Unusable != "BLOCKED" || flow.Devices[1].Address != "*******44" {
		t.Errorf("%+v", flow.Devices)
	}
}

// A flow that does not do what it says must not make the client go on for ever.
func TestFlowsThatStay(t *testing.T) {
	two := func(selected string) reply {
		return reply{status: 200, body: flowBody("OTP_REQUIRED", []string{"otp.check", "device.select"},
			`"_embedded":{"devices":[{"id":"D","type":"SMS"},{"id":"E","type":"VOICE"}]}`, selected)}
	}
	fido := reply{status: 200, body: flowBody("ASSERTION_REQUIRED", []string{"assertion.check", "device.select"},
		`"_embedded":{"devices":[{"id":"D","type":"SMS"},{"id":"E","type":"FIDO2"}]}`)}
	atOther := two(`"selectedDevice":{"id":"E"}`)
	for name, row := range map[string]struct {
		get, post []reply
		posts     int
		done      bool
	}{
		"at another device":            {[]reply{atOther}, []reply{atOther}, 1, false},
		"at a device it does not name": {[]reply{two(`"x":1`)}, []reply{two(`"x":1`), completed}, 2, true},
		"at a profile":                 {[]reply{at("PROFILE_DATA_REQUIRED", "user.update")}, []reply{at("PROFILE_DATA_REQUIRED", "user.update")}, 1, false},
		"at an agreement":              {[]reply{at("AGREEMENT_CONSENT_REQUIRED", "user.consent")}, []reply{at("AGREEMENT_CONSENT_REQUIRED", "user.consent")}, 5, false},
		"at a profile of credentials": {[]reply{{status: 200, body: flowBody("PROFILE_DATA_REQUIRED", []string{"user.update"},
			`"_embedded":{"attributes":[{"name":"email"},{"name":"password"}]}`)}}, nil, 0, false},
		"at two agreements":           {[]reply{at("AGREEMENT_CONSENT_REQUIRED", "user.consent")}, []reply{at("AGREEMENT_CONSENT_REQUIRED", "user.consent"), completed}, 2, true},
		"at a FIDO2 device":           {[]reply{fido}, []reply{fido}, 1, false},
		"at a FIDO2 device, answered": {[]reply{fido}, []reply{at("OTP_REQUIRED", "otp.check"), completed}, 2, true},
		"at a choice":                 {[]reply{at("DEVICE_SELECTION_REQUIRED", "device.select")}, []reply{at("DEVICE_SELECTION_REQUIRED", "device.select")}, 1, false},
		"at an unread profile": {[]reply{at("PROFILE_DATA_REQUIRED", "user.update")},
			[]reply{at("OTP_REQUIRED", "otp.check"), at("PROFILE_DATA_REQUIRED", "user.update")}, 2, false},
	} {
		s, c := newScript(t, usual(map[string][]reply{flowGet: row.get, flowPost: row.post}))
		_, err := c.SignOn(t.Context(), c.NewRequest("app", redirectURI), everything)
		if (err == nil) != row.done || s.posts() != row.posts {
			t.Errorf("%s: %v, after %d actions", name, err, s.posts())
		}
	}
}

// A sign-on that begins anew after a recovery uses the new password, unasked.
func TestSignOnAfterRecovery(t *testing.T) {
	recover := reply{status: 200, body: flowBody("USERNAME_PASSWORD_REQUIRED", []string{"usernamePassword.check", "password.forgot"})}
	s, c := newScript(t, usual(map[string][]reply{flowGet: {recover}, flowPost: {at("RECOVERY_CODE_REQUIRED", "password.recover"), asksBoth, completed}}))
	var asked [][]Field
	_, err := c.SignOn(t.Context(), c.NewRequest("app", redirectURI), AnswerFunc(func(ctx context.Context, q Question) (Answer, error) {
		asked = append(asked, q.Fields)
		if q.Offers(Recover) {
			return Answer{Choice: Recover, Values: everything}, nil
		}
		return everything.Answer(ctx, q)
	}))
	if err != nil || len(asked) != 3 || !slices.Equal(asked[2], []Field{FieldUsername}) || s.bodies[4] != `{"password":"new-password-1","username":"jane"}` {
		t.Errorf("%v, asked %v, sent %q", err, asked, s.bodies)
	}
}

// A user who was looked up by an e-mail address is not another user than the one
// whose user name the flow has.
func TestLookedUpByAnotherName(t *testing.T) {
	known := reply{status: 200, body: flowBody("PASSWORD_REQUIRED", []string{"usernamePassword.check", "session.reset"},
		`"_embedded":{"user":{"id":"U","username":"jane"}}`)}
	s, c := newScript(t, usual(map[string][]reply{flowGet: {at("SIGN_ON_REQUIRED", "user.lookup")}, flowPost: {known, completed}}))
	_, err := c.SignOn(t.Context(), c.NewRequest("app", redirectURI), Answers{FieldUsername: implicit.NewSecret("jane@example.com"), FieldPassword: implicit.NewSecret("p")})
	if err != nil || s.posts() != 2 || !strings.Contains(s.bodies[3], `"password":"p"`) {
		t.Errorf("%v, after %d actions: %q", err, s.posts(), s.bodies)
	}
}

// What a server sends without end does not fill the terminal.
func TestAFloodOfTexts(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	var devices, rules []string
	for i := range 5000 {
		devices, rules = append(devices, fmt.Sprintf(`{"id":"D%d","type":"SMS","nickname":%q}`, i, long[:300])), append(rules, fmt.Sprintf(`"rule%d"`, i))
	}
	flow := reply{status: 200, body: flowBody("DEVICE_SELECTION_REQUIRED", []string{"device.select"}, `"_embedded":{"devices":[`+strings.Join(devices, ",")+`]}`)}
	weak := reply{status: 400, body: `{"code":"INVALID_DATA","message":"` + long + `","details":[` + strings.Repeat(`{"code":"`+long[:100]+`"},`, 1000) +
		`{"code":"INVALID_VALUE","target":"newPassword","innerError":{"unsatisfiedRequirements":[` + strings.Join(rules, ",") + `]}}]}`}
	for name, change := range map[string]map[string][]reply{
		"devices": {flowGet: {flow}},
		"rules":   {flowGet: {at("PASSWORD_EXPIRED", "password.reset")}, flowPost: {weak}},
	} {
		_, c := newScript(t, usual(change))
		answers := maps.Clone(everything)
		delete(answers, FieldDevice)
		_, err := c.SignOn(t.Context(), c.NewRequest("app", redirectURI), answers)
		if err == nil || len(err.Error()) > 20_000 {
			t.Errorf("%s: an error of %d bytes", name, len(fmt.Sprint(err)))
		}
	}
}
