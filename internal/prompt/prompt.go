// Package prompt answers what a sign-on asks of a person: from settings where
// they hold the answer, else from the terminal, else not at all.
package prompt

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// MissingError says that the sign-on asked for something that nobody is there
// to give.
type MissingError struct{ Field pingone.Field }

func (e *MissingError) Error() string {
	return fmt.Sprintf("the sign-on asks for the %s, and there is no terminal to ask at", e.Field)
}

// Credentials answers a sign-on's questions.
type Credentials struct {
	Username string
	Password implicit.Secret
	Terminal *Terminal // nil: there is nobody to ask
}

// Answer implements [pingone.Answerer]. It asks the terminal only for what the
// settings do not hold.
func (c *Credentials) Answer(ctx context.Context, q pingone.Question) (map[pingone.Field]implicit.Secret, error) {
	answers := map[pingone.Field]implicit.Secret{}
	for _, f := range q.Fields {
		answer, err := c.field(ctx, f, q.Flow)
		if err != nil {
			return nil, err
		}
		answers[f] = answer
	}
	return answers, nil
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
		return implicit.Secret{}, &MissingError{f}
	case f == pingone.FieldPassword:
		return c.Terminal.Hidden(ctx, "Password: ")
	}
	line, err := c.Terminal.Line(ctx, "User name: ")
	c.Username = line
	return implicit.NewSecret(line), err
}

// Terminal is where a person can be asked.
type Terminal struct {
	In  *os.File
	Err io.Writer // where the questions are shown
}

// Line asks for one line.
func (t *Terminal) Line(ctx context.Context, label string) (string, error) {
	return t.ask(ctx, label, func() (string, error) { return readLine(t.In) })
}

// Hidden asks for one line that is not shown.
func (t *Terminal) Hidden(ctx context.Context, label string) (implicit.Secret, error) {
	before, err := term.GetState(int(t.In.Fd()))
	if err != nil {
		return implicit.Secret{}, fmt.Errorf("read the password: %w", err)
	}
	text, err := t.ask(ctx, label, func() (string, error) {
		b, err := term.ReadPassword(int(t.In.Fd()))
		return string(b), err
	})
	// Where the wait was interrupted, the reader still holds the terminal
	// without its echo.
	_ = term.Restore(int(t.In.Fd()), before)
	fmt.Fprintln(t.Err)
	return implicit.NewSecret(text), err
}

// ask runs read beside the wait for ctx: a read from a terminal cannot be
// interrupted.
func (t *Terminal) ask(ctx context.Context, label string, read func() (string, error)) (string, error) {
	fmt.Fprint(t.Err, label)
	type answer struct {
		text string
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		text, err := read()
		done <- answer{text, err}
	}()
	select {
	case <-ctx.Done():
		return "", context.Cause(ctx)
	case a := <-done:
		if errors.Is(a.err, io.EOF) {
			return "", fmt.Errorf("%sno answer: the input ended", label)
		}
		if a.err == nil && a.text == "" {
			return "", fmt.Errorf("%sempty answer", label)
		}
		return a.text, a.err
	}
}

func readLine(r io.Reader) (string, error) {
	line, err := bufio.NewReaderSize(r, 1).ReadString('\n')
	if err != nil && (line == "" || !errors.Is(err, io.EOF)) {
		return "", err
	}
	return strings.TrimSpace(line), nil
}
