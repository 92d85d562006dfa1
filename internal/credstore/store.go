// Package credstore keeps secrets at rest: tokens and sign-on sessions, each
// an opaque []byte under a string key, in one of four kinds of store.
//
//   - keyring: entries in files, sealed with AES-256-GCM under a random key
//     that only the system's keyring holds. A copy of the files tells nothing.
//   - file: the same, with the key in a 0600 file beside them. That keeps other
//     users out, and whoever gets the entries without the key (a backup of one
//     folder, a support bundle). It does not keep out a program run by the same
//     user or by root.
//   - helper:NAME: a docker-credential-NAME program keeps them.
//   - none: nothing is kept.
//
// Names of files and of helper entries are hashes of the keys, so a key may
// hold what identifies a person. A lookup opens the one file it is after and
// costs the same beside one entry or thousands.
package credstore

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/state"
)

// The kinds of store that Options.Kind names; a helper is HelperPrefix and
// the NAME of its program docker-credential-NAME.
const (
	Keyring      = "keyring"
	File         = "file"
	None         = "none"
	HelperPrefix = "helper:"
)

// Options say where entries go and what the store is given to work with.
type Options struct {
	Kind string           // one of the kinds; "" is the keyring, or files where it cannot be used
	Dir  state.Dir        // the state directory
	Now  func() time.Time // nil: time.Now
	Rand io.Reader        // nil: crypto/rand
	Warn func(string)     // one sentence about what a person should know; nil: nobody hears it

	// FellBack hears why files are used instead of the keyring; nil: Warn.
	FellBack func(string)

	// KeyringTimeout bounds one call of the keyring; zero is two seconds.
	KeyringTimeout time.Duration
}

// Store is an open store. Its methods may be used at once by many goroutines,
// and the same entries by many processes.
type Store struct {
	kind    string
	backend backend
	dir     state.Dir
}

// backend is a kind of store. put fails rather than replace what a newer
// version wrote; get and list pass over what cannot be read, with a warning.
type backend interface {
	get(ctx context.Context, key string) ([]byte, bool, error)
	put(ctx context.Context, key string, data []byte) error
	delete(ctx context.Context, key string) error
	list(ctx context.Context) ([]string, error)
	clear(ctx context.Context) error
}

// KindError says that Options.Kind names no kind of store.
type KindError struct{ Name string }

func (e *KindError) Error() string {
	return fmt.Sprintf("unknown store %q: keyring, file, none or helper:NAME (letters, digits, . _ -) was expected", e.Name)
}

// VersionError says that an entry or a key has a format newer than this
// program's. It stays as it is.
type VersionError struct {
	What         string // the file, or what else holds it
	Found, Known int    // format versions
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("%s has format %d, and this version knows format %d: a newer implicit wrote it; use that one or another store", e.What, e.Found, e.Known)
}

// Open opens a store. With Kind "" it asks the keyring, and where that is
// absent, locked, broken or silent it warns and takes files instead; Kind
// then says so. A keyring asked for by name and not usable is a
// *KeyringError, an unknown kind a *KindError. A Dir without a place is no
// error until an entry is read or written.
func Open(ctx context.Context, o Options) (*Store, error) {
	o = o.complete()
	kind, b, err := choose(ctx, o)
	if err != nil {
		return nil, err
	}
	return &Store{kind: kind, backend: b, dir: o.Dir}, nil
}

func (o Options) complete() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	if o.FellBack == nil {
		o.FellBack = o.Warn
	}
	if o.KeyringTimeout == 0 {
		o.KeyringTimeout = 2 * time.Second
	}
	return o
}

func choose(ctx context.Context, o Options) (string, backend, error) {
	if name, ok := strings.CutPrefix(o.Kind, HelperPrefix); ok {
		h, err := newHelper(name, o.Warn)
		return o.Kind, h, err
	}
	switch o.Kind {
	case None:
		return None, nothing{}, nil
	case File:
		return File, newFileStore(o), nil
	case Keyring:
		s, err := openKeyring(ctx, o)
		return Keyring, s, err
	case "":
		s, err := openKeyring(ctx, o)
		if err == nil {
			return Keyring, s, nil
		}
		if fatal(ctx, err) {
			return "", nil, err
		}
		o.FellBack(fmt.Sprintf("%v; entries are kept in files, with their key beside them", err))
		return File, newFileStore(o), nil
	}
	return "", nil, &KindError{Name: o.Kind}
}

// Kind says which kind of store it is, as Options.Kind names it, never "".
func (s *Store) Kind() string { return s.kind }

// Get gives the entry under key, and whether there is one. An entry that
// cannot be read, damaged or sealed under a key that is gone, is set aside
// with a warning and counts as none; a helper keeps it until it is replaced.
// One of a newer format is a *VersionError,
// one that is not private to this user a *state.AccessError.
func (s *Store) Get(ctx context.Context, key string) ([]byte, bool, error) {
	data, ok, err := s.backend.get(ctx, key)
	return data, ok, s.wrap(err)
}

// Put makes data the entry under key. Files and the keyring replace it as a
// whole: a crash at any moment leaves the old entry or the new one.
func (s *Store) Put(ctx context.Context, key string, data []byte) error {
	if n := len(key) + len(data); n > maxEntry {
		return s.wrap(fmt.Errorf("entry of %d bytes, at most %d are kept", n, maxEntry))
	}
	return s.wrap(s.backend.put(ctx, key, data))
}

// Delete forgets the entry under key, and what was set aside of it. It is no
// error when there is none.
func (s *Store) Delete(ctx context.Context, key string) error {
	return s.wrap(s.backend.delete(ctx, key))
}

// List gives the keys of all entries, in no particular order. It opens every
// entry; one that cannot be read is passed over with a warning.
func (s *Store) List(ctx context.Context) ([]string, error) {
	keys, err := s.backend.list(ctx)
	return keys, s.wrap(err)
}

// Clear forgets all entries, those included that cannot be read.
func (s *Store) Clear(ctx context.Context) error {
	return s.wrap(s.backend.clear(ctx))
}

// Lock takes the lock that name stands for, among all processes that use the
// same state directory, and waits for it until ctx ends; its errors wrap a
// *state.LockError. A store that keeps nothing has nothing to lock.
func (s *Store) Lock(ctx context.Context, name string) (unlock func(), err error) {
	if s.kind == None {
		return func() {}, nil
	}
	path, err := s.dir.Join("locks", hash(name))
	if err == nil {
		unlock, err = state.Lock(ctx, path)
	}
	return unlock, s.wrap(err)
}

func (s *Store) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s store: %w", s.kind, err)
}

// hash is the name of a key where names are restricted or visible.
func hash(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// nothing is the store that keeps nothing.
type nothing struct{}

func (nothing) get(context.Context, string) ([]byte, bool, error) { return nil, false, nil }
func (nothing) put(context.Context, string, []byte) error         { return nil }
func (nothing) delete(context.Context, string) error              { return nil }
func (nothing) list(context.Context) ([]string, error)            { return nil, nil }
func (nothing) clear(context.Context) error                       { return nil }
