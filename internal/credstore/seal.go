package credstore

import (
	"context"
	"errors"
	"fmt"
)

// Seals reports whether [Store.Seal] encrypts. A store that keeps nothing has
// no key.
func (s *Store) Seals() bool { return s.sealer != nil }

// Seal encrypts a small secret that is kept in a file of its own, outside of the
// store, and binds it to name. The key is the store's; with a helper it is that
// of the file store. It fails where [Store.Seals] is false.
func (s *Store) Seal(ctx context.Context, name string, data []byte) ([]byte, error) {
	if s.sealer == nil {
		return nil, s.wrap(errors.New("it has no key to seal with"))
	}
	if n := len(name) + len(data); n > maxEntry {
		return nil, &SizeError{Store: "a sealed file", Size: n, Max: maxEntry}
	}
	secret, err := s.sealer.ensureKey(ctx)
	if err != nil {
		return nil, s.wrap(err)
	}
	return seal(secret, s.sealer.rand, fileMagic, name, data)
}

// Unseal decrypts what [Store.Seal] returned for the same name. A file that is
// damaged, of another name or sealed with another key is a *DamagedError, one
// of a newer format a *VersionError.
func (s *Store) Unseal(ctx context.Context, name string, file []byte) ([]byte, error) {
	body, err := cutHeader(fileMagic, file, name)
	if err != nil {
		return nil, damaged(name, err)
	}
	if s.sealer == nil {
		return nil, damaged(name, errNoKey)
	}
	secret, err := s.sealer.key(ctx)
	if err != nil {
		return nil, s.wrap(err)
	}
	if secret == nil {
		return nil, damaged(name, errNoKey)
	}
	_, data, err := open(secret, fileMagic, body, hash(name))
	return data, damaged(name, err)
}

// MaxSealed bounds what Seal returns, in bytes.
const MaxSealed = maxFile

// errNoKey is wrapped where there is no key to seal or unseal with.
var errNoKey = fmt.Errorf("%w: there is no key for it", errCorrupt)

// DamagedError says that a sealed file cannot be read.
type DamagedError struct {
	Name string
	Err  error
}

func (e *DamagedError) Error() string { return fmt.Sprintf("%s is not readable: %v", e.Name, e.Err) }
func (e *DamagedError) Unwrap() error { return e.Err }

// Kind is "usage".
func (e *DamagedError) Kind() string { return "usage" }

// Hint says what may be wrong.
func (e *DamagedError) Hint() string { return "name the --store that it was saved with" }

// damaged makes a *DamagedError of what wraps errCorrupt.
func damaged(name string, err error) error {
	if errors.Is(err, errCorrupt) {
		return &DamagedError{name, err}
	}
	return err
}
