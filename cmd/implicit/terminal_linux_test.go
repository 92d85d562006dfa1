package main

import (
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

const addressLine = `(?m)^(https://127\.0\.0\.1\S+/as/authorize\S+)\r?$`

func TestPasteWinsWhileTheListenerWaits(t *testing.T) {
	b, p := terminalBench(t)
	d := b.talk("login")
	ends, err := p.signOn(d.wait(addressLine))
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
	b, p := terminalBench(t)
	d := b.talk("login")
	address := d.wait(addressLine)
	d.answer("Paste the address", false, "")
	if err := p.open(t.Context(), address); err != nil {
		t.Fatal(err)
	}
	d.ends(0)
}

func TestInterruptWhileWaiting(t *testing.T) {
	b, p := terminalBench(t)
	d := b.talk("login")
	address := d.wait(addressLine)
	d.answer("Paste the address", false, "\x03")
	d.ends(130)
	ends, err := p.signOn(address)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.land(ends); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("the port is not free: %v", err)
	}
}

func TestNobodyComesToTheTerminal(t *testing.T) {
	b, _ := terminalBench(t)
	d := b.talk("login", "--wait", "300ms")
	d.ends(6)
	d.wait("(no response was received from the browser)")
}
