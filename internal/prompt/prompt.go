// Package prompt answers what a sign-on asks the user: from settings where they
// hold the answer, else at the terminal, else not at all.
package prompt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// Credentials answers a sign-on's questions.
type Credentials struct {
	Username string
	Password implicit.Secret
	Terminal *Terminal // nil: no terminal is available
}

// Answer implements [pingone.Answerer]. It asks at the terminal only for what
// the settings do not hold.
func (c *Credentials) Answer(ctx context.Context, q pingone.Question) (pingone.Answer, error) {
	if q.Refused != nil {
		return pingone.Answer{}, q.Refused
	}
	answers := map[pingone.Field]implicit.Secret{}
	for _, f := range q.Fields {
		answer, err := c.field(ctx, f, q.Flow)
		if cancelled := (*CancelledError)(nil); errors.As(err, &cancelled) {
			cancelled.SignOn = true
		}
		if err != nil {
			return pingone.Answer{}, err
		}
		answers[f] = answer
	}
	return pingone.Answer{Values: answers}, nil
}

func (c *Credentials) field(ctx context.Context, f pingone.Field, flow *pingone.Flow) (implicit.Secret, error) {
	switch {
	case f == pingone.FieldUsername && c.Username != "":
		return implicit.NewSecret(c.Username), nil
	case f == pingone.FieldUsername && flow.User.Username != "":
		return implicit.NewSecret(flow.User.Username), nil
	case f == pingone.FieldPassword && !c.Password.Empty():
		return c.Password, nil
	case c.Terminal == nil:
		return implicit.Secret{}, missing(f)
	case f == pingone.FieldPassword:
		return c.Terminal.Hidden(ctx, "Password: ")
	}
	line, err := c.Terminal.Line(ctx, "User name: ")
	c.Username = line
	return implicit.NewSecret(line), err
}

// Terminal is where the user can be asked. Its methods end when ctx does, with
// its cause, and leave the terminal as it was. After Ctrl-Z and fg they ask
// again.
type Terminal struct {
	In  *os.File
	Err io.Writer // where the questions are shown
}

// Line asks for one line. An empty one is a [*CancelledError].
func (t *Terminal) Line(ctx context.Context, label string) (string, error) {
	return t.ask(ctx, label, lines, "")
}

// Preset asks for one line and shows a preset, which an empty one stands for.
func (t *Terminal) Preset(ctx context.Context, question, preset string) (string, error) {
	return t.ask(ctx, question+" ["+preset+"]: ", lines, preset)
}

// Hidden asks for one line that is not shown. An empty one is a
// [*CancelledError].
func (t *Terminal) Hidden(ctx context.Context, label string) (implicit.Secret, error) {
	text, err := t.ask(ctx, label, keys, "")
	return implicit.NewSecret(text), err
}

func (t *Terminal) ask(ctx context.Context, label string, m mode, preset string) (string, error) {
	tty, err := openTTY(t.In, m, func(bool) {})
	if err != nil {
		return "", fmt.Errorf("read from the terminal: %w", err)
	}
	defer tty.close()
	line, err := tty.ask(ctx, m, func() { fmt.Fprint(t.Err, label) })
	if m == keys || err != nil { // the terminal showed no line break
		fmt.Fprintln(t.Err)
	}
	if m == lines {
		line = strings.TrimSpace(line)
	}
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case errors.Is(err, io.EOF):
		return "", &CancelledError{Label: label}
	case err != nil:
		return "", fmt.Errorf("read from the terminal: %w", err)
	case line == "" && preset == "":
		return "", &CancelledError{Label: label}
	case line == "":
		return preset, nil
	}
	return line, nil
}
