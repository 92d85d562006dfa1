package credstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zalando/go-keyring"
)

// The owner and the name of the key, as the keyring shows them.
const (
	keyringService = "implicit"
	keyringUser    = "store key"
)

// KeyringError says why the system's keyring cannot be used.
type KeyringError struct{ Err error }

func (e *KeyringError) Error() string { return fmt.Sprintf("the keyring cannot be used: %v", e.Err) }

func (e *KeyringError) Unwrap() error { return e.Err }

// Kind is "usage".
func (e *KeyringError) Kind() string { return "usage" }

// Hint says what to do about the keyring.
func (e *KeyringError) Hint() string { return "use --store file, or unlock the keyring" }

// openKeyring opens the store whose key the keyring holds. It makes the key
// now, not with the first entry, since a keyring that can be read may refuse
// to keep a key.
func openKeyring(ctx context.Context, o Options) (*sealed, error) {
	s := newSealed(o, Keyring, keyringKey{timeout: o.KeyringTimeout})
	if _, err := o.Dir.Join(); err != nil {
		return s, nil // using an entry says so
	}
	ctx, cancel := context.WithTimeout(ctx, 5*o.KeyringTimeout) // other processes may be making it
	defer cancel()
	var keyring *KeyringError
	_, err := s.ensureKey(ctx)
	if notStored := (*NotStoredError)(nil); !errors.As(err, &keyring) && errors.As(unusable(err), &notStored) {
		return s, nil // using an entry says so
	}
	return s, err
}

// fatal reports an error for which no other kind of store is taken: the program
// was interrupted, or a newer version wrote the key.
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

// call runs f in a goroutine with a deadline: the keyring may not answer, or ask
// the user on a screen that no one sees. A later answer is dropped. The library
// asserts the types that the bus sends, so a panic is an unusable answer.
func (k keyringKey) call(ctx context.Context, f func() (string, error)) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, k.timeout, &timeoutError{k.timeout})
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
