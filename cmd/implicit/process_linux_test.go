package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// command returns the program as a separate process, with the bench's
// variables and nothing of this machine.
func (b *bench) command(args ...string) *exec.Cmd {
	b.t.Helper()
	program, err := exec.LookPath("implicit") // testscript put it there
	if err != nil {
		b.t.Fatal(err)
	}
	cmd := exec.Command(program, args...)
	cmd.Env = []string{"HOME=" + b.home, "TERM=xterm", "PATH=/nonexistent", quick}
	for name, value := range b.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return cmd
}

func statusOfProcess(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	t.Fatal(err)
	return -1
}

// A signal ends the program with the status that a shell gives it; nothing is
// on standard output, and no call goes on.
func TestSignalsEndTheProcess(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		b := newBench(t).withSandbox("slow:authorize")
		cmd := b.command("login")
		var out, errOut bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errOut
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for b.seen.count("/as/authorize") == 0 {
			time.Sleep(time.Millisecond)
		}
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if status := statusOfProcess(t, cmd.Wait()); status != 128+int(sig) {
			t.Errorf("%v: exit status %d\n%s", sig, status, errOut.String())
		}
		if out.Len() > 0 || strings.Contains(errOut.String(), "goroutine") {
			t.Errorf("%v: %s%s", sig, out.String(), errOut.String())
		}
	}
}

// dialogue is the program at a terminal, with a user at the keys.
type dialogue struct {
	t    *testing.T
	keys *os.File
	tty  *os.File // the other end, as the program has it
	cmd  *exec.Cmd

	mu     sync.Mutex
	screen strings.Builder
	closed chan struct{}
}

// talk starts the program at a new terminal.
func (b *bench) talk(args ...string) *dialogue {
	b.t.Helper()
	return b.talkTo(b.command(args...))
}

func (b *bench) talkTo(cmd *exec.Cmd) *dialogue {
	b.t.Helper()
	keys, tty, err := pty.Open()
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { keys.Close(); tty.Close() })
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	d := &dialogue{t: b.t, keys: keys, tty: tty, cmd: cmd, closed: make(chan struct{})}
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	go func() {
		defer close(d.closed)
		buf := make([]byte, 4096)
		for {
			n, err := keys.Read(buf)
			d.mu.Lock()
			d.screen.Write(buf[:n])
			d.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return d
}

func (d *dialogue) shown() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.screen.String()
}

// answer waits until the text is on the screen and the terminal echoes, or
// not, and then types.
func (d *dialogue) answer(question string, echo bool, keys string) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for !strings.Contains(d.shown(), question) || d.echoes() != echo {
		if ctx.Err() != nil {
			d.t.Fatalf("%q is not asked, or the echo is not %v:\n%s", question, echo, d.shown())
		}
		time.Sleep(time.Millisecond)
	}
	if _, err := io.WriteString(d.keys, keys); err != nil {
		d.t.Fatal(err)
	}
}

// echoes reports whether the terminal shows what is typed.
func (d *dialogue) echoes() bool {
	d.t.Helper()
	state, err := unix.IoctlGetTermios(int(d.keys.Fd()), unix.TCGETS)
	if err != nil {
		d.t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

// ends waits for the end of the program and of what it has shown. The terminal
// must echo again.
func (d *dialogue) ends(status int) {
	d.t.Helper()
	limit := time.AfterFunc(2*time.Minute, func() { _ = d.cmd.Process.Kill() }) // what is shown says what it waits for
	defer limit.Stop()
	err := d.cmd.Wait()
	if !d.echoes() {
		d.t.Error("the terminal's echo is off")
	}
	d.tty.Close()
	<-d.closed
	if got := statusOfProcess(d.t, err); got != status {
		d.t.Fatalf("exit status %d, expected %d:\n%s", got, status, d.shown())
	}
}

func TestPasswordAtTheTerminal(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().set("IMPLICIT_USERNAME", "").set("IMPLICIT_PASSWORD", "")
	d := b.talk("login", "--via", "terminal")
	d.answer("User name: ", true, "plain\n")
	d.answer("Password: ", false, "fake-password-1\n")
	d.ends(0)
	screen := d.shown()
	if !strings.Contains(screen, "User name: plain") || strings.Contains(screen, "fake-password-1") || !strings.Contains(screen, "Signed in") {
		t.Errorf("the screen:\n%s", screen)
	}
}

// Ctrl-C at the hidden prompt, and a signal from elsewhere, leave the terminal
// as it was.
func TestInterruptAtThePasswordPrompt(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().set("IMPLICIT_PASSWORD", "")
	for name, interrupt := range map[string]func(*dialogue){
		"Ctrl-C":  func(d *dialogue) { d.answer("Password: ", false, "half a pass\x03") },
		"SIGTERM": func(d *dialogue) { d.answer("Password: ", false, ""); _ = d.cmd.Process.Signal(syscall.SIGTERM) },
	} {
		d := b.talk("login", "--via", "terminal")
		interrupt(d)
		d.ends(map[string]int{"Ctrl-C": 130, "SIGTERM": 143}[name])
		if strings.Contains(d.shown(), "half a pass") {
			t.Errorf("%s: the password is on the screen:\n%s", name, d.shown())
		}
		for _, req := range b.seen.all() {
			if req.Method == "POST" {
				t.Errorf("%s: something was submitted", name)
			}
		}
	}
}

// A wrong password at the terminal is asked for three times.
func TestWrongPasswordAtTheTerminal(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().set("IMPLICIT_PASSWORD", "")
	d := b.talk("login", "--via", "terminal")
	d.answer("Password: ", false, "not-the-password\n")
	d.answer("more wrong ones may lock the account", false, "not-the-password-2\n")
	d.wait("(?s)(wrong user name.*wrong user name)")
	d.answer("Password: ", false, "not-the-password-3\n")
	d.ends(3)
	if screen := d.shown(); !strings.Contains(screen, "wrong user name or password") || strings.Contains(screen, "not-the-password") {
		t.Errorf("the screen:\n%s", screen)
	}
}

// Colours are for terminals, and for those who want them.
func TestColours(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	for _, row := range []struct {
		args   []string
		env    string
		colour bool
	}{{nil, "", true}, {[]string{"--no-color"}, "", false}, {nil, "NO_COLOR", false}} {
		b.env["NO_COLOR"] = ""
		if row.env != "" {
			b.set(row.env, "1")
		}
		d := b.talk(append([]string{"login"}, row.args...)...)
		d.ends(0)
		if got := strings.Contains(d.shown(), "\x1b["); got != row.colour {
			t.Errorf("%v %s: colours %v", row.args, row.env, got)
		}
	}
}

// Nothing is left open or half written where the disk is full.
func TestFullDiskOfAProcess(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	b := newBench(t).withSandbox()
	for _, args := range [][]string{{"login"}, {"login", "-o", "json"}, {"version"}, {"sandbox"}, {"completion", "bash"}, {"config", "show"}, {"help"}} {
		cmd := b.command(args...)
		var errOut bytes.Buffer
		cmd.Stdout, cmd.Stderr = full, &errOut
		if status := statusOfProcess(t, cmd.Run()); status != 1 || !strings.Contains(errOut.String(), "no space left") {
			t.Errorf("%q: exit status %d: %s", args, status, errOut.String())
		}
	}
	if left, _ := filepath.Glob(filepath.Join(b.home, "*", "*", ".*")); len(left) > 0 {
		t.Error(fmt.Sprint("left behind: ", left))
	}
}
