package main

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// curl runs the real one.
func (b *bench) curl(args ...string) string {
	b.t.Helper()
	program, err := exec.LookPath("curl")
	if err != nil {
		if slices.Contains(strings.Split(os.Getenv("IMPLICIT_TEST_REQUIRE"), ","), "curl") {
			b.t.Fatal("needs curl, and IMPLICIT_TEST_REQUIRE asks for it")
		}
		b.t.Skip("needs curl, which is not installed here")
	}
	cmd := exec.Command(program, append([]string{"-s", "-S", "--noproxy", "*", "--cacert", b.env["IMPLICIT_CA_CERT"]}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		b.t.Fatalf("curl %q: %v", args, err)
	}
	return string(out)
}

// The documentation's calls: spaces as %20, -i in place of --location.
func TestDocumentedCurlCommands(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	auth := b.env["IMPLICIT_AUTH_URL"]
	begun := b.curl("-i", "-X", "GET", auth+"/as/authorize?response_type=token%20id_token&client_id="+b.env["IMPLICIT_CLIENT_ID"]+
		"&redirect_uri=https://app.example.com/callback&scope=openid%20profile")
	flow := regexp.MustCompile(`(?i)\nlocation: \S+[?&]flowId=([0-9a-f-]{36})\r\n`).FindStringSubmatch(begun)
	if !strings.Contains(begun, " 302") || flow == nil {
		t.Fatalf("authorize answered:\n%s", begun)
	}
	done := b.curl("-i", "-X", "POST", auth+"/flows/"+flow[1], "-H", "Content-Type: application/vnd.pingidentity.usernamePassword.check+json",
		"-d", `{"username":"plain","password":"fake-password-1"}`)
	cookie := regexp.MustCompile(`(?i)\nset-cookie: ST=([^;]+);`).FindStringSubmatch(done)
	if !strings.Contains(done, `"COMPLETED"`) || cookie == nil {
		t.Fatalf("the flow answered:\n%s", done)
	}
	resumed := b.curl("-i", auth+"/as/resume?flowId="+flow[1], "-H", "Cookie: ST="+cookie[1])
	if !strings.Contains(resumed, " 302") || !strings.Contains(resumed, "https://app.example.com/callback#access_token=") || !strings.Contains(resumed, "id_token=") {
		t.Fatalf("resume answered:\n%s", resumed)
	}
	out := b.runInput(resumed, "parse", "-", "-o", "json", "--redirect-uri", "https://app.example.com/callback").exits(0).object()
	if out["channel"] != "fragment" {
		t.Errorf("parse: %v", out)
	}
	b.runInput(resumed, "verify", "-").exits(0)
}

// What authorize --curl prints is a command that a shell takes, and the same
// request.
func TestPrintedCurlCommand(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	for _, method := range []string{"GET", "POST"} {
		printed := b.run("authorize", "--curl", "--method", method, "--login-hint", `o'hara "&$(id) \`).exits(0).out
		b.seen.reset()
		b.curl("--version")
		cmd := exec.Command("sh", "-c", strings.Replace(printed, "curl ", "curl -sS --noproxy '*' ", 1))
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), " 302") {
			t.Fatalf("%s: %v\n%s\n%s", method, err, printed, out)
		}
		req, body := b.seen.first("/as/authorize")
		sent, err := url.ParseQuery(req.URL.RawQuery + body)
		if err != nil || req.Method != method || sent.Get("login_hint") != `o'hara "&$(id) \` {
			t.Errorf("%s: sent %s %v (%v)", method, req.Method, sent, err)
		}
	}
}

// A flow that curl began is finished here, and the other way round.
func TestCurlAndCommandsTakeTurns(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox("cookies-at-authorize")
	id := b.authorized()
	b.run("flow", "show", id).exits(0)
	resume := fmt.Sprintf("%s/as/resume?flowId=%s", b.env["IMPLICIT_AUTH_URL"], id)
	b.run("flow", "submit", id).exits(0)
	pasted := b.curl("-i", resume, "-H", "Cookie: ST="+b.cookie("ST"))
	b.runInput(pasted, "verify", "-").exits(0)
}

// What is sent is what --dry-run prints.
func TestDryRun(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	args := []string{"--state", "a-state", "--nonce", "a-nonce", "--scope", "openid profile", "--param", "x=a b&c", "--max-age", "0", "--prompt", "login"}
	printed := strings.TrimSpace(b.run(append([]string{"authorize", "--dry-run"}, args...)...).exits(0).out)
	if len(b.seen.all()) != 0 {
		t.Fatal("a dry run sent something")
	}
	b.run(append([]string{"authorize"}, args...)...).exits(0)
	req, _ := b.seen.first("/as/authorize")
	if sent := "https://" + req.Host + req.URL.RequestURI(); sent != printed {
		t.Errorf("sent    %s\nprinted %s", sent, printed)
	}
	if strings.Contains(printed, "+") || !strings.Contains(printed, "response_type=token%20id_token") || !strings.Contains(printed, "x=a%20b%26c") {
		t.Errorf("spaces are not %%20: %s", printed)
	}
}
