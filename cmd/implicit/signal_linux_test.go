package main

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// endsBy sends the signal to the command, which must end at once.
func endsBy(t *testing.T, cmd *exec.Cmd, sig syscall.Signal) {
	t.Helper()
	began := time.Now()
	if err := cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if status := statusOfProcess(t, err); status != 128+int(sig) {
			t.Errorf("%q, %v: exit status %d", cmd.Args[1:], sig, status)
		}
	case <-time.After(20 * time.Second):
		_ = cmd.Process.Kill()
		t.Errorf("%q, %v: still runs", cmd.Args[1:], sig)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("%q, %v: ended after %v", cmd.Args[1:], sig, took)
	}
}

// The first signal ends a command that reads standard input.
func TestSignalsWhileStandardInputIsRead(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().set("IMPLICIT_PASSWORD", "")
	for i, args := range [][]string{{"decode", "-"}, {"verify", "-"}, {"parse", "-"}, {"login", "--password-stdin"}, {"login", "--via", "paste"}, {"verify", "--batch"}} {
		cmd := b.command(args...)
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		var errOut bytes.Buffer
		cmd.Stderr = &errOut
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		reads(t, cmd.Process.Pid)
		endsBy(t, cmd, []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}[i%4])
		if !strings.Contains(errOut.String(), "stopped by a signal") || strings.Contains(errOut.String(), "goroutine") {
			t.Errorf("%q: %s", args, errOut.String())
		}
	}
}

// reads waits until a thread of the process has begun to read a pipe.
func reads(t *testing.T, pid int) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		out, _ := exec.Command("sh", "-c", `cat /proc/$0/task/*/wchan 2>/dev/null; grep -l "^0 0x0 " /proc/$0/task/*/syscall 2>/dev/null`, strconv.Itoa(pid)).Output()
		if bytes.Contains(out, []byte("pipe_read")) || bytes.Contains(out, []byte("/syscall")) {
			return
		}
	}
	time.Sleep(500 * time.Millisecond) // a system that does not show it
}

// A signal is how the sandbox is ended: it needs no message, and has its status.
func TestSignalsEndTheSandbox(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		cmd := newBench(t).command("sandbox")
		var errOut bytes.Buffer
		cmd.Stderr = &errOut
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		endsBy(t, cmd, sig)
		if errOut.Len() > 0 {
			t.Errorf("%v: %s", sig, errOut.String())
		}
	}
}

// A server that accepts and is silent does not hold a command either.
func TestSignalsWhileAServerHangs(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"token", "login"} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		b := newBench(t).withSandbox().set("IMPLICIT_AUTH_URL", "https://"+ln.Addr().String()+"/8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5")
		cmd := b.command(command)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		conn, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		endsBy(t, cmd, syscall.SIGTERM)
	}
}

// What the parent wants ignored stays ignored, as under nohup.
func TestAnIgnoredHangupIsIgnored(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	cmd := b.command("decode", "-")
	cmd.Args = []string{"sh", "-c", `trap "" HUP; exec "$0" decode -`, cmd.Path}
	cmd.Path = "/bin/sh"
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	reads(t, cmd.Process.Pid)
	_ = cmd.Process.Signal(syscall.SIGHUP)
	time.Sleep(100 * time.Millisecond)
	in.Close()
	if status := statusOfProcess(t, cmd.Wait()); status != 2 {
		t.Errorf("exit status %d, want that of an empty input", status)
	}
}

// The command that exec runs decides itself what a signal does, and has its time.
func TestExecLeavesSignalsToItsCommand(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	cmd := b.command("exec", "--", "/bin/sh", "-c", `trap "/bin/sleep 1; exit 7" TERM; echo ready; while :; do /bin/sleep 0.1; done`)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, len("ready"))); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Process.Signal(syscall.SIGTERM)
	if status := statusOfProcess(t, cmd.Wait()); status != 7 {
		t.Errorf("exit status %d, want the command's", status)
	}
}

// prompts are the questions at a terminal, and the commands that ask them.
func prompts() map[string][]string {
	return map[string][]string{
		"User name: ":        {"login", "--via", "terminal"},
		"Password: ":         {"login", "--via", "terminal"},
		"Paste the address ": {"login", "--via", "paste"},
	}
}

func promptBench(t *testing.T, question string) *bench {
	t.Helper()
	b := newBench(t).withSandbox().set("IMPLICIT_PASSWORD", "")
	if question == "User name: " {
		b.set("IMPLICIT_USERNAME", "")
	}
	return b
}

func (d *dialogue) modes() unix.Termios {
	d.t.Helper()
	modes, err := unix.IoctlGetTermios(int(d.keys.Fd()), unix.TCGETS)
	if err != nil {
		d.t.Fatal(err)
	}
	return *modes
}

// restored waits until the terminal is in the given modes and brackets are off.
func (d *dialogue) restored(modes unix.Termios) {
	d.t.Helper()
	for end := time.Now().Add(20 * time.Second); d.modes() != modes || strings.Count(d.shown(), "\x1b[?2004h") != strings.Count(d.shown(), "\x1b[?2004l"); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			d.t.Fatalf("the terminal is left in another mode:\n%q", d.shown())
		}
	}
}

// Whatever ends a prompt leaves the terminal as it was.
func TestPromptsGiveTheTerminalBack(t *testing.T) {
	t.Parallel()
	for question, args := range prompts() {
		b := promptBench(t, question)
		for _, row := range []struct {
			name   string
			keys   string
			signal syscall.Signal
			status int
			says   string
		}{
			{"Ctrl-C", "half\x03", 0, 130, "stopped by a signal"},
			{"Ctrl-\\", "half\x1c", 0, 131, "stopped by a signal"},
			{"SIGTERM", "half", syscall.SIGTERM, 143, "stopped by a signal"},
			{"SIGHUP", "half", syscall.SIGHUP, 129, "stopped by a signal"},
			{"Ctrl-D", "\x04", 0, 4, "sign-on cancelled"},
			{"Enter", "\r", 0, 4, "sign-on cancelled"},
		} {
			if row.name == "Enter" && (question == "Paste the address " || question == "Password: ") {
				continue // which a user may press before pasting, and for a password that is forgotten
			}
			d := b.talk(args...)
			before := modesOfANewTerminal(t)
			d.answer(question, question == "User name: ", row.keys)
			if row.signal != 0 {
				_ = d.cmd.Process.Signal(row.signal)
			}
			d.ends(row.status)
			if !strings.Contains(d.shown(), row.says) || strings.Contains(d.shown(), "goroutine") {
				t.Errorf("%s at %q: %s", row.name, question, d.shown())
			}
			d.restored(before)
		}
		for _, req := range b.seen.all() {
			if req.Method == "POST" {
				t.Errorf("%q: something was submitted", question)
			}
		}
	}
}

// modesOfANewTerminal are the modes before the program touches them.
func modesOfANewTerminal(t *testing.T) unix.Termios {
	t.Helper()
	keys, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer keys.Close()
	defer tty.Close()
	modes, err := unix.IoctlGetTermios(int(keys.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *modes
}

// jobOf runs the program under a shell with job control.
func (b *bench) jobOf(args ...string) *dialogue {
	b.t.Helper()
	shell, err := exec.LookPath("job")
	if err != nil {
		b.t.Fatal(err)
	}
	cmd := b.command(args...)
	cmd.Args = append([]string{"job", cmd.Path}, args...)
	cmd.Path = shell
	return b.talkTo(cmd)
}

// Ctrl-Z at a prompt gives the terminal to the shell, and fg asks again.
func TestSuspendedPrompts(t *testing.T) {
	t.Parallel()
	for question, args := range prompts() {
		b := promptBench(t, question)
		before := modesOfANewTerminal(t)
		d := b.jobOf(args...)
		echo := question == "User name: "
		d.answer(question, echo, "half an answ\x1a")
		d.wait("(stopped by stopped)")
		d.restored(before)
		asked := strings.Count(d.shown(), question)
		if _, err := io.WriteString(d.keys, "fg\n"); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(20 * time.Second); strings.Count(d.shown(), question) == asked; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%q is not asked again:\n%s", question, d.shown())
			}
		}
		d.answer(question, echo, "\x03")
		d.ends(130)
	}
}

// In the background it waits, does not touch the terminal, and obeys SIGTERM.
func TestPromptInTheBackground(t *testing.T) {
	t.Parallel()
	b := promptBench(t, "Password: ")
	before := modesOfANewTerminal(t)
	d := b.jobOf("login", "--via", "terminal")
	d.answer("Password: ", false, "\x1a")
	d.wait("(stopped by stopped)")
	if _, err := io.WriteString(d.keys, "bg\n"); err != nil {
		t.Fatal(err)
	}
	d.wait("(in the background)")
	time.Sleep(200 * time.Millisecond)
	d.restored(before)
	out, err := exec.Command("pgrep", "-P", strconv.Itoa(d.cmd.Process.Pid)).Output()
	if err != nil {
		t.Skipf("pgrep: %v", err)
	}
	if out, err := exec.Command("kill", "-TERM", strings.TrimSpace(string(out))).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	d.ends(143)
}

// authorizeLine finds the address to open on the screen of --via paste.
const authorizeLine = `(?m)^(https://127\.0\.0\.1\S+/as/authorize\S+)\r?$`

// A login goes on where the window changes its size, and the line of a paste
// stays one line of a narrow window.
func TestNarrowWindow(t *testing.T) {
	t.Parallel()
	b, p := terminalBench(t)
	d := b.talk("login", "--via", "paste")
	if err := pty.Setsize(d.keys, &pty.Winsize{Rows: 20, Cols: 40}); err != nil {
		t.Fatal(err)
	}
	ends, err := p.signOn(d.wait(authorizeLine))
	if err != nil {
		t.Fatal(err)
	}
	d.answer("Paste the address", false, ends[:100])
	d.wait("(received 100 characters)")
	if err := pty.Setsize(d.keys, &pty.Winsize{Rows: 20, Cols: 30}); err != nil {
		t.Fatal(err)
	}
	_ = d.cmd.Process.Signal(syscall.SIGWINCH)
	d.answer("received", false, ends[100:]+"\r")
	d.ends(0)
	for _, line := range strings.Split(d.shown(), "\x1b[K")[1:] {
		line, _, _ = strings.Cut(line, "\r")
		if len(line) > 39 {
			t.Errorf("the line takes more than 40 columns: %q", line)
		}
	}
}

// Only text goes to a terminal that obeys no escape sequences.
func TestDumbTerminal(t *testing.T) {
	t.Parallel()
	b, p := terminalBench(t)
	d := b.set("TERM", "dumb").talk("login", "--via", "paste")
	ends, err := p.signOn(d.wait(authorizeLine))
	if err != nil {
		t.Fatal(err)
	}
	d.answer("Paste the address", false, ends+"\r")
	d.ends(0)
	if strings.Contains(d.shown(), "\x1b") {
		t.Errorf("an escape sequence on the screen: %q", d.shown())
	}
}

// select(2) takes no descriptor above 1,023; a shell or a supervisor may hand
// down more than that.
func TestPasteWithManyInheritedDescriptors(t *testing.T) {
	t.Parallel()
	b, p := terminalBench(t)
	null, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	cmd := b.command("login", "--via", "paste")
	for range 1100 {
		cmd.ExtraFiles = append(cmd.ExtraFiles, null)
	}
	d := b.talkTo(cmd)
	ends, err := p.signOn(d.wait(authorizeLine))
	if err != nil {
		t.Fatal(err)
	}
	d.answer("Paste the address", false, ends+"\r")
	d.ends(0)
}
