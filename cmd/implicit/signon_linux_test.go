package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// asked is a question on the screen and what the user types. A question that is
// not answered is only waited for.
type asked struct{ question, keys string }

// answers waits for each question below the one before, and types.
func (d *dialogue) answers(all ...asked) {
	d.t.Helper()
	from := 0
	for _, a := range all {
		for end := time.Now().Add(time.Minute); ; time.Sleep(2 * time.Millisecond) {
			if i := strings.Index(d.shown()[from:], a.question); i >= 0 {
				from += i + len(a.question)
				break
			}
			if time.Now().After(end) {
				d.t.Fatalf("%q is not asked:\n%s", a.question, d.shown())
			}
		}
		if a.keys != "" {
			time.Sleep(20 * time.Millisecond) // the terminal changes its mode before the question
			if _, err := io.WriteString(d.keys, a.keys); err != nil {
				d.t.Fatal(err)
			}
		}
	}
}

// Every status at a terminal: right, wrong once, to the end, sent again, another
// device, given up.
func TestEveryStatusAtATerminal(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a matrix")
	}
	again := asked{"more wrong ones may lock", ""}
	sms := "Passcode sent to *******05, r to send again: "
	phone := asked{"confirm the sign-on on your phone", ""}
	for _, c := range []struct {
		name, user, policy string
		switches           []string
		talk               []asked
		exit               int
		says, secrets      []string
	}{
		{name: "password wrong once", user: "plain", talk: []asked{{"Password: ", "wrong-1\n"}, again, {"Password: ", "fake-password-1\n"}}, secrets: []string{"wrong-1"}},
		{name: "password wrong three times", user: "plain", talk: []asked{{"Password: ", "wrong-1\n"}, again, {"Password: ", "wrong-2\n"}, again, {"Password: ", "wrong-3\n"}},
			exit: 3, says: []string{"wrong user name or password"}},
		{name: "the same password twice", user: "plain", talk: []asked{{"Password: ", "wrong-1\n"}, again, {"Password: ", "wrong-1\n"}}, exit: 3},
		{name: "locked out", user: "plain", switches: []string{"lock-out"}, talk: []asked{{"Password: ", "fake-password-1\n"}}, exit: 3, says: []string{"locked out until"}},
		{name: "the flow has expired", user: "plain", switches: []string{"flow-expired"}, talk: []asked{{"Password: ", "fake-password-1\n"}}, exit: 3, says: []string{"expired", "implicit login"}},
		{name: "password given up", user: "plain", talk: []asked{{"Password: ", "wrong-1\n"}, again, {"Password: ", "\x04"}}, exit: 4, says: []string{"no password entered"}},

		{name: "password forgotten", user: "no-password", talk: []asked{{"Password: ", "wrong-1\n"}, {"Press Enter if you forgot", ""}, {"Password: ", "\n"}, {"Send a recovery code? y/n [n]: ", "y\n"},
			{"sends you a code", ""}, {"Recovery code, or r to send it again: ", "r\n"}, {"Recovery code", "RECOVER0\n"}, {"New password: ", "New-fake-passw0rd!\n"}, {"again: ", "New-fake-passw0rd!\n"},
			{"wrong code", ""}, {"Recovery code", "RECOVER1\n"}, {"New password: ", "weak\n"}, {"again: ", "weak\n"}, {"password policy", ""},
			{"New password: ", "New-fake-passw0rd!\n"}, {"again: ", "New-fake-passw0rd!\n"}}, secrets: []string{"RECOVER", "New-fake-passw0rd!"}},
		{name: "password not forgotten", user: "plain", talk: []asked{{"Password: ", "\n"}, {"y/n [n]: ", "\n"}}, exit: 4, says: []string{"no password entered"}},

		{name: "SMS", user: "sms", policy: multiFactor, talk: []asked{{sms, "246810\n"}}, secrets: []string{"246810"}},
		{name: "SMS wrong once", user: "sms", policy: multiFactor, talk: []asked{{sms, "111111\n"}, again, {sms, "246810\n"}}},
		{name: "SMS wrong to the end", user: "sms", policy: multiFactor, talk: []asked{{sms, "111111\n"}, again, {sms, "111112\n"}, again, {sms, "111113\n"}}, exit: 3},
		{name: "SMS sent again", user: "sms", policy: multiFactor, talk: []asked{{sms, "r\n"}, {sms, "246810\n"}}},
		{name: "SMS mistyped", user: "sms", policy: multiFactor, talk: []asked{{sms, "12a\n"}, {"4 to 12 digits", ""}, {sms, "246 810\n"}}},
		{name: "SMS given up", user: "sms", policy: multiFactor, talk: []asked{{sms, "\n"}}, exit: 4, says: []string{"no passcode entered"}},
		{name: "too many passcodes", user: "sms", policy: multiFactor, switches: []string{"cool-down"}, talk: []asked{{sms, "246810\n"}}, exit: 3, says: []string{"until"}},
		{name: "device by number", user: "devices", policy: multiFactor,
			talk: []asked{{"  1  authenticator app", ""}, {"  2  SMS", ""}, {"Device: ", "9\n"}, {"from 1 to 3", ""}, {"Device: ", "2\n"}, {"*******42", ""}, {": ", "246810\n"}}},
		{name: "other device", user: "devices", policy: multiFactor,
			talk: []asked{{"Device: ", "totp\n"}, {"authenticator app, d for another device: ", "d\n"}, {"Device: ", "phone\n"}, phone}},
		{name: "device given up", user: "devices", policy: multiFactor, talk: []asked{{"Device: ", "\n"}}, exit: 4},
		{name: "push", user: "push", policy: multiFactor, talk: []asked{phone}},
		{name: "push, other device", user: "devices", policy: multiFactor, talk: []asked{{"Device: ", "3\n"}, phone, {"waiting", "d"}, {"Device: ", "2\n"}, {"*******42", ""}, {": ", "246810\n"}}},
		{name: "push denied", user: "push-denied", policy: multiFactor, talk: []asked{phone}, exit: 3, says: []string{"denied"}},
		{name: "push given up", user: "push", policy: multiFactor, talk: []asked{phone, {"waiting", "\x04"}}, exit: 4},
		{name: "push sent again", user: "push-retry", policy: multiFactor, talk: []asked{phone, {"r to send it again", "r\n"}, phone}},
		{name: "push timed out", user: "push-timeout", policy: multiFactor, talk: []asked{phone, {"r to send it again", "\n"}}, exit: 4},

		{name: "expired", user: "expired", talk: []asked{{"has expired", ""}, {"the password policy:", ""}, {"- at least 8 characters", ""}, {"New password: ", "New-fake-passw0rd!\n"}, {"again: ", "other\n"},
			{"differ", ""}, {"New password: ", "New-fake-passw0rd!\n"}, {"again: ", "New-fake-passw0rd!\n"}}, secrets: []string{"New-fake-passw0rd!"}},
		{name: "weak once", user: "must-change", talk: []asked{{"New password: ", "weak\n"}, {"again: ", "weak\n"}, {"password policy", ""},
			{"New password: ", "New-fake-passw0rd!\n"}, {"again: ", "New-fake-passw0rd!\n"}}},
		{name: "verification", user: "unverified", talk: []asked{{"Verification code, or r to send it again: ", "r\n"}, {"again: ", "VERIFY01\n"}}, secrets: []string{"VERIFY01"}},
		{name: "verification wrong once", user: "unverified", talk: []asked{{"Verification code", "WRONG000\n"}, {"Verification code", "VERIFY01\n"}}},
		{name: "agreement", user: "plain", policy: "Agreement", talk: []asked{{"agreement", ""}, {"Accept? y/n [n]: ", "y\n"}}},
		{name: "agreement declined", user: "plain", policy: "Agreement", talk: []asked{{"Accept? y/n [n]: ", "n\n"}}, exit: 4, says: []string{"declined", "nothing was sent"}},
		{name: "profile", user: "plain", policy: "Progressive_Profiling", talk: []asked{{"asks for your profile", ""}, {"Given Name: ", "Jane\n"}, {"Family Name: ", "Doe\n"}, {"City: ", "Bern\n"}}},
		{name: "FIDO2, another device", user: "all-devices", policy: multiFactor, talk: []asked{{"Device: ", "7\n"}, {"FIDO2 device", ""}, {"Enter for the browser: ", "2\n"}, {"*******42", ""}, {": ", "246810\n"}}},
		{name: "FIDO2, in the browser", user: "all-devices", policy: multiFactor, talk: []asked{{"Device: ", "7\n"}, {"Enter for the browser: ", "\n"}}, exit: 4, says: []string{"--via browser"}},
		{name: "FIDO2 by flag", user: "fido2", policy: multiFactor, exit: 4, says: []string{"--via browser"}},
	} {
		for _, mode := range []string{"fragment", "pi.flow"} {
			t.Run(c.name+", "+mode, func(t *testing.T) {
				t.Parallel()
				b := newBench(t).withSandbox(c.switches...).user(c.user).policy(c.policy).set("IMPLICIT_RESPONSE_MODE", mode)
				if len(c.talk) > 0 && c.talk[0].question == "Password: " {
					b.set("IMPLICIT_PASSWORD", "")
				}
				d := b.talk("login", "--via", "terminal")
				d.answers(c.talk...)
				d.ends(c.exit)
				for _, text := range c.says {
					if !strings.Contains(d.shown(), text) {
						t.Errorf("expected %q:\n%s", text, d.shown())
					}
				}
				for _, secret := range c.secrets {
					if strings.Contains(d.shown(), secret) {
						t.Errorf("%q is on the screen:\n%s", secret, d.shown())
					}
				}
				b.noValueTwice()
			})
		}
	}
}

// A user at a terminal goes on in the browser where only that can.
func TestGoesOnInTheBrowser(t *testing.T) {
	t.Parallel()
	b, p := browserBench(t, "plain")
	b.set("BROWSER", "/bin/true").set("IMPLICIT_WAIT", "1m").user("external")
	b.set("IMPLICIT_USERNAME", "external").set("IMPLICIT_REDIRECT_URI", "http://127.0.0.1/callback")
	d := b.talk("login")
	d.answers(asked{"external identity provider", ""}, asked{"continuing in the browser", ""})
	first := ""
	for _, req := range b.seen.all() {
		if strings.HasSuffix(req.URL.Path, "/as/authorize") {
			first = req.URL.Query().Get("state")
		}
	}
	authorize := p.begin(d)
	if first == "" || strings.Contains(authorize, first) || !strings.Contains(authorize, "login_hint=external") {
		t.Errorf("the second request has the first one's state, or no hint: %s", authorize)
	}
	ends, err := p.signOn(authorize)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.land(ends); err != nil {
		t.Fatal(err)
	}
	d.ends(0)
}

// What a push shows stays one line of a narrow window, and is taken away.
func TestPushInANarrowWindow(t *testing.T) {
	if testing.Short() {
		t.Skip("a push takes 9 s")
	}
	t.Parallel()
	b := newBench(t).withSandbox().user("push").policy(multiFactor)
	d := b.talk("login", "--via", "terminal")
	if err := pty.Setsize(d.keys, &pty.Winsize{Rows: 20, Cols: 14}); err != nil {
		t.Fatal(err)
	}
	d.answers(asked{"waiting, 3", ""})
	d.ends(0)
	for _, part := range strings.Split(d.shown(), "\x1b[K")[1:] {
		line, _, _ := strings.Cut(part, "\r")
		if strings.HasPrefix(line, "waiting") && len(line) > 13 {
			t.Errorf("the line takes more than 14 columns: %q", line)
		}
	}
}

// No secret of a sign-on is in an argument list, or in the environment of the
// passcode command.
func TestNoSecretInProcesses(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().user("email").policy(multiFactor)
	seen, code := filepath.Join(t.TempDir(), "seen"), secretFile(t, "24681012")
	script := fmt.Sprintf("/bin/sh -c 'env=$(/usr/bin/env); { echo \"$env\"; /bin/cat /proc/[0-9]*/cmdline 2>/dev/null; } >%s; /bin/cat %s'", seen, code)
	secrets := []string{b.env["IMPLICIT_PASSWORD"], totpOf("totp"), "New-fake-passw0rd!", "24681012"}
	b.set("IMPLICIT_TOTP_SECRET", totpOf("totp")).set("IMPLICIT_NEW_PASSWORD_FILE", secretFile(t, "New-fake-passw0rd!"))
	out, err := b.command("login", "--otp-command", script).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(seen)
	if err != nil || !strings.Contains(string(text), "IMPLICIT_OTP_DEVICE=EMAIL") || !strings.Contains(string(text), "--otp-command") {
		t.Fatalf("%v\n%.2000s", err, text)
	}
	for _, secret := range secrets {
		if secret == "" || strings.Contains(string(text)+string(out), secret) {
			t.Errorf("%q is in the environment, an argument list or the output", secret)
		}
	}
}

// What PingOne would have sent is shown where PingOne is embedded.
func TestCodesOfTheEmbeddedPingOne(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().user("sms")
	b.set("IMPLICIT_AUTH_URL", "").set("IMPLICIT_CA_CERT", "").set("IMPLICIT_SANDBOX", "true")
	d := b.talk("login", "--acr-values", multiFactor)
	d.answers(asked{"passcode for sms, SMS *******05: 246810", ""}, asked{"Passcode sent to *******05", "246810\n"})
	d.ends(0)
}
