package login

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/credstore"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// Keeper keeps logins between commands.
type Keeper struct {
	Store    *credstore.Store
	FellBack string // why it is not the keyring, where nobody chose; else empty
}

// OpenKeeper opens the store that the settings name. A login in the sandbox of
// this process is not kept: it ends with it.
func OpenKeeper(ctx context.Context, s *config.Settings, o credstore.Options) (*Keeper, error) {
	o.Kind = s.Text("store")
	if on, _ := s.Switch("sandbox"); on {
		o.Kind = credstore.None
	}
	if _, err := o.Dir.Join(); err != nil && o.Kind == "" {
		o.Warn(fmt.Sprintf("nothing is stored: %v", err))
		o.Kind = credstore.None
	}
	k := new(Keeper)
	o.FellBack = func(why string) { k.FellBack = why }
	var err error
	k.Store, err = credstore.Open(ctx, o)
	return k, err
}

// Find returns the entry under the key; nil where there is none, or the store
// cannot be used.
func (k *Keeper) Find(ctx context.Context, key Key) (*Entry, error) {
	data, ok, err := k.Store.Get(ctx, key.String())
	if unusable(err) {
		return nil, nil
	}
	if err != nil || !ok {
		return nil, err
	}
	return readEntry(data)
}

func readEntry(data []byte) (*Entry, error) {
	e := new(Entry)
	if err := json.Unmarshal(data, e); err != nil {
		return nil, fmt.Errorf("read a stored login: %w", err)
	}
	return e, nil
}

// Keep stores the entry: for those who ask for its user, and as the latest for
// those who ask for nobody.
func (k *Keeper) Keep(ctx context.Context, key Key, e *Entry) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if key.user != "" {
		if err := k.Store.Put(ctx, key.String(), data); err != nil {
			return err
		}
	}
	return k.Store.Put(ctx, key.anybody(), data)
}

// Kept is an entry and the key it rests under.
type Kept struct {
	*Entry
	key string
}

// List returns every login that is kept, each once.
func (k *Keeper) List(ctx context.Context) ([]Kept, error) {
	keys, err := k.Store.List(ctx)
	if err != nil {
		return nil, err
	}
	var all []Kept
	for _, key := range keys {
		if strings.HasPrefix(key, failurePrefix) {
			continue
		}
		data, ok, err := k.Store.Get(ctx, key)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		e, err := readEntry(data)
		if err != nil {
			return nil, err
		}
		all = append(all, Kept{e, key})
	}
	return all, nil
}

// Forget removes a login.
func (k *Keeper) Forget(ctx context.Context, e Kept) error { return k.Store.Delete(ctx, e.key) }

// Lock keeps other processes from signing on for the same profile at once. A
// store that cannot be used has nothing to share.
func (k *Keeper) Lock(ctx context.Context, profile string) (unlock func(), err error) {
	unlock, err = k.Store.Lock(ctx, profile)
	if unusable(err) {
		return func() {}, nil
	}
	return unlock, err
}

// unusable reports a store that costs the next command a sign-on, and not this
// one its tokens. Keeping an entry says so.
func unusable(err error) bool {
	var notStored *credstore.NotStoredError
	return errors.As(err, &notStored)
}

// ClientOf returns a client for the environment and with the session that a
// stored login came from.
func ClientOf(s *config.Settings, e *Entry, userAgent string, now func() time.Time) (*pingone.Client, error) {
	env, err := pingone.ParseAuthURL(e.AuthURL)
	if err != nil {
		return nil, fmt.Errorf("read a stored login: %w", err)
	}
	timeout, err := s.Duration("timeout")
	if err != nil {
		return nil, err
	}
	transport, err := NewTransport(s, nil)
	if err != nil {
		return nil, err
	}
	return &pingone.Client{Environment: env, Session: e.session(), HTTP: &implicit.HTTP{
		Client: &http.Client{Transport: transport}, Timeout: timeout, UserAgent: userAgent, Now: now}}, nil
}
