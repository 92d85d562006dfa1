package prompt

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// readable waits until fd can be read, at most so long. macOS polls no
// terminals (poll(2), BUGS).
func readable(fd int, wait time.Duration) (bool, error) {
	if fd >= unix.FD_SETSIZE {
		return false, unix.EINVAL
	}
	var set unix.FdSet
	set.Set(fd)
	limit := unix.NsecToTimeval(wait.Nanoseconds())
	n, err := unix.Select(fd+1, &set, nil, nil, &limit)
	if errors.Is(err, unix.EINTR) {
		return false, nil
	}
	return n > 0, err
}
