//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package prompt

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// tty is a terminal that gives every byte at once and shows none. By lines it
// would cut an address off at 4096 bytes (termios(3), canonical mode). Signals
// stay: Ctrl-C interrupts.
type tty struct {
	fd     int
	before *unix.Termios
	wake   [2]int // a pipe that ends a read
}

func openTTY(f *os.File) (*tty, error) {
	fd := int(f.Fd())
	before, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return nil, err
	}
	t := &tty{fd: fd, before: before}
	if err := unix.Pipe(t.wake[:]); err != nil {
		return nil, err
	}
	unix.CloseOnExec(t.wake[0])
	unix.CloseOnExec(t.wake[1])
	now := *before
	now.Lflag &^= unix.ICANON | unix.ECHO
	now.Cc[unix.VMIN], now.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, setTermios, &now); err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

func (t *tty) close() {
	_ = unix.IoctlSetTermios(t.fd, setTermios, t.before)
	unix.Close(t.wake[0])
	unix.Close(t.wake[1])
}

// read reads what is there, or waits for it: until ctx ends, or with a wait
// other than 0 so long, and then returns 0. It uses select, since macOS polls no
// terminals.
func (t *tty) read(ctx context.Context, b []byte, wait time.Duration) (int, error) {
	woken := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(woken)
		_, _ = unix.Write(t.wake[1], []byte{0}) // a pipe that is full wakes the reader as well
	})
	defer func() {
		if !stop() {
			<-woken // before the pipe is closed
		}
	}()
	for {
		var set unix.FdSet
		set.Set(t.fd)
		set.Set(t.wake[0])
		var limit *unix.Timeval
		if wait > 0 {
			tv := unix.NsecToTimeval(wait.Nanoseconds())
			limit = &tv
		}
		n, err := unix.Select(max(t.fd, t.wake[0])+1, &set, nil, nil, limit)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return 0, err
		case ctx.Err() != nil:
			return 0, ctx.Err()
		case n == 0:
			return 0, nil
		}
		n, err = unix.Read(t.fd, b)
		switch {
		case errors.Is(err, unix.EINTR) || errors.Is(err, unix.EAGAIN):
			continue
		case errors.Is(err, unix.EIO) || err == nil && n == 0: // the terminal went away
			return 0, io.EOF
		}
		return max(0, n), err
	}
}
