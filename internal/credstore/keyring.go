package credstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zalando/go-keyring"
)

// What the keyring shows as the owner and the name of the key.
const (
	keyringService = "implicit"
	keyringUser    = "store key"
)

// KeyringError says why the system's keyring cannot be used.
type KeyringError struct{ Err error }

func (e *KeyringError) Error() string { return fmt.Sprintf("the keyring cannot be used: %v", e.Err) }

func (e *KeyringError) Unwrap() error { return e.Err }

// openKeyring opens the store whose key the keyring holds. It makes the key
// now, not with the first entry, since a keyring that can be read may still
// refuse to keep anything.
func openKeyring(ctx context.Context, o Options) (*sealed, error) {
	s := newSealed(o, Keyring, keyringKey{timeout: o.KeyringTimeout})
	if _, err := o.Dir.Join(); err != nil {
		return s, nil // whoever uses an entry is told
	}
	ctx, cancel := context.WithTimeout(ctx, 5*o.KeyringTimeout) // for others that make it at the moment
	defer cancel()
	if _, err := s.ensureKey(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// fatal tells what must not be papered over by keeping entries elsewhere: an
// interrupted program, and a key of a newer version.
func fatal(ctx context.Context, err error) bool {
	var newer *VersionError
	return ctx.Err() != nil || errors.As(err, &newer)
}

// keyringKey is a key in the system's keyring.
type keyringKey struct{ timeout time.Duration }

func (k keyringKey) where() string { return "the keyring" }

func (k keyringKey) read(ctx context.Context) (string, error) {
	return k.call(ctx, func() (string, error) {
		if err := reachable(); err != nil {
			return "", err
		}
		text, err := keyring.Get(keyringService, keyringUser)
		if errors.Is(err, keyring.ErrNotFound) {
			return "", nil
		}
		return text, err
	})
}

func (k keyringKey) write(ctx context.Context, text string) error {
	_, err := k.call(ctx, func() (string, error) {
		return "", keyring.Set(keyringService, keyringUser, text)
	})
	return err
}

// call runs f aside, because a keyring that does not answer, or asks a person
// on a screen nobody sees, would hold it for ever. What comes after the
// deadline is dropped. The library asserts types of what the bus sends, so a
// panic there is an answer that cannot be used.
func (k keyringKey) call(ctx context.Context, f func() (string, error)) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, k.timeout, fmt.Errorf("no answer within %v", k.timeout))
	defer cancel()
	type answer struct {
		text string
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				done <- answer{err: fmt.Errorf("unexpected answer: %v", r)}
			}
		}()
		text, err := f()
		done <- answer{text, err}
	}()
	a := answer{}
	select {
	case a = <-done:
	case <-ctx.Done():
		a.err = context.Cause(ctx)
	}
	if a.err != nil {
		return "", &KeyringError{Err: a.err}
	}
	return a.text, nil
}
