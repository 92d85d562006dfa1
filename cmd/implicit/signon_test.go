package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

const multiFactor = "Multi_Factor"

// secretFile writes a file for a flag that takes a secret.
func secretFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(name, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// totpOf is the TOTP secret of one of the sandbox's users.
func totpOf(name string) string {
	for _, u := range sandbox.Users() {
		if u.Username == name {
			return u.TOTPSecret
		}
	}
	panic("no user " + name)
}

// anyProgram finds the programs that the passcode commands of tests are.
func anyProgram(a *app) { a.lookPath = func(name string) (string, error) { return name, nil } }

// Every status in a pipeline: with its input, without, and with a wrong one.
func TestEveryStatusInAPipeline(t *testing.T) {
	t.Parallel()
	type variables map[string]string
	otp := func(code string) variables { return variables{"IMPLICIT_OTP_COMMAND": "/bin/echo " + code} }
	newPassword := variables{"IMPLICIT_NEW_PASSWORD_FILE": secretFile(t, "New-fake-passw0rd!")}
	for _, c := range []struct {
		name, user, policy string
		env                variables
		exit               int
		says               []string
		switches           []string
	}{
		{name: "TOTP", user: "totp", policy: multiFactor, env: variables{"IMPLICIT_TOTP_SECRET": totpOf("totp")}},
		{name: "TOTP, SHA-256, 8 digits", user: "totp-sha256", policy: multiFactor, env: variables{"IMPLICIT_TOTP_SECRET": totpOf("totp-sha256")}},
		{name: "TOTP, SHA-512", user: "totp-sha512", policy: multiFactor, env: variables{"IMPLICIT_TOTP_SECRET": totpOf("totp-sha512")}},
		{name: "TOTP of a file", user: "totp", policy: multiFactor, env: variables{"IMPLICIT_TOTP_SECRET_FILE": secretFile(t, totpOf("totp"))}},
		{name: "TOTP of another user", user: "totp", policy: multiFactor, env: variables{"IMPLICIT_TOTP_SECRET": totpOf("devices")},
			exit: 3, says: []string{"wrong passcode"}},
		{name: "TOTP missing", user: "totp", policy: multiFactor, exit: 4, says: []string{"one-time passcode", "IMPLICIT_TOTP_SECRET", "--otp-command"}},
		{name: "HOTP", user: "totp", policy: multiFactor, env: variables{"IMPLICIT_TOTP_SECRET": "otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQ&counter=1"},
			exit: 2, says: []string{"TOTP secret", "hotp"}},
		{name: "TOTP where the clock is wrong", user: "totp", policy: multiFactor, switches: []string{"clock-ahead"},
			env: variables{"IMPLICIT_TOTP_SECRET": totpOf("totp")}, exit: 3, says: []string{"clock is 10 minutes behind", "wrong passcode"}},

		{name: "SMS", user: "sms", policy: multiFactor, env: otp("246810")},
		{name: "e-mail", user: "email", policy: multiFactor, env: otp("24681012")},
		{name: "call", user: "voice", policy: multiFactor, env: otp("246810")},
		{name: "WhatsApp", user: "whatsapp", policy: multiFactor, env: otp("246810")},
		{name: "SMS wrong", user: "sms", policy: multiFactor, env: otp("654321"), exit: 3, says: []string{"wrong passcode"}},
		{name: "SMS missing", user: "sms", policy: multiFactor, exit: 4, says: []string{"*******05", "IMPLICIT_OTP_COMMAND"}},
		{name: "SMS with a secret alone", user: "sms", policy: multiFactor, env: variables{"IMPLICIT_TOTP_SECRET": totpOf("totp")}, exit: 4, says: []string{"SMS"}},
		{name: "command without a passcode", user: "sms", policy: multiFactor, env: variables{"IMPLICIT_OTP_COMMAND": "/bin/false"},
			exit: 4, says: []string{"--otp-command", "exit status 1"}},
		{name: "command that hangs", user: "sms", policy: multiFactor, env: variables{"IMPLICIT_OTP_COMMAND": "/bin/sleep 600", "IMPLICIT_WAIT": "1s"},
			exit: 6, says: []string{"no passcode within 1 second", "--wait"}},
		{name: "too many passcodes", user: "sms", policy: multiFactor, env: otp("246810"), switches: []string{"cool-down"}, exit: 3, says: []string{"until"}},
		{name: "passcode that is over", user: "sms", policy: multiFactor, env: otp("246810"), switches: []string{"passcode-gone"}, exit: 3, says: []string{"no longer waits"}},

		{name: "the flow has expired", user: "plain", switches: []string{"flow-expired"}, exit: 3, says: []string{"expired", "implicit login"}},

		{name: "device by type", user: "devices", policy: multiFactor, env: variables{"IMPLICIT_DEVICE": "sms", "IMPLICIT_OTP_COMMAND": "/bin/echo 246810"}},
		{name: "device by nickname", user: "devices", policy: multiFactor, env: variables{"IMPLICIT_DEVICE": "phone"}},
		{name: "device by the TOTP secret", user: "devices", policy: multiFactor, env: variables{"IMPLICIT_TOTP_SECRET": totpOf("devices")}},
		{name: "device missing", user: "devices", policy: multiFactor, exit: 4, says: []string{"TOTP", "SMS *******42", "MOBILE", "IMPLICIT_DEVICE", "--device"}},
		{name: "device unknown", user: "devices", policy: multiFactor, env: variables{"IMPLICIT_DEVICE": "fax"}, exit: 4, says: []string{"fax"}},

		{name: "push", user: "push", policy: multiFactor},
		{name: "push denied", user: "push-denied", policy: multiFactor, exit: 3, says: []string{"denied"}},
		{name: "push timed out", user: "push-timeout", policy: multiFactor, exit: 6, says: []string{"in time"}},
		{name: "no usable device", user: "push-blocked", policy: multiFactor, exit: 3, says: []string{"no device"}},
		{name: "no device", user: "plain", policy: multiFactor, exit: 3, says: []string{"no device"}},
		{name: "second factor skipped", user: "sms", policy: "Multi_Factor_Skip", env: variables{"IMPLICIT_SKIP_MFA": "true"}},
		{name: "second factor not to be skipped", user: "sms", policy: multiFactor, env: variables{"IMPLICIT_SKIP_MFA": "true"}, exit: 4, says: []string{"one-time passcode"}},

		{name: "must change", user: "must-change", env: newPassword, says: []string{"IMPLICIT_PASSWORD", "old one"}},
		{name: "expired", user: "expired", env: newPassword, says: []string{"IMPLICIT_PASSWORD", "old one"}},
		{name: "expired without a new password", user: "expired", exit: 4, says: []string{"new password", "IMPLICIT_NEW_PASSWORD_FILE", "--new-password-file"}},
		{name: "weak new password", user: "expired", env: variables{"IMPLICIT_NEW_PASSWORD_FILE": secretFile(t, "short")}, exit: 3, says: []string{"password policy"}},
		{name: "verification", user: "unverified", exit: 4, says: []string{"verification code", "--fields-stdin"}},

		{name: "agreement", user: "plain", policy: "Agreement", env: variables{"IMPLICIT_ACCEPT_AGREEMENT": "true"}},
		{name: "agreement not accepted", user: "plain", policy: "Agreement", exit: 4, says: []string{"agreement", "IMPLICIT_ACCEPT_AGREEMENT", "--accept-agreement"}},
		{name: "profile missing", user: "plain", policy: "Progressive_Profiling", exit: 4, says: []string{"profile", "IMPLICIT_PROFILE_DATA", "--profile-data"}},
		{name: "profile", user: "plain", policy: "Progressive_Profiling", env: variables{"IMPLICIT_PROFILE_DATA": "name.given=Jane\nname.family=Doe\naddress.locality=Bern"}},
		{name: "five steps", user: "totp", policy: "Five_Steps", env: variables{"IMPLICIT_TOTP_SECRET": totpOf("totp"), "IMPLICIT_ACCEPT_AGREEMENT": "true"}},
		{name: "identifier first", user: "plain", policy: "Identifier_First"},

		{name: "FIDO2", user: "fido2", policy: multiFactor, exit: 4, says: []string{"FIDO2", "implicit login --via browser"}},
		{name: "external user", user: "external", exit: 4, says: []string{"external identity provider", "--via browser"}},
		{name: "external policy", user: "plain", policy: "External_IdP", exit: 4, says: []string{"external identity provider", "--via browser"}},
		{name: "linking", user: "plain", policy: "Linking", exit: 4, says: []string{"linked", "--via browser"}},
		{name: "confirmation", user: "plain", policy: "Confirmation", exit: 4, says: []string{"confirmed", "--via browser"}},
		{name: "unknown status", user: "plain", switches: []string{"unknown-status"}, exit: 4, says: []string{"--via browser"}},
	} {
		modes := []string{"fragment", "pi.flow"}
		if testing.Short() {
			modes = modes[:1]
		}
		for _, mode := range modes {
			t.Run(c.name+", "+mode, func(t *testing.T) {
				t.Parallel()
				b := newBench(t).withSandbox(c.switches...).user(c.user).policy(c.policy).set("IMPLICIT_RESPONSE_MODE", mode)
				b.change = anyProgram
				for name, value := range c.env {
					b.set(name, value)
				}
				got := b.run("login").exits(c.exit).says(c.says...)
				for name, value := range b.env {
					if strings.Contains(name, "SECRET") && value != "" && !strings.Contains(name, "FILE") && strings.Contains(got.out+got.errOut, value) {
						t.Errorf("a secret in the output:\n%s%s", got.out, got.errOut)
					}
				}
				b.noValueTwice()
			})
		}
	}
}

// policy asks as the application that has a sign-on policy alone.
func (b *bench) policy(name string) *bench {
	b.t.Helper()
	for _, app := range sandbox.Applications() {
		if strings.HasPrefix(app.Note, "policy "+name+":") {
			return b.set("IMPLICIT_CLIENT_ID", app.ClientID)
		}
	}
	if name != "" {
		b.t.Fatalf("no application has the policy %s alone", name)
	}
	return b
}

// noValueTwice fails the test where one action was sent twice with the same values.
func (b *bench) noValueTwice() {
	b.t.Helper()
	seen := map[string]bool{}
	for _, req := range b.seen.all() {
		if req.Method != "POST" || strings.Contains(req.Header.Get("Content-Type"), "device.select") {
			continue
		}
		key := req.URL.Path + req.Header.Get("Content-Type") + bodyOf(req)
		if seen[key] {
			b.t.Errorf("sent twice: %s", req.Header.Get("Content-Type"))
		}
		seen[key] = true
	}
}

// passcodes returns the passcodes that reached the sandbox.
func (b *bench) passcodes() (codes []string) {
	for _, req := range b.seen.all() {
		if strings.Contains(req.Header.Get("Content-Type"), "otp.check") {
			codes = append(codes, bodyOf(req))
		}
	}
	return codes
}

// Two logins within one step of 30 seconds: the second waits for the next one.
func TestTwoLoginsWithinOneStep(t *testing.T) {
	t.Parallel()
	c := &clock{now: time.Now().Truncate(30 * time.Second)}
	b := newBench(t).withSandboxOptions(sandbox.Options{Now: c.Now}).user("totp")
	b.now, b.sleep = c.Now, c.sleep
	b.policy(multiFactor).set("IMPLICIT_TOTP_SECRET", totpOf("totp"))
	began := c.Now()
	b.run("login").exits(0)
	if c.Now() != began {
		t.Errorf("the first login waited")
	}
	b.run("login").exits(0).says("waiting 30 seconds for the next one-time passcode")
	codes := b.passcodes()
	if len(codes) != 2 || codes[0] == codes[1] || c.Now().Sub(began) != 30*time.Second {
		t.Errorf("%d passcodes after %v", len(codes), c.Now().Sub(began))
	}
	b.set("IMPLICIT_WAIT", "10s").run("login").exits(6).says("no unused one-time passcode within 10 seconds", "nothing was sent")
	if len(b.passcodes()) != 2 {
		t.Error("a passcode was sent")
	}
}

// Twenty logins at once: each sends another code, or none.
func TestTwentyLoginsAtOnce(t *testing.T) {
	t.Parallel()
	start := time.Now().Truncate(30 * time.Second)
	b := newBench(t).withSandbox().user("totp").policy(multiFactor).
		set("IMPLICIT_TOTP_SECRET", totpOf("totp")).set("IMPLICIT_WAIT", "2m")
	var mu sync.Mutex
	exits := map[int]int{}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			c := &clock{now: start}
			var out, errOut strings.Builder
			a := b.app(strings.NewReader(""), &out, &errOut)
			a.now, a.sleep = c.Now, c.sleep
			exit := run(context.Background(), a, []string{"login"})
			mu.Lock()
			exits[exit]++
			mu.Unlock()
		})
	}
	wg.Wait()
	seen := map[string]bool{}
	for _, code := range b.passcodes() {
		if seen[code] {
			t.Error("a code was sent twice")
		}
		seen[code] = true
	}
	if exits[6] != 15 || len(seen) != 5 { // the steps of now and of two minutes
		t.Errorf("exits %v, %d codes", exits, len(seen))
	}
}

func TestTwentyTokensShareOneSignOn(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().user("totp").policy(multiFactor).
		set("IMPLICIT_TOTP_SECRET", totpOf("totp")).set("IMPLICIT_STORE", "file")
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { b.run("token").exits(0) })
	}
	wg.Wait()
	if n := len(b.passcodes()); n != 1 {
		t.Errorf("%d passcodes were sent", n)
	}
}

// A refused TOTP secret is remembered like a refused password.
func TestARefusedSecretIsRemembered(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().user("totp").policy(multiFactor).
		set("IMPLICIT_TOTP_SECRET", totpOf("devices")).set("IMPLICIT_STORE", "file")
	for range 2 {
		b.run("token").exits(3).says("wrong passcode")
	}
	if n := len(b.passcodes()); n != 1 {
		t.Errorf("%d passcodes were sent", n)
	}
	b.set("IMPLICIT_TOTP_SECRET", totpOf("totp")).run("token").exits(0)
}

// What the passcode command sees, and what it prints to standard error.
func TestPasscodeCommand(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().user("email").policy(multiFactor)
	b.change = anyProgram
	file := filepath.Join(t.TempDir(), "env")
	script := fmt.Sprintf(`/bin/sh -c "env >'%s'; printf 'touch the \\033[31mkey\\n' >&2; echo 24681012"`, file)
	got := b.run("login", "--otp-command", script).exits(0).says("/bin/sh: touch the")
	if strings.Contains(got.errOut, "\x1b") {
		t.Errorf("the command's text controls the terminal: %q", got.errOut)
	}
	env, err := os.ReadFile(file)
	for _, line := range []string{"IMPLICIT_OTP_DEVICE=EMAIL\n", "IMPLICIT_OTP_TARGET=em****@example.com\n", "IMPLICIT_OTP_USERNAME=email\n", "IMPLICIT_OTP_SINCE=20"} {
		if err != nil || !strings.Contains(string(env), line) {
			t.Errorf("expected %q in %s (%v)", line, env, err)
		}
	}
	b.change = nil
	b.run("login", "--otp-command", "no-such-program").exits(2).says("--otp-command", "no-such-program")
	b.run("login", "--otp-command", "''").exits(2)
}

// No secret of a sign-on is in a file, whatever the store.
func TestNoSecretInAFile(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().user("sms").policy(multiFactor).set("IMPLICIT_TOTP_SECRET", totpOf("totp"))
	id := b.run("authorize", "-o", "json").exits(0).object()["flow_id"].(string)
	b.run("flow", "submit", id).exits(0)
	b.runInput(`{"otp":"246810"}`, "flow", "submit", id, "--fields-stdin").exits(0)
	b.user("totp").run("login").exits(0)
	err := filepath.WalkDir(b.home, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, secret := range []string{"246810", totpOf("totp"), b.env["IMPLICIT_PASSWORD"], "fake-password"} {
			if strings.Contains(string(data), secret) {
				t.Errorf("%s is in %s", secret, path)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
