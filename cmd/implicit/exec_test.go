//go:build unix

package main

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// process is this program as a separate process, with an empty home.
func (b *bench) process(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	cmd := &exec.Cmd{Path: self, Args: append([]string{"implicit"}, args...)} // TestMain looks at the name
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_STATE_HOME=" + filepath.Join(home, "state"), "CI=true", quick}
	for _, name := range slices.Sorted(maps.Keys(b.env)) {
		cmd.Env = append(cmd.Env, name+"="+b.env[name])
	}
	return cmd
}

func TestExec(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().set("IMPLICIT_STORE", "file").set("ACCESS_TOKEN", "stale")
	for _, row := range []struct {
		what string
		args []string
		exit int
		out  string // all of standard output; empty: not looked at
		says string
	}{
		{"both tokens are in its environment", []string{"sh", "-c", `test ${#ACCESS_TOKEN} -gt 500 && test ${#ID_TOKEN} -gt 500 && echo ok`}, 0, "ok\n", ""},
		{"the password is not", []string{"sh", "-c", `env | grep -c "^IMPLICIT_PASSWORD"`}, 1, "0\n", ""},
		{"nor in its arguments", []string{"sh", "-c", `tr '\0' ' ' </proc/$PPID/cmdline | grep -c -F "$ACCESS_TOKEN"`}, 1, "0\n", ""},
		{"its exit status is ours", []string{"sh", "-c", "exit 42"}, 42, "", ""},
		{"a signal that ends it", []string{"sh", "-c", "kill -KILL $$"}, 137, "", ""},
		{"its own flags are its own", []string{"echo", "--output", "json", "-h"}, 0, "--output json -h\n", ""},
		{"a command that is not there", []string{"no-such-command"}, 127, "", `cannot run "no-such-command"`},
		{"a file that is no program", []string{"/etc/passwd"}, 126, "", "permission denied"},
	} {
		t.Run(row.what, func(t *testing.T) {
			cmd := b.process(t, append([]string{"exec", "--"}, row.args...)...)
			var out, errOut bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &errOut
			err := cmd.Run()
			if got := cmd.ProcessState.ExitCode(); got != row.exit {
				t.Fatalf("exit status %d, expected %d (%v)\n%s%s", got, row.exit, err, &out, &errOut)
			}
			if row.out != "" && out.String() != row.out {
				t.Errorf("standard output is %q, expected %q", &out, row.out)
			}
			if !strings.Contains(errOut.String(), row.says) {
				t.Errorf("standard error lacks %q: %s", row.says, &errOut)
			}
		})
	}
}

func TestExecWithoutATokenRunsNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().set("IMPLICIT_STORE", "file").set("IMPLICIT_PASSWORD", "")
	out, err := b.process(t, "exec", "--", "echo", "ran").Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 4 || len(out) > 0 {
		t.Errorf("expected exit status 4 and no output, found %v and %q", err, out)
	}
}

func TestExecPassesSignalsOn(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().set("IMPLICIT_STORE", "file")
	cmd := b.process(t, "exec", "--", "sh", "-c", `trap 'echo got TERM; exit 3' TERM; echo ready; while :; do sleep 0.05; done`)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the signal goes to the parent alone
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop := time.AfterFunc(time.Minute, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	defer stop.Stop()
	var seen bytes.Buffer
	buf := make([]byte, 256)
	sent := false
	for {
		n, err := out.Read(buf)
		seen.Write(buf[:n])
		if !sent && strings.Contains(seen.String(), "ready\n") {
			sent = true
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
		}
		if err != nil {
			break
		}
	}
	_ = cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != 3 || !strings.Contains(seen.String(), "got TERM") {
		t.Errorf("exit status %d and %q, expected 3 from the trap", got, &seen)
	}
}
