package prompt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Terminal is where the user can be asked. Its methods end when ctx does, with
// its cause, and leave the terminal as it was. After Ctrl-Z and fg they ask
// again.
type Terminal struct {
	In    *os.File
	Err   io.Writer         // where the questions are shown
	Plain bool              // Err gets no escape sequences, as where TERM is dumb
	Tell  func(text string) // shows a message, safely; nil: on Err, for tests

	// Scrub removes the run's secrets from questions and lists, which may hold
	// texts of a server; nil: nothing is taken out.
	Scrub func(text string) string
}

// tell shows a message, wrapped. What a line end could split is taken out before.
func (t *Terminal) tell(format string, args ...any) {
	text := t.scrubbed(fmt.Sprintf(format, args...))
	if width, ok := drives(t.Err, t.Plain); ok {
		text = wrap(text, max(1, width-indentColumns), prefixColumns-indentColumns)
	}
	if t.Tell != nil {
		t.Tell(text)
		return
	}
	fmt.Fprintln(t.Err, words.Text(text))
}

func (t *Terminal) scrubbed(text string) string {
	if t.Scrub == nil {
		return text
	}
	return t.Scrub(text)
}

// Line asks for one line. An empty one is a [*CancelledError].
func (t *Terminal) Line(ctx context.Context, label string) (string, error) {
	return t.ask(ctx, label, lines, "")
}

// Preset asks for one line and shows a preset, which an empty answer chooses.
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
	shown := t.scrubbed(label)
	if width, ok := drives(t.Err, t.Plain); ok {
		shown = wrap(shown, width, 0)
	}
	line, err := tty.ask(ctx, m, func() { fmt.Fprint(t.Err, shown) })
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
		return "", &CancelledError{Label: label, ended: true}
	case err != nil:
		return "", fmt.Errorf("read from the terminal: %w", err)
	case line == "" && preset == "":
		return "", &CancelledError{Label: label}
	case line == "":
		return preset, nil
	}
	return line, nil
}

// canWaitForKey is false where a read of the terminal cannot be given up.
const canWaitForKey = runtime.GOOS != "windows"

// key waits so long for one key, which is not shown, and shows the progress
// meanwhile, on a line that it takes away again. It returns 0 where no key was
// pressed.
func (t *Terminal) key(ctx context.Context, progress string, wait time.Duration) (byte, error) {
	tty, err := openTTY(t.In, keys, func(bool) {})
	if err != nil {
		return 0, fmt.Errorf("read from the terminal: %w", err)
	}
	defer tty.close()
	if width, ok := drives(t.Err, t.Plain); ok && tty.foreground() {
		fmt.Fprintf(t.Err, "\r\x1b[K%s", progress[:min(len(progress), max(1, width-1))])
		defer fmt.Fprint(t.Err, "\r\x1b[K")
	}
	b := make([]byte, 1)
	n, err := tty.read(ctx, b, wait)
	switch {
	case ctx.Err() != nil:
		return 0, context.Cause(ctx)
	case errors.Is(err, errAskAgain) || err == nil && n == 0:
		return 0, nil
	case errors.Is(err, io.EOF) || err == nil && b[0] == keyEOT:
		return 0, &CancelledError{Label: "confirmation"}
	case err != nil:
		return 0, fmt.Errorf("read from the terminal: %w", err)
	}
	return b[0], nil
}

// drives reports whether w obeys escape sequences, and how many columns it has: a
// terminal does, a file and an old Windows console do not.
func drives(w io.Writer, plain bool) (width int, ok bool) {
	file, ok := w.(*os.File)
	if !ok || plain || runtime.GOOS == "windows" {
		return 0, false
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if width == 0 {
		width = 80 // a terminal that does not know its size
	}
	return width, err == nil
}
