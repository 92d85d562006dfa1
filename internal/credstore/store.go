// Package credstore keeps secrets at rest: tokens and sign-on sessions, each
// an opaque []byte under a string key, in one of four kinds of store.
//
//   - keyring: entries in files, sealed with AES-256-GCM under a random key
//     that only the system's keyring holds. A copy of the files is useless.
//   - file: the same, with the key in a 0600 file next to them. That keeps out
//     other users, and anyone who gets the entries without the key (a backup of
//     one folder, a support bundle). It does not keep out a program run by the
//     same user or by root.
//   - helper:NAME: a docker-credential-NAME program keeps them.
//   - none: nothing is kept.
//
// Names of files and of helper entries are hashes of the keys, so a key may
// hold personal data. A lookup opens one file, however many entries there are.
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
	Warn func(string)     // takes one sentence about a problem; nil: dropped

	// Progress takes what is waited for, where that takes longer than two
	// seconds; nil: dropped.
	Progress func(string)

	// FellBack takes why files are used instead of the keyring; nil: Warn.
	FellBack func(string)

	// KeyringTimeout bounds one call of the keyring; zero is two seconds.
	KeyringTimeout time.Duration

	// HelperTimeout bounds one call of a helper, which may ask the user for a
	// passphrase; zero is five minutes.
	HelperTimeout time.Duration
}

// Store is an open store. Its methods may be used at once by many goroutines,
// and the same entries by many processes.
type Store struct {
	kind     string
	backend  backend
	dir      state.Dir
	progress func(string)
	sealer   *sealed // has the key for Seal; nil: there is none
}

// backend is a kind of store. put fails rather than replace what a newer
// version wrote; get and list skip what cannot be read, with a warning.
type backend interface {
	get(ctx context.Context, key string) ([]byte, bool, error)
	put(ctx context.Context, key string, data []byte) error
	delete(ctx context.Context, key string) error
	list(ctx context.Context) ([]string, error)
	clear(ctx context.Context) error
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
	s := &Store{kind: kind, backend: b, dir: o.Dir, progress: o.Progress}
	switch b := b.(type) {
	case *sealed:
		s.sealer = b
	case *helper:
		s.sealer = newFileStore(o)
	}
	return s, nil
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
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	if o.FellBack == nil {
		o.FellBack = o.Warn
	}
	if o.KeyringTimeout == 0 {
		o.KeyringTimeout = 2 * time.Second
	}
	if o.HelperTimeout == 0 {
		o.HelperTimeout = 5 * time.Minute
	}
	return o
}

func choose(ctx context.Context, o Options) (string, backend, error) {
	if name, ok := strings.CutPrefix(o.Kind, HelperPrefix); ok {
		h, err := newHelper(name, o)
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
		o.FellBack(fmt.Sprintf("%v; entries are kept in files, with their key next to them", err))
		return File, newFileStore(o), nil
	}
	return "", nil, &KindError{Name: o.Kind}
}

// Kind says which kind of store it is, as Options.Kind names it, never "".
func (s *Store) Kind() string { return s.kind }

// Get gives the entry under key, and whether there is one. An entry that
// cannot be read, damaged or sealed under a key that is gone, is set aside
// with a warning and counts as none; a helper keeps it until it is replaced.
// One of a newer
// format is a *VersionError, one that other users can reach a
// *state.AccessError.
func (s *Store) Get(ctx context.Context, key string) ([]byte, bool, error) {
	data, ok, err := s.backend.get(ctx, key)
	return data, ok, s.wrap(err)
}

// Put makes data the entry under key, and removes files that a killed process left
// half written. Files and the keyring replace it as a
// whole: a crash at any moment leaves the old entry or the new one. Where the
// state directory cannot be written the error is a *NotStoredError, as it is of
// the other methods where it cannot be read.
func (s *Store) Put(ctx context.Context, key string, data []byte) error {
	if n := len(key) + len(data); n > maxEntry {
		return &SizeError{Store: s.kind + " store", Size: n, Max: maxEntry}
	}
	return s.wrap(s.backend.put(ctx, key, data))
}

// Delete removes the entry under key, and what was set aside of it. A missing
// entry is no error.
func (s *Store) Delete(ctx context.Context, key string) error {
	return s.wrap(s.backend.delete(ctx, key))
}

// List gives the keys of all entries, in no particular order. It opens every
// entry; one that cannot be read is skipped with a warning.
func (s *Store) List(ctx context.Context) ([]string, error) {
	keys, err := s.backend.list(ctx)
	return keys, s.wrap(err)
}

// Each calls visit with every entry that List has a key of, and opens each once.
func (s *Store) Each(ctx context.Context, visit func(key string, data []byte)) error {
	if b, ok := s.backend.(*sealed); ok {
		return s.wrap(b.each(ctx, visit))
	}
	keys, err := s.List(ctx)
	for i := 0; i < len(keys) && err == nil; i++ {
		var data []byte
		var ok bool
		if data, ok, err = s.Get(ctx, keys[i]); ok {
			visit(keys[i], data)
		}
	}
	return err
}

// Clear removes all entries, damaged and half-written ones too.
func (s *Store) Clear(ctx context.Context) error {
	return s.wrap(s.backend.clear(ctx))
}

// Lock takes the lock called name, among all processes that use the same state
// directory, and waits for it until ctx ends, without a deadline at most
// [state.MaxLockWait]. Its errors wrap a *state.LockError; where the directory
// cannot be written they wrap a *NotStoredError too, and the caller may go on
// without the lock. A store that keeps nothing has nothing to lock.
func (s *Store) Lock(ctx context.Context, name string) (unlock func(), err error) {
	if s.kind == None {
		return func() {}, nil
	}
	path, err := s.dir.Join("locks", hash(name))
	if err != nil {
		return nil, s.wrap(err)
	}
	defer say(s.progress, "waiting for another implicit to finish its sign-on")()
	unlock, err = state.Lock(ctx, path)
	return unlock, s.wrap(err)
}

// lock is [state.Lock] with a bound.
func lock(ctx context.Context, path string, wait time.Duration) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	unlock, err = state.Lock(ctx, path)
	return unlock, err
}

// patience is how long a wait goes without a word.
const patience = 2 * time.Second

// say says a sentence if its caller still waits after patience; stop ends that.
func say(progress func(string), sentence string) (stop func()) {
	timer := time.AfterFunc(patience, func() { progress(sentence) })
	return func() { timer.Stop() }
}

func (s *Store) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s store: %w", s.kind, unusable(err))
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
