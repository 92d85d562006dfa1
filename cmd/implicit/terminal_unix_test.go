//go:build unix

package main

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// terminal is a person's: a command runs on a real pty and everything it shows
// is kept.
type terminal struct {
	t    *testing.T
	cmd  *exec.Cmd
	tty  *os.File
	mu   sync.Mutex
	text bytes.Buffer
	end  chan struct{}
}

func (b *bench) terminal(t *testing.T, args ...string) *terminal {
	t.Helper()
	tm := &terminal{t: t, cmd: b.process(t, args...), end: make(chan struct{})}
	tm.cmd.Env = append(tm.cmd.Env, "CI=", "TERM=xterm-256color")
	var err error
	if tm.tty, err = pty.StartWithSize(tm.cmd, &pty.Winsize{Rows: 40, Cols: 200}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tm.tty.Close(); _ = tm.cmd.Process.Kill() })
	go func() {
		defer close(tm.end)
		buf := make([]byte, 4096)
		for {
			n, err := tm.tty.Read(buf)
			tm.mu.Lock()
			tm.text.Write(buf[:n])
			tm.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return tm
}

func (tm *terminal) shown() string {
	tm.mu.Lock()
	defer tm.mu.Unlock()
	return tm.text.String()
}

// wait returns the first match of what the screen must show.
func (tm *terminal) wait(pattern string) string {
	tm.t.Helper()
	re := regexp.MustCompile(pattern)
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if m := re.FindStringSubmatch(tm.shown()); m != nil {
			return m[len(m)-1]
		}
	}
	tm.t.Fatalf("the terminal does not show %q:\n%s", pattern, tm.shown())
	return ""
}

func (tm *terminal) typed(text string) {
	tm.t.Helper()
	if _, err := tm.tty.WriteString(text); err != nil {
		tm.t.Fatal(err)
	}
}

func (tm *terminal) exits(status int) {
	tm.t.Helper()
	stop := time.AfterFunc(30*time.Second, func() { _ = tm.cmd.Process.Signal(syscall.SIGKILL) })
	defer stop.Stop()
	<-tm.end
	_ = tm.cmd.Wait()
	if got := tm.cmd.ProcessState.ExitCode(); got != status {
		tm.t.Fatalf("exit status %d, expected %d:\n%s", got, status, tm.shown())
	}
}

// terminalBench has a browser program that opens nothing.
func terminalBench(t *testing.T) (*bench, *visitor) {
	b, p := browserBench(t, "plain")
	return b.set("BROWSER", "true").set("IMPLICIT_WAIT", "1m"), p
}

const addressLine = `(?m)^(https://127\.0\.0\.1\S+/as/authorize\S+)`

func TestPasteWinsWhileTheListenerWaits(t *testing.T) {
	b, p := terminalBench(t)
	tm := b.terminal(t, "login")
	address := tm.wait(addressLine)
	tm.wait("Paste the address")
	ends, err := p.signOn(address)
	if err != nil {
		t.Fatal(err)
	}
	tm.typed(ends + "\r")
	tm.wait("Signed in")
	tm.exits(0)
	token := regexp.MustCompile(`access_token=([^&]+)`).FindStringSubmatch(ends)[1]
	if strings.Contains(tm.shown(), token[:40]) {
		t.Error("the token that was pasted is on the screen")
	}
}

func TestBrowserWinsWhileThePromptWaits(t *testing.T) {
	b, p := terminalBench(t)
	tm := b.terminal(t, "login")
	address := tm.wait(addressLine)
	tm.wait("Paste the address")
	if err := p.open(t.Context(), address); err != nil {
		t.Fatal(err)
	}
	tm.wait("Signed in")
	tm.exits(0)
}

func TestControlCWhileWaiting(t *testing.T) {
	b, p := terminalBench(t)
	tm := b.terminal(t, "login")
	address := tm.wait(addressLine)
	tm.wait("Paste the address")
	tm.typed("\x03")
	tm.exits(130)
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
	tm := b.terminal(t, "login", "--wait", "300ms")
	tm.exits(6)
	tm.wait("no answer came from the browser")
}

func TestTerminalAsksForTheCredentials(t *testing.T) {
	b, p := terminalBench(t)
	tm := b.set("IMPLICIT_REDIRECT_URI", "https://app.example.com/callback").terminal(t, "login", "--via", "terminal")
	tm.wait("User name: ")
	tm.typed(p.user.Username + "\r")
	tm.wait("Password: ")
	tm.typed(p.user.Password + "\r")
	tm.wait("Signed in")
	tm.exits(0)
	if strings.Contains(tm.shown(), p.user.Password) {
		t.Error("the password is on the screen")
	}
}

func TestControlCAtThePassword(t *testing.T) {
	b, p := terminalBench(t)
	tm := b.set("IMPLICIT_REDIRECT_URI", "https://app.example.com/callback").terminal(t, "login", "--via", "terminal", "--username", p.user.Username)
	tm.wait("Password: ")
	tm.typed("half\x03")
	tm.exits(130)
	if strings.Contains(tm.shown(), "half") {
		t.Error("what was typed is on the screen")
	}
}
