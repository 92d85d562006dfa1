//go:build linux || freebsd || netbsd || openbsd || dragonfly

package prompt

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// readable waits until fd can be read, at most so long. select(2) would not do:
// it takes no descriptor above 1,023.
func readable(fd int, wait time.Duration) (bool, error) {
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(wait.Milliseconds()))
	if errors.Is(err, unix.EINTR) {
		return false, nil
	}
	return n > 0, err
}
