package state

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// CheckOwner checks whether another user could have written an open file that
// decides where secrets go, such as settings. It returns an [*AccessError]
// where the file belongs to neither root nor this user, or it or its directory
// is writable by everybody (a directory with the sticky bit may be). A file
// that its group can write is a warning, and so is everything on a file system
// where owners and modes mean nothing. On Windows the directory's access list
// protects the file, and nothing is checked.
func CheckOwner(f *os.File) (warning string, err error) {
	reason, fix, err := othersCanWrite(f)
	if err != nil {
		return "", err
	}
	if reason != "" {
		if kind := modeless(f); kind != "" {
			return fmt.Sprintf("%s: %s; it is on %s, where that cannot be told for sure", f.Name(), reason, kind), nil
		}
		return "", &AccessError{Path: f.Name(), Reason: reason, Fix: fix}
	}
	info, err := f.Stat()
	if err == nil && writableByGroup(info) {
		warning = fmt.Sprintf("%s can be written by its group; chmod g-w %s", f.Name(), quote(f.Name()))
	}
	return warning, err
}

// directories are the directory that the path names the file in and, where
// the path is a symbolic link, the one that the file is in.
func directories(path string) []string {
	dirs := []string{filepath.Dir(path)}
	if real, err := filepath.EvalSymlinks(path); err == nil && filepath.Dir(real) != dirs[0] {
		dirs = append(dirs, filepath.Dir(real))
	}
	return dirs
}

// shared reports whether everybody may replace the files in a directory: in one
// with the sticky bit, such as /tmp, only their owner may.
func shared(dir fs.FileInfo) bool {
	return dir.Mode()&fs.ModeSticky == 0 && dir.Mode().Perm()&0o002 != 0
}
