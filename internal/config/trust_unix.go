//go:build unix

package config

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// openFile opens the file without waiting for the writer of a FIFO.
func openFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// checkTrust refuses a file that is not regular, and one that a user other than
// root and this one could have written.
func (f *File) checkTrust(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return f.problem("%w", err)
	}
	if !info.Mode().IsRegular() {
		return f.problem("expected a regular file, found %s", info.Mode().Type())
	}
	if err := f.checkWriters(f.Path, info); err != nil {
		return err
	}
	dirs := []string{filepath.Dir(f.Path)}
	if target, err := filepath.EvalSymlinks(f.Path); err == nil && filepath.Dir(target) != dirs[0] {
		dirs = append(dirs, filepath.Dir(target))
	}
	for _, dir := range dirs {
		info, err := os.Stat(dir)
		if err == nil {
			err = f.checkWriters(dir, info)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *File) checkWriters(path string, info fs.FileInfo) error {
	found := writers(info, os.Geteuid())
	if found == nil {
		return nil
	}
	subject := "it"
	if path != f.Path {
		subject = "its directory " + path
	}
	found.Problem = fmt.Sprintf("configuration file %s: %s %s; whoever writes it decides where your password is sent", f.Path, subject, found.Problem)
	if found.Fix != "" {
		found.Fix += " " + shellQuote(path)
	}
	if found.warning || modesMeanNothing(path) {
		f.Warnings = append(f.Warnings, found.Problem)
		return nil
	}
	return &found.Error
}

// distrust is why a file or directory is not trusted.
type distrust struct {
	Error
	warning bool
}

// writers returns who could write a file or directory in addition to root and
// the user euid; nil for no one.
func writers(info fs.FileInfo, euid int) *distrust {
	perm := info.Mode().Perm()
	sticky := info.IsDir() && info.Mode()&fs.ModeSticky != 0
	owner, known := info.Sys().(*syscall.Stat_t)
	switch {
	case known && owner.Uid != 0 && int(owner.Uid) != euid:
		return &distrust{Error: Error{Problem: fmt.Sprintf("belongs to another user (uid %d)", owner.Uid), Fix: fmt.Sprintf("chown %d", euid)}}
	case perm&0o002 != 0 && !sticky:
		return &distrust{Error: Error{Problem: fmt.Sprintf("is writable by everybody (mode %04o)", perm), Fix: "chmod o-w"}}
	case perm&0o020 != 0 && !sticky:
		return &distrust{Error: Error{Problem: fmt.Sprintf("is writable by its group (mode %04o)", perm), Fix: "chmod g-w"}, warning: true}
	}
	return nil
}

func shellQuote(path string) string { return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'" }
