//go:build unix

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
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
	a := &app{
		in: terminal, inTerminal: terminal, out: &output{w: &out}, errOut: &errOut, now: b.now, random: rand.Reader,
		getenv: func(name string) string { return b.env[name] }, dirs: b.dirs, version: "test",
	}
	exit := run(ctx, a, args)
	return ran{b.t, exit, out.String(), errOut.String()}
}

func TestConfigInitAsks(t *testing.T) {
	b := newBench(t).withSandbox()
	url, client := b.env["IMPLICIT_AUTH_URL"], b.env["IMPLICIT_CLIENT_ID"]
	b.atTerminal([]string{url, client, "", "openid email"}, "config", "init").exits(0).
		says("Environment ID", "Client ID", "Redirect URI", "[http://127.0.0.1/callback]", "Scopes", "is written to")
	want := "profiles:\n  default:\n    auth-url: " + url + "\n    client-id: " + client +
		"\n    redirect-uri: http://127.0.0.1/callback\n    scope: openid email\n"
	if b.configText() != want {
		t.Errorf("the file is\n%s\nwant\n%s", b.configText(), want)
	}
}

func TestConfigInitAsksForWhatFlagsLeaveOut(t *testing.T) {
	b := newBench(t)
	got := b.atTerminal([]string{"ZZ"}, "config", "init", "--environment-id="+workID, "--client-id=a").exits(2).says("Region (NA CA EU AU SG AP) [NA]")
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
	for name, row := range map[string]struct {
		lines []string
		exit  int
		says  string
	}{
		"at a wrong ID":         {[]string{"8f1c2d3e"}, 2, "expected an environment ID"},
		"at a wrong URL":        {[]string{"http://login.example.com"}, 2, "--auth-url"},
		"at a wrong region":     {[]string{workID, "ZZ"}, 2, "--region"},
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

// The sandbox supplies what a profile for it leaves out.
func TestConfigInitForTheSandbox(t *testing.T) {
	b := newBench(t)
	b.atTerminal(nil, "config", "init", "--sandbox").exits(0)
	if got := b.configText(); got != "profiles:\n  default:\n    sandbox: true\n" {
		t.Errorf("the file is\n%s", got)
	}
}

// Whoever can write the file gets the password sent to a server of theirs.
func TestConfigurationFileOfOthers(t *testing.T) {
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
