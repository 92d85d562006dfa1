package state

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// openPrivate opens a regular file. The profile directory's access list, which
// new files inherit, keeps other users out: modes say nothing on Windows.
func openPrivate(path string) (*os.File, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &AccessError{Path: path, Reason: "it is not a regular file"}
	}
	return os.Open(path)
}

// rename replaces to even where it exists. Windows refuses that while a reader
// or a virus scanner has the file open, which passes: it tries for a second.
func rename(from, to string) error {
	const sharingViolation = syscall.Errno(32)
	var err error
	for range 100 {
		err = os.Rename(from, to)
		if !errors.Is(err, sharingViolation) && !errors.Is(err, syscall.ERROR_ACCESS_DENIED) {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return err
}

// syncDir has nothing to do: NTFS journals its renames.
func syncDir(string) error { return nil }
