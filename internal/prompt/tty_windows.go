package prompt

import (
	"context"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

// tty is a console in our mode. Ctrl-C stays an interrupt.
type tty struct {
	file    *os.File
	console windows.Handle
	before  uint32
	reading bool
	chunks  chan chunk
	rest    []byte
}

type chunk struct {
	b   []byte
	err error
}

func openTTY(f *os.File, m mode, _ func(on bool)) (*tty, error) {
	t := &tty{file: f, console: windows.Handle(f.Fd()), chunks: make(chan chunk, 1)}
	if err := windows.GetConsoleMode(t.console, &t.before); err != nil {
		return nil, err
	}
	during := t.before | windows.ENABLE_PROCESSED_INPUT | windows.ENABLE_LINE_INPUT | windows.ENABLE_ECHO_INPUT
	if m == keys {
		during &^= windows.ENABLE_ECHO_INPUT | windows.ENABLE_LINE_INPUT
		during |= windows.ENABLE_VIRTUAL_TERMINAL_INPUT
	}
	return t, windows.SetConsoleMode(t.console, during)
}

// start reads once from the console, where a read cannot be interrupted. It is
// left behind when the wait for it ends.
func (t *tty) start() {
	if t.reading {
		return
	}
	t.reading = true
	go func() {
		b := make([]byte, 4096)
		n, err := t.file.Read(b)
		t.chunks <- chunk{b[:n], err}
	}()
}

// foreground is true: a console has no jobs.
func (t *tty) foreground() bool { return true }

func (t *tty) close() { _ = windows.SetConsoleMode(t.console, t.before) }

// read reads what was typed. It waits for it until ctx ends; with a wait other
// than 0 at most so long, and then returns 0.
func (t *tty) read(ctx context.Context, b []byte, wait time.Duration) (int, error) {
	var limit <-chan time.Time
	if wait > 0 {
		limit = time.After(wait)
	}
	if len(t.rest) == 0 {
		t.start()
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-limit:
			return 0, nil
		case c := <-t.chunks:
			t.reading = false
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
