//go:build unix

package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// atTerminal runs a command while a user types the lines, one for each question.
func (b *bench) atTerminal(lines []string, args ...string) ran {
	b.t.Helper()
	user, terminal, err := pty.Open()
	if err != nil {
		b.t.Fatal(err)
	}
	defer user.Close()
	defer terminal.Close()
	if _, err := io.WriteString(user, strings.Join(lines, "\n")+"\n"); err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var out, errOut bytes.Buffer
	a := b.app(terminal, &out, &errOut)
	a.inTerminal = terminal
	exit := run(ctx, a, args)
	return ran{b.t, exit, out.String(), errOut.String()}
}

func TestConfigInitAsks(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	url, client := b.env["IMPLICIT_AUTH_URL"], b.env["IMPLICIT_CLIENT_ID"]
	b.atTerminal([]string{url, client, "", "openid email"}, "config", "init").exits(0).
		says("Environment ID", "Client ID", "Redirect URI", "[http://127.0.0.1/callback]", "Scopes", "accepts the client ID and the redirect URI", "is written to")
	want := "profiles:\n  default:\n    auth-url: " + url + "\n    client-id: " + client +
		"\n    redirect-uri: http://127.0.0.1/callback\n    scope: openid email\n"
	if b.configText() != want {
		t.Errorf("the file is\n%s\nwant\n%s", b.configText(), want)
	}
}

func TestConfigInitAsksForWhatFlagsLeaveOut(t *testing.T) {
	t.Parallel()
	b := newBench(t).set("HTTPS_PROXY", "http://127.0.0.1:1")
	got := b.atTerminal([]string{"ZZ", "EU", "", "", "n"}, "config", "init", "--environment-id="+workID, "--client-id=a", "--timeout=2s").
		exits(6).says("Region (NA CA EU AU SG AP) [NA]")
	if strings.Count(got.errOut, "Region (") != 2 {
		t.Errorf("a wrong region is not asked again: %s", got.errOut)
	}
	if strings.Contains(got.errOut, "Environment ID") || strings.Contains(got.errOut, "Client ID") {
		t.Errorf("it asks for what is given: %s", got.errOut)
	}
	b.atTerminal([]string{"y"}, "config", "init", "--auth-url=https://127.0.0.1:1", "--client-id=a", "--scope=openid",
		"--redirect-uri=https://app.example.com/cb", "--timeout=2s").exits(0).says("Keep the profile")
	if !strings.Contains(b.configText(), "auth-url: https://127.0.0.1:1\n") {
		t.Errorf("the file is %q", b.configText())
	}
}

func TestConfigInitStops(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		lines []string
		exit  int
		says  string
	}{
		"after a wrong ID":      {[]string{"8f1c2d3e", ""}, 4, "expected an environment ID"},
		"after a wrong URL":     {[]string{"http://login.example.com", ""}, 4, "--auth-url"},
		"where nothing answers": {[]string{"https://127.0.0.1:1", "a", "", "", "n"}, 6, "nothing was written"},
		"without a yes":         {[]string{"https://127.0.0.1:1", "a", "", "", ""}, 6, "nothing was written"},
	} {
		b := newBench(t)
		b.set("IMPLICIT_TIMEOUT", "2s")
		b.atTerminal(row.lines, "config", "init").exits(row.exit).says(row.says)
		if _, err := os.Stat(b.configPath()); err == nil {
			t.Errorf("%s: a file was written:\n%s", name, b.configText())
		}
	}
}

// What is wrong is asked again, and what PingOne refuses is said before a login.
func TestConfigInitAsksAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	url, client := b.env["IMPLICIT_AUTH_URL"], b.env["IMPLICIT_CLIENT_ID"]
	got := b.atTerminal([]string{"http://login.example.com", url, "two words", client, "not a URI", "", ""}, "config", "init").exits(0).
		says("--auth-url: ", "--client-id: expected no spaces", "--redirect-uri: ")
	if !strings.Contains(got.out, "Next: implicit login\n") || !strings.Contains(got.out, "client-id     "+client) {
		t.Errorf("it does not show what it wrote, and what follows:\n%s", got.out)
	}
	b.atTerminal([]string{"n"}, "config", "init", "wrong", "--auth-url="+url, "--client-id="+client, "--scope=openid",
		"--redirect-uri=https://app.example.com/elsewhere").exits(3).says("register exactly https://app.example.com/elsewhere", "nothing was written")
	b.run("config", "init", "wrong", "--auth-url="+url, "--client-id=c11e0000-0000-4000-8000-00000000ffff").exits(0).
		says("warning: a login with this profile cannot work", "does not know this environment or application")
}

// The environment answers in one region only: here behind a proxy, which leads every
// host to the sandbox.
func TestConfigInitFindsTheRegion(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandboxOptions(sandbox.Options{BaseURL: "https://auth.pingone.asia"})
	server := strings.TrimPrefix(b.srv.URL, "https://")
	b.set("HTTPS_PROXY", "http://"+tunnel(t, connectTo(server)))
	b.atTerminal([]string{sandbox.EnvironmentID, "", b.env["IMPLICIT_CLIENT_ID"], "", ""}, "config", "init").exits(0).
		says("the environment is in the region AP", "[AP]", "accepts the client ID")
	if !strings.Contains(b.configText(), "region: AP\n") {
		t.Errorf("the file is %s", b.configText())
	}
}

func TestConfigSetAsksBeforeAProfileIsCreated(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.run("config", "set", "region", "EU", "--profile", "work").exits(2).says("implicit config init work")
	b.atTerminal([]string{"n"}, "config", "set", "region", "EU", "--profile", "work").exits(2).says("There is no profile work. Create it?")
	b.atTerminal([]string{"y"}, "config", "set", "region", "EU", "--profile", "work").exits(0)
	b.run("config", "set", "region", "CA", "--profile", "WORK").exits(0)
	b.run("config", "set", "region", "EU").exits(0) // of the profile default
}

// The sandbox supplies what a profile for it leaves out.
func TestConfigInitForTheSandbox(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.atTerminal(nil, "config", "init", "--sandbox").exits(0)
	if got := b.configText(); got != "profiles:\n  default:\n    sandbox: true\n" {
		t.Errorf("the file is\n%s", got)
	}
}

// A user who can write the file can have the password sent to another server.
func TestConfigurationFileOfOthers(t *testing.T) {
	t.Parallel()
	b := newBench(t).configured("profiles:\n  default:\n    region: EU\n")
	if err := os.Chmod(b.configPath(), 0o666); err != nil {
		t.Fatal(err)
	}
	b.run("login").exits(2).says("writable by everybody", "hint: run: chmod o-w")
	b.run("config", "set", "region", "NA").exits(2).says("writable by everybody")
	if err := os.Chmod(b.configPath(), 0o660); err != nil {
		t.Fatal(err)
	}
	b.run("config", "show").exits(0).says("warning", "writable by its group")
}
