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
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		text, _ := os.ReadFile(file)
		b.t.Fatalf("%v\n%s\n%s", err, out, text)
	}
	if left, _ := os.ReadDir(temp); len(left) > 0 {
		b.t.Errorf("the script left %v behind", left)
	}
	arguments, err := os.ReadFile(filepath.Join(bin, "arguments"))
	if err != nil {
		b.t.Fatal(err)
	}
	sent := []string{b.env["IMPLICIT_PASSWORD"], b.cookie("ST"), "state=", "nonce=", "eyJ"}
	for _, secret := range sent {
		if strings.Contains(string(arguments), secret) {
			b.t.Errorf("an argument of curl holds %.12s…:\n%s", secret, arguments)
		}
	}
	return string(out)
}

// A login is done again by curl, and its response is as valid as ours.
func TestCurlScriptOfALogin(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().user("signs")
	password := "IMPLICIT_PASSWORD=" + b.env["IMPLICIT_PASSWORD"]
	for _, args := range [][]string{
		{}, {"--method", "POST"}, {"--response-mode", "pi.flow"}, {"--response-type", "id_token"}, {"--scope", "openid profile"},
		{"--login-hint", `o'hara "&$(id) \`}, {"--userinfo"}, {"--acr-values", "Single_Factor"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
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
					t.Errorf("%s: ours %v, curl's %v", name, a, b)
				}
			}
			if ours["scope"] != theirs["scope"] {
				t.Errorf("scope: ours %v, curl's %v", ours["scope"], theirs["scope"])
			}
		})
	}
}

func claim(result map[string]any, name string) any {
	claims, _ := result["claims"].(map[string]any)
	token, _ := claims["id_token"].(map[string]any)
	return token[name]
}

// Each step has a script of its own; the flow's session comes from the environment.
func TestCurlScriptsOfSteps(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox("cookies-at-authorize")
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	id, _ := b.run("authorize", "-o", "json", "--curl", at("authorize")).exits(0).object()["flow_id"].(string)
	b.run("flow", "show", id, "--curl", at("show")).exits(0)
	session := "IMPLICIT_SESSION_TOKEN=" + b.cookie("ST")
	if out := b.script(at("authorize")); !strings.Contains(out, "flowId=") {
		t.Errorf("authorize: %s", out)
	}
	if out := b.script(at("show"), session); !strings.Contains(out, "USERNAME_PASSWORD_REQUIRED") {
		t.Errorf("show: %s", out)
	}
	other := b.authorized()
	b.run("flow", "submit", other, "--curl", at("submit")).exits(0)
	rewrite(t, at("submit"), other, id)
	if out := b.script(at("submit"), session, "IMPLICIT_PASSWORD="+b.env["IMPLICIT_PASSWORD"]); !strings.Contains(out, "COMPLETED") {
		t.Errorf("submit: %s", out)
	}
	b.run("resume", other, "--curl", at("resume")).exits(0)
	rewrite(t, at("resume"), other, id)
	b.runInput(b.script(at("resume"), session), "verify", "-").exits(0)

	token, _ := b.run("login", "-o", "json").exits(0).object()["access_token"].(string)
	b.runInput(token, "userinfo", "-", "--curl", at("userinfo")).exits(0)
	if out := b.script(at("userinfo"), "ACCESS_TOKEN="+token); !strings.Contains(out, `"sub"`) {
		t.Errorf("userinfo: %s", out)
	}
	b.run("token", "--curl", at("token")).exits(0)
	b.runInput(b.script(at("token"), "IMPLICIT_PASSWORD="+b.env["IMPLICIT_PASSWORD"]), "verify", "-").exits(0)
}

// rewrite points a script at another flow, since ours has done the step already.
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
