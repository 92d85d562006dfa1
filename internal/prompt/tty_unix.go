//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package prompt

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/unix"
)

// tty is a terminal in our mode. By lines it would cut a pasted address
// off at 4,096 bytes (termios(3), canonical mode), hence the mode keys. Ctrl-C
// still makes a signal. Ctrl-Z is read as a key, since Go cannot give SIGTSTP
// its default action back once it was caught.
type tty struct {
	fd             int
	before, during *unix.Termios
	taken          bool // the terminal is in the mode during
	brackets       func(on bool)
	continued      chan os.Signal
	suspend        byte // the key; disabled: none
}

// tick is how often a read looks whether it should end.
const tick = 50 * time.Millisecond

func openTTY(f *os.File, m mode, brackets func(on bool)) (*tty, error) {
	fd := int(f.Fd())
	before, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return nil, err
	}
	during := *before
	t := &tty{fd: fd, before: before, during: &during, brackets: brackets, continued: make(chan os.Signal, 1), suspend: disabled}
	if m == keys {
		during.Lflag &^= unix.ICANON | unix.ECHO
		during.Cc[unix.VMIN], during.Cc[unix.VTIME] = 1, 0
		if before.Lflag&unix.ISIG != 0 {
			t.suspend, during.Cc[unix.VSUSP] = before.Cc[unix.VSUSP], disabled
		}
	}
	signal.Notify(t.continued, unix.SIGCONT)
	if err := t.take(); err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

// foreground reports whether the terminal is ours to use. The system would stop
// a job in the background that uses it, and a stopped job obeys no SIGTERM.
func (t *tty) foreground() bool {
	group, err := unix.IoctlGetInt(t.fd, unix.TIOCGPGRP)
	return err != nil || group == unix.Getpgrp()
}

func (t *tty) take() error {
	if !t.foreground() {
		return nil
	}
	if err := unix.IoctlSetTermios(t.fd, setTermios, t.during); err != nil {
		return err
	}
	t.taken = true
	t.brackets(true)
	return nil
}

func (t *tty) giveBack() {
	if t.taken && t.foreground() {
		t.brackets(false)
		_ = unix.IoctlSetTermios(t.fd, setTermios, t.before)
	}
	t.taken = false
}

func (t *tty) close() {
	t.giveBack()
	signal.Stop(t.continued)
}

// stop gives the terminal back and stops this job, as the terminal does at
// Ctrl-Z. It returns when the job continues. The system does not stop a job that
// no shell could continue.
func (t *tty) stop() {
	t.giveBack()
	_ = unix.Kill(0, unix.SIGTSTP)
	for range 2 { // the time passes while the job is stopped: the signal may come after it
		select {
		case <-t.continued:
			return
		case <-time.After(tick):
		}
	}
}

// read reads what was typed. It waits for it until ctx ends; with a wait other
// than 0 at most so long, and then returns 0.
func (t *tty) read(ctx context.Context, b []byte, wait time.Duration) (int, error) {
	for end := time.Now().Add(wait); ; {
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-t.continued:
			t.taken = false // the shell may have changed the terminal
		default:
		}
		if !t.taken {
			if err := t.take(); err != nil {
				return 0, err
			}
			if t.taken {
				return 0, errAskAgain
			}
			if wait > 0 && time.Until(end) <= 0 {
				return 0, nil
			}
			time.Sleep(tick)
			continue
		}
		part := tick
		if wait > 0 {
			part = min(part, max(0, time.Until(end)))
		}
		ready, err := readable(t.fd, part)
		switch {
		case err != nil:
			return 0, err
		case ready:
			n, err := unix.Read(t.fd, b)
			switch {
			case errors.Is(err, unix.EINTR) || errors.Is(err, unix.EAGAIN):
				continue
			case errors.Is(err, unix.EIO) || err == nil && n == 0: // Ctrl-D, or the terminal is gone
				return 0, io.EOF
			case err != nil:
				return 0, err
			}
			if t.suspend == disabled || !bytes.Contains(b[:n], []byte{t.suspend}) {
				return n, nil
			}
			t.stop()
		case wait > 0 && time.Until(end) <= 0:
			return 0, nil
		}
	}
}
