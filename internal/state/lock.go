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

// LockError says that a lock was not had.
type LockError struct {
	Path string
	Held bool  // another process or goroutine had it the whole time
	Err  error // the end of the context, or what the system said
}

func (e *LockError) Error() string {
	if e.Held {
		return fmt.Sprintf("lock %s: another process holds it (%v)", e.Path, e.Err)
	}
	return fmt.Sprintf("lock %s: %v", e.Path, e.Err)
}

func (e *LockError) Unwrap() error { return e.Err }

// Lock takes the exclusive lock that the file at path stands for, among
// processes and within this one, and waits for it until ctx ends. The system
// frees it when the process ends in whatever way. The file stays: deleting it
// would let two have the lock. Every error is a *LockError.
func Lock(ctx context.Context, path string) (unlock func(), err error) {
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
