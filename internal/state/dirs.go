// Package state knows where implicit's files go on each system, and how they
// are kept: private to their owner, replaced whole or not at all, and locked
// between processes. It knows nothing of what the files hold.
package state

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// name is our folder below each system directory.
const name = "implicit"

// Dirs are the directories implicit keeps files in. None of them needs to
// exist: what writes a file makes its parents.
type Dirs struct {
	Config Dir // profiles, written by the user
	State  Dir // what must survive a reboot: store, flows, locks
	Cache  Dir // what may be deleted at any time
}

// Dir is one directory, or the reason why there is none. Only Join returns the
// reason, so that a command that needs no file works without a home directory.
// The zero Dir has no place.
type Dir struct {
	path string
	sep  string
	err  error
}

// At is the directory at path, which should be absolute.
func At(path string) Dir { return Dir{path: path} }

// Find gives the directories for a system (a GOOS value). getenv and home are
// os.Getenv and os.UserHomeDir outside tests; home is asked at most once, and
// Join returns its failure.
//
// Linux and the other Unixes follow the XDG Base Directory Specification:
// $XDG_CONFIG_HOME, $XDG_STATE_HOME and $XDG_CACHE_HOME where they are
// absolute, else ~/.config, ~/.local/state and ~/.cache. macOS has
// ~/Library/Application Support and ~/Library/Caches, Windows %AppData% and
// %LocalAppData%.
func Find(getenv func(string) string, goos string, home func() (string, error)) Dirs {
	f := finder{getenv: getenv, goos: goos, sep: "/"}
	if goos == "windows" {
		f.sep = `\`
	}
	f.home, f.homeErr = home()
	if f.homeErr == nil && !f.absolute(f.home) {
		f.homeErr = fmt.Errorf("%q is not an absolute path", f.home)
	}
	switch goos {
	case "windows":
		return Dirs{
			Config: f.dir("AppData", "AppData", "Roaming", name),
			State:  f.dir("LocalAppData", "AppData", "Local", name, "state"),
			Cache:  f.dir("LocalAppData", "AppData", "Local", name, "cache"),
		}
	case "darwin", "ios":
		return Dirs{
			Config: f.dir("", "Library", "Application Support", name),
			State:  f.dir("", "Library", "Application Support", name, "state"),
			Cache:  f.dir("", "Library", "Caches", name),
		}
	}
	return Dirs{
		Config: f.dir("XDG_CONFIG_HOME", ".config", name),
		State:  f.dir("XDG_STATE_HOME", ".local", "state", name),
		Cache:  f.dir("XDG_CACHE_HOME", ".cache", name),
	}
}

// NoPlaceError says that there is no directory for a file, and which variable
// names one.
type NoPlaceError struct{ Err error }

func (e *NoPlaceError) Error() string { return e.Err.Error() }
func (e *NoPlaceError) Unwrap() error { return e.Err }

// Kind is "usage".
func (e *NoPlaceError) Kind() string { return "usage" }

// Join is a path below the directory. Where there is no directory the error is a
// [*NoPlaceError].
func (d Dir) Join(elem ...string) (string, error) {
	if d.err != nil {
		return "", &NoPlaceError{d.err}
	}
	if d.path == "" {
		return "", &NoPlaceError{errors.New("no directory was chosen for this file")}
	}
	sep := d.sep
	if sep == "" {
		sep = "/"
	}
	return strings.Join(append([]string{d.path}, elem...), sep), nil
}

// finder holds what one call of Find looks at.
type finder struct {
	getenv  func(string) string
	goos    string
	sep     string
	home    string
	homeErr error
}

// dir is the directory that variable names, with our folder below it, or else
// the elements below the home directory. The elements from name on are ours.
func (f finder) dir(variable string, elem ...string) Dir {
	if variable != "" {
		if base := f.getenv(variable); f.absolute(base) {
			return Dir{path: f.join(base, elem[slices.Index(elem, name):]), sep: f.sep}
		}
	}
	if f.homeErr == nil {
		return Dir{path: f.join(f.home, elem), sep: f.sep}
	}
	if variable == "" {
		variable = "HOME"
	}
	return Dir{err: fmt.Errorf("no home directory to keep files in (%w): set %s to an absolute path", f.homeErr, variable)}
}

func (f finder) join(base string, elem []string) string {
	return strings.TrimRight(base, "/"+f.sep) + f.sep + strings.Join(elem, f.sep)
}

// absolute is filepath.IsAbs for the system that was asked for, not the one
// this program runs on.
func (f finder) absolute(path string) bool {
	if f.goos != "windows" {
		return strings.HasPrefix(path, "/")
	}
	drive := len(path) >= 3 && path[1] == ':' && (path[2] == '\\' || path[2] == '/')
	return drive || strings.HasPrefix(path, `\\`)
}
