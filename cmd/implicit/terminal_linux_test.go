package main

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// wait returns what the pattern's group finds on the screen.
func (d *dialogue) wait(pattern string) string {
	d.t.Helper()
	re := regexp.MustCompile(pattern)
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if m := re.FindStringSubmatch(d.shown()); m != nil {
			return m[1]
		}
	}
	d.t.Fatalf("the terminal does not show %q:\n%s", pattern, d.shown())
	return ""
}

// terminalBench has a browser program that opens nothing.
func terminalBench(t *testing.T) (*bench, *visitor) {
	b, p := browserBench(t, "plain")
	return b.set("BROWSER", "/bin/true").set("IMPLICIT_WAIT", "1m"), p
}

const addressLine = `(?m)^(https?://127\.0\.0\.1\S+)\r?$`

// begin opens the start page that the terminal shows and returns the authorize
// URL.
func (p *visitor) begin(d *dialogue) (authorize string) {
	p.t.Helper()
	authorize, err := p.start(d.wait(addressLine))
	if err != nil {
		p.t.Fatal(err)
	}
	return authorize
}

func TestPasteWinsWhileTheListenerWaits(t *testing.T) {
	t.Parallel()
	b, p := terminalBench(t)
	d := b.talk("login")
	ends, err := p.signOn(p.begin(d))
	if err != nil {
		t.Fatal(err)
	}
	d.answer("Paste the address", false, ends+"\r")
	d.ends(0)
	token := regexp.MustCompile(`access_token=([^&]+)`).FindStringSubmatch(ends)[1]
	if !strings.Contains(d.shown(), "Signed in") || strings.Contains(d.shown(), token[:40]) {
		t.Errorf("expected a login, and nothing of the token that was pasted, on the screen:\n%s", d.shown())
	}
}

func TestBrowserWinsWhileThePromptWaits(t *testing.T) {
	t.Parallel()
	b, p := terminalBench(t)
	d := b.talk("login")
	address := d.wait(addressLine)
	d.answer("Paste the address", false, "")
	if err := p.open(t.Context(), address); err != nil {
		t.Fatal(err)
	}
	d.ends(0)
}

// A message while an address can be pasted has its own line, and the question follows.
func TestBrowserThatFailsWhileThePromptWaits(t *testing.T) {
	t.Parallel()
	b, _ := terminalBench(t)
	dir := t.TempDir()
	browser, fail := filepath.Join(dir, "browser"), filepath.Join(dir, "fail")
	if err := os.WriteFile(browser, []byte("#!/bin/sh\nuntil [ -e "+fail+" ]; do /bin/sleep 0.1; done\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	d := b.set("BROWSER", browser).talk("login")
	d.answer("Paste the address", false, "")
	if err := os.WriteFile(fail, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d.wait(`(?s)(Paste the address from the browser: \r\nimplicit: warning: no browser could be opened: .*\nPaste the address from the browser: $)`)
	d.answer("no browser", false, "\x03")
	d.ends(130)
}

func TestInterruptWhileWaiting(t *testing.T) {
	t.Parallel()
	b, p := terminalBench(t)
	d := b.talk("login")
	address := p.begin(d)
	d.answer("Paste the address", false, "\x03")
	d.ends(130)
	d.wait("(close the browser tab)")
	ends, err := p.signOn(address)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.land(ends); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("the port is not free: %v", err)
	}
}

// The login fails by the pasted address while the browser may still be on its
// way: the port is not left to another program.
func TestThePortIsHeldAfterAFailure(t *testing.T) {
	t.Parallel()
	b, p := terminalBench(t)
	d := b.talk("login")
	u, err := url.Parse(p.begin(d))
	if err != nil {
		t.Fatal(err)
	}
	callback := u.Query().Get("redirect_uri")
	d.answer("Paste the address", false, callback+"#error=access_denied&state="+u.Query().Get("state")+"\r")
	d.wait("(access_denied)")
	d.wait("(waiting for the browser tab, Ctrl-C to stop)")
	if err := p.land(callback + "#error=server_error&state=" + u.Query().Get("state")); err != nil || !strings.Contains(p.page, "The login has ended") {
		t.Errorf("the browser shows %s, %v", p.page, err)
	}
	d.ends(3)
}

// Every user of the machine can read every argument list.
func TestArgumentListsHoldNoRequest(t *testing.T) {
	t.Parallel()
	b, p := terminalBench(t)
	dir := t.TempDir()
	browser, stop := filepath.Join(dir, "browser"), filepath.Join(dir, "stop")
	if err := os.WriteFile(browser, []byte("#!/bin/sh\nuntil [ -e "+stop+" ]; do /bin/sleep 0.1; done\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	d := b.set("BROWSER", browser).talk("login")
	defer os.WriteFile(stop, nil, 0o600)
	address := d.wait(addressLine)
	u, err := url.Parse(p.begin(d))
	if err != nil {
		t.Fatal(err)
	}
	all := ""
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(all, address) && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
		all = ""
		for _, f := range files {
			b, _ := os.ReadFile(f)
			all += string(b)
		}
	}
	if !strings.Contains(all, address) || strings.Contains(all, u.Query().Get("state")) || strings.Contains(all, u.Query().Get("nonce")) {
		t.Errorf("expected the start page in an argument list and nothing of the request: %s", u)
	}
	d.answer("Paste the address", false, "\x03")
	d.ends(130)
}

func TestNoAnswerAtTheTerminal(t *testing.T) {
	t.Parallel()
	b, _ := terminalBench(t)
	d := b.talk("login", "--wait", "300ms")
	d.ends(6)
	d.wait("(no response was received from the browser)")
}
