package state

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// tempPrefix starts the name of every file that is still being written.
const tempPrefix = ".tmp-"

// asideInfix is between the name of a file and the time it was set aside.
const asideInfix = ".corrupt-"

// ErrTooLarge is what ReadFile wraps for a file above its bound.
var ErrTooLarge = errors.New("file too large")

// AccessError says that other users can read or write a file, so that neither
// its secrets nor what it says can be trusted.
type AccessError struct {
	Path   string
	Reason string // what was found, with owner or mode
	Fix    string // the command that repairs it; empty where there is none
}

func (e *AccessError) Error() string {
	if e.Fix == "" {
		return fmt.Sprintf("refused %s: %s", e.Path, e.Reason)
	}
	return fmt.Sprintf("refused %s: %s; run: %s", e.Path, e.Reason, e.Fix)
}

// Kind is "usage".
func (e *AccessError) Kind() string { return "usage" }

// Hint is the command that repairs it.
func (e *AccessError) Hint() string { return e.Fix }

// WriteFile makes data the content of path, as a whole or not at all: a
// reader, a crash or a full disk at any moment leaves the old content or the
// new one. Missing parents are made with mode 0700, the file has mode 0600.
// When it returns nil the content is on the disk. When it fails, a full
// disk included, no half-written file is left behind.
func WriteFile(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the directory for %s: %w", filepath.Base(path), err)
	}
	temp, err := writeTemp(dir, data)
	if err != nil {
		return fmt.Errorf("write %s: %w; the old content is unchanged", path, reason(err))
	}
	if err := rename(temp, path); err != nil {
		os.Remove(temp)
		return fmt.Errorf("replace %s: %w; the old content is unchanged", path, reason(err))
	}
	if err := syncDir(dir); err != nil {
		return fmt.Errorf("write %s to the disk: %w", path, err)
	}
	return nil
}

// writeTemp writes data to a new file in dir and removes it when that fails.
func writeTemp(dir string, data []byte) (name string, err error) {
	f, err := os.CreateTemp(dir, tempPrefix+"*") // mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// reason is what the system said, without the name of the temporary file.
func reason(err error) error {
	var p *fs.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		return p.Err
	case errors.As(err, &l):
		return l.Err
	}
	return err
}

// ReadFile gives the content of a regular file of at most max bytes. On Unix
// it refuses, with an *AccessError, a symbolic link, a file of another user
// and one that others may read or write; on Windows the directory's access
// list protects it. A missing file is fs.ErrNotExist, a larger one ErrTooLarge.
func ReadFile(path string, max int64) ([]byte, error) {
	f, err := openPrivate(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, max+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if int64(len(data)) > max {
		return nil, fmt.Errorf("read %s: %w: more than %d bytes", path, ErrTooLarge, max)
	}
	return data, nil
}

// Remove deletes a file. A missing file is no error.
func Remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// List gives the names of the regular files in dir, sorted, without those
// still being written. A missing directory is an empty one.
func List(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() && !strings.HasPrefix(e.Name(), tempPrefix) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// Sweep deletes what killed writers left in dir before the given time. What it
// cannot delete stays.
func Sweep(dir string, before time.Time) {
	RemoveOld(dir, before, func(name string) bool { return strings.HasPrefix(name, tempPrefix) })
}

// RemoveOld deletes the files in dir that were written before the given time
// and whose name match accepts, and returns how many it deleted. What it cannot
// delete stays. Files whose name does not match cost next to nothing.
func RemoveOld(dir string, before time.Time, match func(name string) bool) (removed int) {
	d, err := os.Open(dir)
	if err != nil {
		return 0
	}
	defer d.Close()
	names, _ := d.Readdirnames(-1)
	for _, name := range names {
		if !match(name) {
			continue
		}
		path := filepath.Join(dir, name)
		info, err := os.Lstat(path)
		if err == nil && info.Mode().IsRegular() && info.ModTime().Before(before) && os.Remove(path) == nil {
			removed++
		}
	}
	return removed
}

// SetAside renames a file that cannot be used to path.corrupt-<UTC time>, so
// that it is out of the way and can still be looked at, and gives that name.
func SetAside(path string, now time.Time) (string, error) {
	aside := path + asideInfix + now.UTC().Format("20060102T150405.000Z")
	return aside, rename(path, aside)
}

// RemoveAside deletes what SetAside made of path before.
func RemoveAside(path string) error {
	names, err := List(filepath.Dir(path))
	for _, name := range names {
		if strings.HasPrefix(name, filepath.Base(path)+asideInfix) {
			err = errors.Join(err, Remove(filepath.Join(filepath.Dir(path), name)))
		}
	}
	return err
}
