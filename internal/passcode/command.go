package passcode

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/state"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Command is a program that prints a passcode or a password.
type Command struct {
	Flag    string                // that names it, such as --otp-command
	Words   []string              // the program and its arguments
	Environ []string              // as os.Environ gives it; our secrets are left out
	Wait    time.Duration         // for the first line
	Show    func(line string)     // each line of its standard error
	Learn   func(implicit.Secret) // what it printed, before it is used
}

// Asked says which passcode is asked for.
type Asked struct {
	Device   string // the type, such as EMAIL
	Target   string // the masked address; empty where the device has none
	Username string
	Since    time.Time // the passcode was not sent before
}

// CommandError says why a command gave no passcode or password.
type CommandError struct {
	Flag     string
	Program  string
	Problem  string
	TimedOut bool
}

func (e *CommandError) Error() string {
	return fmt.Sprintf("%s %s: %s", e.Flag, e.Program, e.Problem)
}

// Kind is "unreachable" for a command that took too long.
func (e *CommandError) Kind() string {
	if e.TimedOut {
		return "unreachable"
	}
	return "person_needed"
}

// Hint says what the command must do.
func (e *CommandError) Hint() string {
	if e.TimedOut {
		return "give it longer with --wait"
	}
	if e.Flag == PasswordFlag {
		return "it must print the password as the first line of its standard output, and exit with 0"
	}
	return "it must print the passcode, 4 to 12 digits, as the first line of its standard output"
}

// The flags that name commands.
const (
	OTPFlag      = "--otp-command"
	PasswordFlag = "--password-command"
)

// Valid reports whether a text can be a passcode.
func Valid(text string) bool { return regexp.MustCompile(`^[0-9]{4,12}$`).MatchString(text) }

// maxLine bounds a line of the command, in bytes.
const maxLine = 4096

// Run runs the command until it has printed a line, which is the passcode, and
// kills what is left of it and of its group. The error is a [*CommandError] or the
// cause of ctx's end.
func (c *Command) Run(ctx context.Context, asked Asked) (implicit.Secret, error) {
	waiting, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	text, err := c.firstLine(waiting, asked.env(), false)
	text = strings.TrimSpace(text)
	failed := c.failed()
	switch {
	case ctx.Err() != nil:
		return implicit.Secret{}, context.Cause(ctx)
	case waiting.Err() != nil && text == "":
		failed.Problem, failed.TimedOut = "no passcode within "+words.Span(c.Wait), true
	case text == "" && err != nil:
		failed.Problem = err.Error()
	case text == "":
		failed.Problem = "it printed no passcode"
	case !Valid(text):
		failed.Problem = "its first line is not a passcode of 4 to 12 digits"
	default:
		return c.learned(text), nil
	}
	return implicit.Secret{}, failed
}

// Password runs the command to its end and returns the first line that it printed.
// The error is as that of [Command.Run].
func (c *Command) Password(ctx context.Context) (implicit.Secret, error) {
	waiting, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	text, err := c.firstLine(waiting, nil, true)
	failed := c.failed()
	switch {
	case ctx.Err() != nil:
		return implicit.Secret{}, context.Cause(ctx)
	case waiting.Err() != nil:
		failed.Problem, failed.TimedOut = "no password within "+words.Span(c.Wait), true
	case err != nil:
		failed.Problem = err.Error()
	case text == "":
		failed.Problem = "it printed no password"
	default:
		return c.learned(text), nil
	}
	return implicit.Secret{}, failed
}

func (c *Command) failed() *CommandError { return &CommandError{Flag: c.Flag, Program: c.Words[0]} }

func (c *Command) learned(text string) implicit.Secret {
	secret := implicit.NewSecret(text)
	if c.Learn != nil {
		c.Learn(secret)
	}
	return secret
}

// firstLine runs the program, to its end or until it has printed a line. The
// error says how it ended.
func (c *Command) firstLine(ctx context.Context, environ []string, toEnd bool) (string, error) {
	cmd := exec.CommandContext(ctx, c.Words[0], c.Words[1:]...)
	cmd.Env = append(state.ChildEnv(c.Environ), environ...)
	shown := &lineWriter{show: c.Show}
	defer shown.flush()
	cmd.Stderr = shown
	cmd.WaitDelay = time.Second // a daemon it started may hold its output open
	ownGroup(cmd)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		if reason := errors.Unwrap(err); reason != nil {
			err = reason
		}
		return "", err
	}
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(io.LimitReader(out, maxLine)).ReadString('\n')
		line <- text
		_, _ = io.Copy(io.Discard, out) // so that it can end
	}()
	var text string
	select {
	case <-ctx.Done():
	case text = <-line:
	}
	enough := text != "" && !toEnd
	if enough {
		killGroup(cmd)
	}
	if err = cmd.Wait(); enough {
		err = nil // that it was killed
	}
	killGroup(cmd)
	if !toEnd && strings.HasSuffix(text, "\n") { // how it ended says nothing
		err = nil
	}
	return strings.TrimRight(text, "\r\n"), err
}

func (a Asked) env() []string {
	clean := strings.NewReplacer("\x00", "")
	return []string{
		"IMPLICIT_OTP_DEVICE=" + clean.Replace(a.Device), "IMPLICIT_OTP_TARGET=" + clean.Replace(a.Target),
		"IMPLICIT_OTP_USERNAME=" + clean.Replace(a.Username), "IMPLICIT_OTP_SINCE=" + a.Since.UTC().Truncate(time.Second).Format(time.RFC3339),
	}
}

// lineWriter shows each line once it is complete.
type lineWriter struct {
	line []byte
	show func(line string)
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.line = append(w.line, p...)
	for {
		end := bytes.IndexByte(w.line, '\n') + 1
		if end == 0 && len(w.line) < maxLine {
			return len(p), nil
		}
		if end == 0 {
			end = maxLine
		}
		w.show(strings.TrimRight(string(w.line[:end]), "\r\n"))
		w.line = w.line[end:]
	}
}

func (w *lineWriter) flush() {
	if len(w.line) > 0 {
		w.show(string(w.line))
	}
}
