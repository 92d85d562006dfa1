package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/internal/words"
)

// script runs a script of --curl with the real curl, and returns what it prints. Every
// argument of every curl is looked at: a process list shows them.
func (b *bench) script(file string, env ...string) string {
	b.t.Helper()
	b.curl("--version")
	real, err := exec.LookPath("curl")
	if err != nil {
		b.t.Fatal(err)
	}
	bin, temp := b.t.TempDir(), b.t.TempDir()
	wrapper := "#!/bin/sh\nprintf '%s\\n' \"$@\" >>" + words.QuoteSh(filepath.Join(bin, "arguments")) + "\nexec " + real + " \"$@\"\n"
	if err := os.WriteFile(filepath.Join(bin, "curl"), []byte(wrapper), 0o700); err != nil {
		b.t.Fatal(err)
	}
	cmd := exec.Command("sh", file)
	cmd.Env = append([]string{"PATH=" + bin + ":" + os.Getenv("PATH"), "TMPDIR=" + temp}, env...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		text, _ := os.ReadFile(file)
		b.t.Fatalf("%v\n%s\n%s\n%s", err, said.String(), out, text)
	}
	if left, _ := os.ReadDir(temp); len(left) > 0 {
		b.t.Errorf("the script left %v behind", left)
	}
	arguments, err := os.ReadFile(filepath.Join(bin, "arguments"))
	if err != nil {
		b.t.Fatal(err)
	}
	secrets := []string{b.env["IMPLICIT_PASSWORD"], "state=", "nonce=", "eyJ"}
	for _, req := range b.seen.all() {
		for _, c := range req.Cookies() {
			secrets = append(secrets, c.Value)
		}
	}
	for _, secret := range secrets {
		if strings.Contains(string(arguments), secret) {
			b.t.Errorf("an argument of curl holds %.12s…:\n%s", secret, arguments)
		}
	}
	return string(out)
}

// curl repeats a login, and its response is as valid.
func TestCurlScriptOfALogin(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().user("signs")
	password := "IMPLICIT_PASSWORD=" + b.env["IMPLICIT_PASSWORD"]
	for _, args := range [][]string{
		{}, {"--method", "POST"}, {"--response-mode", "pi.flow"}, {"--response-type", "id_token"}, {"--scope", "openid profile"},
		{"--login-hint", `o'hara "&$(id) \`}, {"--userinfo"}, {"--acr-values", "Single_Factor"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			if testing.Short() && len(args) > 0 && !strings.HasPrefix(args[0], "--login-hint") {
				t.Skip("a matrix: each kind of request")
			}
			b.on(t)
			file := filepath.Join(t.TempDir(), "login.sh")
			ours := b.run(append([]string{"login", "-o", "json", "--curl", file}, args...)...).exits(0).object()
			info, err := os.Stat(file)
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the script: %v, %v", info, err)
			}
			theirs := b.runInput(b.script(file, password), "verify", "-", "-o", "json").exits(0).object()
			for _, name := range []string{"iss", "aud", "sub", "acr"} {
				if a, b := claim(ours, name), claim(theirs, name); a != b || a == nil {
					t.Errorf("%s: implicit has %v, curl %v", name, a, b)
				}
			}
			if ours["scope"] != theirs["scope"] {
				t.Errorf("scope: implicit has %v, curl %v", ours["scope"], theirs["scope"])
			}
		})
	}
}

// A script asks, or waits, for whatever a sign-on asks for in addition to a password.
func TestCurlScriptOfEveryStatus(t *testing.T) {
	t.Parallel()
	newPassword := "IMPLICIT_NEW_PASSWORD_FILE=" + secretFile(t, "New-fake-passw0rd!")
	for _, c := range []struct{ name, user, policy, env string }{
		{"passcode", "sms", multiFactor, "IMPLICIT_OTP_COMMAND=/bin/echo 246810"},
		{"device", "devices", multiFactor, "IMPLICIT_DEVICE=sms IMPLICIT_OTP_COMMAND=/bin/echo 246810"},
		{"agreement", "plain", "Agreement", "IMPLICIT_ACCEPT_AGREEMENT=true"},
		{"identifier first", "plain", "Identifier_First", ""},
		{"new password", "expired", "", newPassword},
		{"push", "push", multiFactor, ""},
		{"form_post", "plain", "", "IMPLICIT_RESPONSE_MODE=form_post"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "push" && testing.Short() {
				t.Skip("the script waits between two looks at the phone")
			}
			t.Parallel()
			b := newBench(t).withSandbox().user(c.user).policy(c.policy)
			b.change = anyProgram
			env := []string{"IMPLICIT_PASSWORD=" + b.env["IMPLICIT_PASSWORD"]}
			for pair := range strings.SplitSeq(strings.ReplaceAll(c.env, " IMPLICIT", "\nIMPLICIT"), "\n") {
				if name, value, ok := strings.Cut(pair, "="); ok {
					b.set(name, value)
					env = append(env, pair)
				}
			}
			file := filepath.Join(t.TempDir(), "login.sh")
			b.run("login", "--curl", file).exits(0)
			again := newBench(t).withSandbox().policy(c.policy) // where the password has not been changed yet
			for _, name := range []string{"IMPLICIT_AUTH_URL", "IMPLICIT_CA_CERT"} {
				rewrite(t, file, b.env[name], again.env[name])
			}
			again.runInput(again.script(file, env...), "verify", "-").exits(0)
		})
	}
}

func claim(result map[string]any, name string) any {
	claims, _ := result["claims"].(map[string]any)
	token, _ := claims["id_token"].(map[string]any)
	return token[name]
}

// Each step has its script; the flow's session is in the environment.
func TestCurlScriptsOfSteps(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	id, _ := b.run("authorize", "-o", "json", "--curl", at("authorize")).exits(0).object()["flow_id"].(string)
	b.run("flow", "show", id, "--curl", at("show")).exits(0)
	jar := "JAR=" + at("cookies")
	if out := b.script(at("authorize")); !strings.Contains(out, "flowId=") {
		t.Errorf("authorize: %s", out)
	}
	if out := b.script(at("show")); !strings.Contains(out, "USERNAME_PASSWORD_REQUIRED") {
		t.Errorf("show: %s", out)
	}
	last := b.authorized()
	b.run("flow", "submit", last, "--curl", at("submit")).exits(0)
	b.run("resume", last, "--curl", at("resume")).exits(0)
	for _, next := range []string{id, b.authorized()} {
		rewrite(t, at("submit"), last, next)
		rewrite(t, at("resume"), last, next)
		if out := b.script(at("submit"), jar, "IMPLICIT_PASSWORD="+b.env["IMPLICIT_PASSWORD"]); !strings.Contains(out, "COMPLETED") {
			t.Errorf("submit: %s", out)
		}
		session := jar
		if last == id {
			session = "IMPLICIT_SESSION_TOKEN=" + cookieIn(t, at("cookies"))
		}
		b.runInput(b.script(at("resume"), session), "verify", "-").exits(0)
		last = next
	}

	token, _ := b.run("login", "-o", "json").exits(0).object()["access_token"].(string)
	b.runInput(token, "userinfo", "-", "--curl", at("userinfo")).exits(0)
	if out := b.script(at("userinfo"), "ACCESS_TOKEN="+token); !strings.Contains(out, `"sub"`) {
		t.Errorf("userinfo: %s", out)
	}
	b.run("token", "--curl", at("token")).exits(0)
	b.runInput(b.script(at("token"), "IMPLICIT_PASSWORD="+b.env["IMPLICIT_PASSWORD"]), "verify", "-").exits(0)
}

// cookieIn returns ST of a cookie jar of curl.
func cookieIn(t *testing.T, jar string) string {
	t.Helper()
	text, err := os.ReadFile(jar)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\tST\t")
	value, _, _ := strings.Cut(rest, "\n")
	return value
}

// rewrite points a script at another flow: the command has done the step of its own.
func rewrite(t *testing.T, file, from, to string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err == nil {
		err = os.WriteFile(file, []byte(strings.ReplaceAll(string(text), from, to)), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// What a browser did, a script cannot do; and standard output is for the token.
func TestCurlScriptThatCannotBe(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	file := filepath.Join(t.TempDir(), "paste.sh")
	b.runInput("nothing\n", "login", "--via", "paste", "--curl", file)
	out, err := exec.Command("sh", file).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "browser") || !strings.Contains(string(out), "/as/authorize?") {
		t.Errorf("%v: %s", err, out)
	}
	b.seen.reset()
	b.run("login", "--curl", "-").exits(2)
	b.run("login", "--curl", filepath.Join(t.TempDir(), "no", "such", "folder.sh")).exits(2)
	b.run("authorize", "--dry-run", "--curl", file).exits(2)
	if n := len(b.seen.all()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}
