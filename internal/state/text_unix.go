//go:build unix

package state

import (
	"os"
	"syscall"
)

// openText opens a file to read. O_NONBLOCK keeps a FIFO without a writer from
// blocking the call; reads wait for a writer as usual, and end without one.
func openText(path string) (*os.File, error) {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC|syscall.O_NOCTTY, 0)
	if err == nil {
		err = syscall.SetNonblock(fd, false)
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}
