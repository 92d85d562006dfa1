package passcode

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/implicit-cli/implicit/internal/state"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// lastMoments of a step are not used: its code could arrive in the next one.
const lastMoments = 2 * time.Second

// Once gives out codes so that none is sent twice, whichever process sends it.
type Once struct {
	Dir   state.Dir
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error
	Wait  time.Duration // how long a code may be waited for
	Say   func(format string, args ...any)
	Warn  func(format string, args ...any)
}

// WaitError says that no code is free within the time to wait. None was made.
type WaitError struct {
	Free time.Time // when the next one is
	Wait time.Duration
	Err  error // a [*state.TakenError]
}

func (e *WaitError) Error() string {
	return fmt.Sprintf("no unused one-time passcode within %s: the next is that of %s; nothing was sent",
		words.Span(e.Wait), e.Free.UTC().Format(time.TimeOnly+" MST"))
}

func (e *WaitError) Unwrap() error { return e.Err }

// Kind is "unreachable".
func (e *WaitError) Kind() string { return "unreachable" }

// Code reserves the first step that no process used, waits for it and returns its
// code. Where the reservation cannot be written, a warning says so. The error is a
// [*WaitError], a [*state.LockError], or the end of ctx.
func (o *Once) Code(ctx context.Context, t *TOTP) (implicit.Secret, error) {
	for end := o.Now().Add(o.Wait); ; {
		step, err := o.reserve(ctx, t, end)
		if err != nil {
			return implicit.Secret{}, err
		}
		if err := o.waitFor(ctx, t.start(step)); err != nil {
			return implicit.Secret{}, err
		}
		if t.step(o.Now().Add(lastMoments)) <= step { // else the machine slept
			return t.Code(step)
		}
	}
}

func (o *Once) reserve(ctx context.Context, t *TOTP, end time.Time) (int64, error) {
	first := t.step(o.Now().Add(lastMoments))
	path, err := o.Dir.Join("passcodes", t.ID())
	step := first
	if err == nil {
		step, err = state.Reserve(ctx, path, first, max(first, t.step(end)))
	}
	var taken *state.TakenError
	var locked *state.LockError
	switch {
	case errors.As(err, &taken):
		return 0, &WaitError{t.start(taken.Free), o.Wait, taken}
	case errors.As(err, &locked) && locked.Held:
		return 0, err
	case ctx.Err() != nil:
		return 0, context.Cause(ctx)
	case err != nil:
		o.Warn("another process may send the same passcode: %v", err)
		return first, nil
	}
	return step, nil
}

func (o *Once) waitFor(ctx context.Context, start time.Time) error {
	d := start.Sub(o.Now())
	if d <= 0 {
		return nil
	}
	o.Say("waiting %s for the next one-time passcode", words.Span(d))
	return o.Sleep(ctx, d)
}
