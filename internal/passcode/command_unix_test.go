//go:build !windows

package passcode

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func sh(script string) *Command {
	return &Command{Words: []string{"sh", "-c", script}, Environ: os.Environ(), Wait: time.Minute, Show: func(string) {}}
}

func TestPasscodeOfACommand(t *testing.T) {
	for _, script := range []string{"echo 123456", "printf 123456", "printf ' 123456\\r\\nmore\\n'", "echo 123456; exec sleep 600", "echo 123456; exit 1"} {
		if got, err := sh(script).Run(t.Context(), Asked{}); err != nil || got.Reveal() != "123456" {
			t.Errorf("%s: %q, %v", script, got.Reveal(), err)
		}
	}
}

func TestCommandsThatGiveNone(t *testing.T) {
	for script, says := range map[string]string{
		"exit 3": "exit status 3", ":": "printed no passcode", "echo; echo 123456": "printed no passcode",
		"echo SECRET": "not a passcode", "echo 123": "not a passcode", "yes": "not a passcode", "head -c 9000 /dev/zero": "not a passcode",
	} {
		_, err := sh(script).Run(t.Context(), Asked{})
		var failed *CommandError
		if !errors.As(err, &failed) || failed.Kind() != "person_needed" || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: %v", script, err)
		}
	}
	missing := &Command{Words: []string{"/nonexistent"}, Wait: time.Minute}
	if _, err := missing.Run(t.Context(), Asked{}); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("got %v", err)
	}
}

func TestWhatTheCommandIsTold(t *testing.T) {
	t.Setenv("IMPLICIT_TOTP_SECRET", "SECRET")
	t.Setenv("IMPLICIT_PASSWORD", "SECRET")
	var shown []string
	c := sh(`env >&2; echo 123456`)
	c.Environ, c.Show = os.Environ(), func(line string) { shown = append(shown, line) }
	_, err := c.Run(t.Context(), Asked{Device: "EMAIL", Target: "ja****@x.y", Username: "jane", Since: time.Unix(3000, 5)})
	env := strings.Join(shown, "\n") + "\n"
	for _, line := range []string{"IMPLICIT_OTP_DEVICE=EMAIL\n", "IMPLICIT_OTP_TARGET=ja****@x.y\n", "IMPLICIT_OTP_USERNAME=jane\n", "IMPLICIT_OTP_SINCE=1970-01-01T00:50:00Z\n"} {
		if !strings.Contains(env, line) {
			t.Errorf("expected %q in %s", line, env)
		}
	}
	if err != nil || strings.Contains(env, "SECRET") {
		t.Errorf("%v, or a secret in %s", err, env)
	}
}

func TestACommandThatTakesTooLong(t *testing.T) {
	c := sh("sleep 600")
	c.Wait = 50 * time.Millisecond
	_, err := c.Run(t.Context(), Asked{})
	var failed *CommandError
	if !errors.As(err, &failed) || failed.Kind() != "unreachable" {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	cancel(stopped)
	if _, err := sh("sleep 600").Run(ctx, Asked{}); !errors.Is(err, stopped) {
		t.Errorf("got %v", err)
	}
}

// What the command started ends with it.
func TestTheGroupIsKilled(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pid")
	c := sh("sleep 600 & echo $! >'" + file + "'; echo 123456; wait")
	if _, err := c.Run(t.Context(), Asked{}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	pid, nerr := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil || nerr != nil {
		t.Fatal(err, nerr)
	}
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if syscall.Kill(pid, 0) != nil || err == nil && strings.Contains(string(stat), ") Z ") { // not reaped yet
			return
		}
	}
	t.Errorf("process %d still runs", pid)
}
