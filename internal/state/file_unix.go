//go:build unix

package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// openPrivate opens a regular file that only its owner, the present user, can
// reach. It checks the open file, which no one can replace between check and
// use. O_NONBLOCK keeps a FIFO from blocking it.
func openPrivate(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.EMLINK) {
		return nil, &AccessError{Path: path, Reason: "it is a symbolic link, a file was expected"}
	}
	if err != nil {
		return nil, explain(path, err)
	}
	info, err := f.Stat()
	if err == nil {
		err = private(path, info)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// private checks kind, owner and mode of an open file.
func private(path string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return &AccessError{Path: path, Reason: "it is not a regular file"}
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if me := os.Geteuid(); ok && int(stat.Uid) != me {
		return notMine(path, stat.Uid)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return &AccessError{
			Path:   path,
			Reason: fmt.Sprintf("its mode is %04o, so others on this machine can reach it; 0600 was expected", mode),
			Fix:    "chmod 600 " + quote(path),
		}
	}
	return nil
}

// explain names the owner of a file that could not be opened, since that of
// another user with mode 0600 is just "permission denied" to the system.
func explain(path string, err error) error {
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	info, serr := os.Lstat(path)
	if serr != nil {
		return err
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() {
		return notMine(path, stat.Uid)
	}
	return err
}

func notMine(path string, owner uint32) *AccessError {
	me := os.Geteuid()
	return &AccessError{
		Path:   path,
		Reason: fmt.Sprintf("it belongs to user %d, and this runs as user %d", owner, me),
		Fix:    fmt.Sprintf("sudo chown %d %s", me, quote(path)),
	}
}

// quote is path as a shell takes it.
func quote(path string) string {
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

func rename(from, to string) error { return os.Rename(from, to) }

// syncDir writes a rename in dir to the disk. File systems that cannot do that for a
// directory say EINVAL or ENOTSUP, and nothing more can be done there.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		return nil
	}
	return err
}
