package prompt

import (
	"context"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

// tty is a console that gives every character at once and shows none. Ctrl-C
// stays an interrupt.
type tty struct {
	console windows.Handle
	before  uint32
	chunks  chan chunk
	rest    []byte
}

type chunk struct {
	b   []byte
	err error
}

func openTTY(f *os.File) (*tty, error) {
	t := &tty{console: windows.Handle(f.Fd()), chunks: make(chan chunk)}
	if err := windows.GetConsoleMode(t.console, &t.before); err != nil {
		return nil, err
	}
	now := t.before&^(windows.ENABLE_LINE_INPUT|windows.ENABLE_ECHO_INPUT) |
		windows.ENABLE_PROCESSED_INPUT | windows.ENABLE_VIRTUAL_TERMINAL_INPUT
	if err := windows.SetConsoleMode(t.console, now); err != nil {
		return nil, err
	}
	go t.pump(f)
	return t, nil
}

// pump reads the console, where a read cannot be interrupted. It is left behind
// when nobody reads any more.
func (t *tty) pump(f *os.File) {
	for {
		b := make([]byte, 4096)
		n, err := f.Read(b)
		t.chunks <- chunk{b[:n], err}
		if err != nil {
			return
		}
	}
}

func (t *tty) close() { _ = windows.SetConsoleMode(t.console, t.before) }

// read reads what is there, or waits for it: until ctx ends, or with a wait
// other than 0 so long, and then returns 0.
func (t *tty) read(ctx context.Context, b []byte, wait time.Duration) (int, error) {
	var limit <-chan time.Time
	if wait > 0 {
		limit = time.After(wait)
	}
	if len(t.rest) == 0 {
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-limit:
			return 0, nil
		case c := <-t.chunks:
			if c.err != nil {
				return 0, c.err
			}
			t.rest = c.b
		}
	}
	n := copy(b, t.rest)
	t.rest = t.rest[n:]
	return n, nil
}
