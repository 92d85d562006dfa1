package credstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"syscall"
	"time"

	"github.com/implicit-cli/implicit/internal/state"
)

// KindError says that Options.Kind names no kind of store.
type KindError struct{ Name string }

func (e *KindError) Error() string {
	return fmt.Sprintf("unknown store %q: expected keyring, file, none or helper:NAME (letters, digits, . _ -)", e.Name)
}

// Kind is "usage".
func (e *KindError) Kind() string { return "usage" }

// VersionError says that an entry or a key has a format newer than this
// program's. It stays as it is.
type VersionError struct {
	What         string // the file, or what else holds it
	Found, Known int    // format versions
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("%s has format %d, and this version knows format %d: a newer implicit wrote it", e.What, e.Found, e.Known)
}

// Kind is "usage".
func (e *VersionError) Kind() string { return "usage" }

// Hint says how to get at the entry.
func (e *VersionError) Hint() string { return "use the newer implicit, or another --store" }

// SizeError says that a store does not keep an entry of that size.
type SizeError struct {
	Store     string // the helper's program, or the kind of store
	Size, Max int    // bytes as the store gets them
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("%s keeps at most %d bytes, and this entry takes %d", e.Store, e.Max, e.Size)
}

// Kind is "usage".
func (e *SizeError) Kind() string { return "usage" }

// Hint names a store that can hold more.
func (e *SizeError) Hint() string { return "another kind of store keeps larger entries: --store file" }

// HelperError says that the program of a helper is missing or failed.
type HelperError struct {
	Helper string // the program
	Action string // get, store, erase or list; empty: it was not found
	Said   string // the start of what it printed
	Err    error
}

func (e *HelperError) Error() string {
	switch {
	case e.Action == "":
		return fmt.Sprintf("%s was not found: %v", e.Helper, e.Err)
	case e.Said == "":
		return fmt.Sprintf("%s %s: %v", e.Helper, e.Action, e.Err)
	}
	return fmt.Sprintf("%s %s: %v: %q", e.Helper, e.Action, e.Err, e.Said)
}

func (e *HelperError) Unwrap() error { return e.Err }

// Kind is "unreachable" for a helper that gave no answer.
func (e *HelperError) Kind() string {
	if errors.Is(e.Err, context.DeadlineExceeded) {
		return "unreachable"
	}
	return "usage"
}

// Hint names a store that needs no helper.
func (e *HelperError) Hint() string {
	if errors.Is(e.Err, exec.ErrNotFound) {
		return "install " + e.Helper + ", or use --store file"
	}
	return "try it alone: " + e.Helper + " list; or use --store file"
}

// NotStoredError says that the state directory cannot be used: it is on a
// read-only file system, belongs to another user, or the disk is full. Tokens are
// no worse for that: warn, and go on without the store.
type NotStoredError struct{ Err error }

func (e *NotStoredError) Error() string { return e.Err.Error() }
func (e *NotStoredError) Unwrap() error { return e.Err }

// Kind is "unexpected".
func (e *NotStoredError) Kind() string { return "unexpected" }

// Code is "not_stored".
func (e *NotStoredError) Code() string { return "not_stored" }

// Hint says how to do without the directory.
func (e *NotStoredError) Hint() string {
	return "--store none keeps nothing; XDG_STATE_HOME names another directory"
}

// unusable makes a *NotStoredError of what the system says where the directory
// cannot be used, and leaves other errors as they are.
func unusable(err error) error {
	var noPlace *state.NoPlaceError
	if errors.As(err, &noPlace) {
		return &NotStoredError{err}
	}
	for _, reason := range []error{syscall.EROFS, syscall.ENOSPC, syscall.EDQUOT, syscall.ENOTDIR, fs.ErrPermission, fs.ErrNotExist} {
		if errors.Is(err, reason) {
			return &NotStoredError{err}
		}
	}
	return err
}

// timeoutError is a deadline in words.
type timeoutError struct{ after time.Duration }

func (e *timeoutError) Error() string        { return fmt.Sprintf("no answer within %v", e.after) }
func (e *timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }
