package state

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// lockPoll is how often a waiting process tries again. The system's own wait
// cannot be interrupted.
const lockPoll = 20 * time.Millisecond

// MaxLockWait bounds the wait for a lock where the context has no deadline: a
// stopped process may hold it for ever.
const MaxLockWait = 10 * time.Second

// LockError says that a lock could not be taken.
type LockError struct {
	Path string
	Held bool  // another process or goroutine held it the whole time
	Err  error // the end of the context, or what the system said
}

func (e *LockError) Error() string {
	if e.Held {
		return fmt.Sprintf("lock %s: another process holds it", e.Path)
	}
	return fmt.Sprintf("lock %s: %v", e.Path, e.Err)
}

func (e *LockError) Unwrap() error { return e.Err }

// Kind is "unreachable" for a lock that another process held.
func (e *LockError) Kind() string {
	if e.Held {
		return "unreachable"
	}
	return "unexpected"
}

// Hint says how to find the process that holds the lock.
func (e *LockError) Hint() string {
	if e.Held {
		return "another implicit holds it: wait for it, or end it (a stopped one too); fuser " + quote(e.Path) + " names it"
	}
	return ""
}

// Lock takes the exclusive lock on the file at path, among processes and within
// this one, and waits for it until ctx ends, without a deadline at most
// [MaxLockWait]. The system frees it when the process ends. The file stays:
// deleting it would let two processes take the lock. Every error is a
// *LockError.
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, MaxLockWait)
		defer cancel()
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, &LockError{Path: path, Err: err}
	}
	lock := flock.New(path)
	if _, err := lock.TryLockContext(ctx, lockPoll); err != nil {
		held := ctx.Err() != nil && errors.Is(err, ctx.Err())
		return nil, &LockError{Path: path, Held: held, Err: err}
	}
	return func() { _ = lock.Unlock() }, nil
}
