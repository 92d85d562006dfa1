package session

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/credstore"
)

// Store keeps logins and failures between commands.
type Store struct {
	Sealed   *credstore.Store
	Fallback string // why it is not the keyring, where no store was chosen; else empty
	Now      func() time.Time
}

// Open opens the store. Where no kind is chosen and there is no home directory,
// nothing is stored, with a warning.
func Open(ctx context.Context, o credstore.Options) (*Store, error) {
	if _, err := o.Dir.Join(); err != nil && o.Kind == "" {
		o.Warn(fmt.Sprintf("nothing is stored: %v", err))
		o.Kind = credstore.None
	}
	s := &Store{Now: o.Now}
	o.FellBack = func(why string) { s.Fallback = why }
	var err error
	s.Sealed, err = credstore.Open(ctx, o)
	return s, err
}

// record is what is stored under a key: a login and the key of the pointer to it,
// or a pointer.
type record struct {
	*Entry
	Pointer string `json:"pointer,omitempty"` // key of the pointer to this login
	Latest  string `json:"latest,omitempty"`  // of a pointer: key of the latest login
}

// Find returns the login under the key; nil where there is none, or the store
// cannot be used. A key without a user finds the latest login.
func (s *Store) Find(ctx context.Context, key Key) (*Entry, error) {
	r, err := s.read(ctx, key.String())
	if err == nil && r.Latest != "" {
		r, err = s.read(ctx, r.Latest)
	}
	if unusable(err) {
		return nil, nil
	}
	return r.Entry, err
}

func (s *Store) read(ctx context.Context, key string) (r record, err error) {
	data, ok, err := s.Sealed.Get(ctx, key)
	if err != nil || !ok {
		return r, err
	}
	return decode(data)
}

func decode(data []byte) (r record, err error) {
	if err := json.Unmarshal(data, &r); err != nil {
		return record{}, fmt.Errorf("read a stored login: %w", err)
	}
	return r, nil
}

// Keep stores the login under its key. Commands that name no user find the
// latest one.
func (s *Store) Keep(ctx context.Context, key Key, e *Entry) error {
	if key.user == "" {
		return s.write(ctx, key.String(), record{Entry: e})
	}
	pointer := key.anyUser().String()
	if err := s.write(ctx, key.String(), record{Entry: e, Pointer: pointer}); err != nil {
		return err
	}
	return s.write(ctx, pointer, record{Latest: key.String()})
}

func (s *Store) write(ctx context.Context, key string, r record) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return s.Sealed.Put(ctx, key, data)
}

// Stored is a login and the keys it is stored under.
type Stored struct {
	*Entry
	key, pointer string
}

// List returns every stored login, each once.
func (s *Store) List(ctx context.Context) (all []Stored, err error) {
	var broken error
	err = s.Sealed.Each(ctx, func(key string, data []byte) {
		if strings.HasPrefix(key, failurePrefix) {
			return
		}
		r, err := decode(data)
		if broken = cmp.Or(broken, err); r.Entry != nil {
			all = append(all, Stored{r.Entry, key, r.Pointer})
		}
	})
	if err = cmp.Or(err, broken); err != nil {
		return nil, err
	}
	return all, nil
}

// Finder reports for a listed login whether Find returns it for the key.
func (s *Store) Finder(ctx context.Context, key Key) (func(Stored) bool, error) {
	r, err := s.read(ctx, key.String())
	return func(e Stored) bool { return r.Entry != nil && e.key == key.String() || r.Latest == e.key }, err
}

// Forget removes a login, and the pointer to it.
func (s *Store) Forget(ctx context.Context, e Stored) error {
	if err := s.Sealed.Delete(ctx, e.key); err != nil || e.pointer == "" {
		return err
	}
	pointer, err := s.read(ctx, e.pointer)
	if err != nil || pointer.Latest != e.key {
		return err
	}
	return s.Sealed.Delete(ctx, e.pointer)
}

// Clear removes everything, what cannot be read included.
func (s *Store) Clear(ctx context.Context) error { return s.Sealed.Clear(ctx) }

// Lock keeps other processes from signing on for the same profile at once. A
// store that cannot be used has nothing to share.
func (s *Store) Lock(ctx context.Context, profile string) (unlock func(), err error) {
	unlock, err = s.Sealed.Lock(ctx, profile)
	if unusable(err) {
		return func() {}, nil
	}
	return unlock, err
}

// unusable reports a store that costs the next command a sign-on, and not this
// one its tokens. Keeping a login says so.
func unusable(err error) bool {
	var notStored *credstore.NotStoredError
	return errors.As(err, &notStored)
}
