package prompt

import (
	"context"
	"errors"
	"io"
)

// mode is how a terminal gives what is typed.
type mode int

const (
	lines mode = iota // by lines, which the terminal shows and lets the user edit
	keys              // each key at once, without echo
)

// errAskAgain says that the program was stopped and continued: the question
// scrolled away, and what was typed is dropped.
var errAskAgain = errors.New("continued")

// ask shows the question and reads the line that the user enters.
func (t *tty) ask(ctx context.Context, m mode, question func()) (string, error) {
	for {
		question()
		read := t.line
		if m == keys {
			read = t.hidden
		}
		text, err := read(ctx)
		if !errors.Is(err, errAskAgain) {
			return text, err
		}
	}
}

// line reads a line that the terminal edits. Ctrl-D ends it too, and without
// text the input.
func (t *tty) line(ctx context.Context) (string, error) {
	var line []byte
	for b := make([]byte, 4096); ; {
		n, err := t.read(ctx, b, 0)
		line = append(line, b[:n]...)
		switch {
		case errors.Is(err, io.EOF) && len(line) > 0:
			return string(line), nil
		case err != nil:
			return "", err
		case n > 0 && line[len(line)-1] == '\n':
			return string(line), nil
		}
	}
}

// hidden reads a line key by key, and no further.
func (t *tty) hidden(ctx context.Context) (string, error) {
	var line assembly
	for b := make([]byte, 1); ; {
		n, err := t.read(ctx, b, 0)
		if err != nil {
			return "", err
		}
		if n == 0 {
			continue
		}
		switch line.add(b[0]); {
		case line.entered, line.ended && len(line.text) > 0:
			return string(line.text), nil
		case line.ended:
			return "", io.EOF
		}
	}
}
