package credstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/implicit-cli/implicit/internal/state"
)

// keyLockWait bounds the wait for the process that makes the key, which takes
// milliseconds. The tokens are already there and would be lost with the process.
const keyLockWait = 5 * time.Second

// key gives the store's key, nil when there is none yet. A damaged one counts
// as none: what it sealed is lost.
func (s *sealed) key(ctx context.Context) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.secret == nil {
		secret, err := s.readKey(ctx)
		if err != nil {
			return nil, err
		}
		s.secret = secret
	}
	return s.secret, nil
}

func (s *sealed) readKey(ctx context.Context) ([]byte, error) {
	text, err := s.source.read(ctx)
	if err != nil || text == "" {
		return nil, err
	}
	secret, err := parseKey(text, s.source.where())
	if errors.Is(err, errCorrupt) {
		s.warn(fmt.Sprintf("the store's key in %s cannot be used: %v", s.source.where(), err))
		return nil, nil
	}
	return secret, err
}

// ensureKey gives the store's key and makes one where there is none. A lock
// makes processes that start at the same time share one key.
func (s *sealed) ensureKey(ctx context.Context) ([]byte, error) {
	if secret, err := s.key(ctx); secret != nil || err != nil {
		return secret, err
	}
	path, err := s.path("key.lock")
	if err != nil {
		return nil, err
	}
	unlock, err := lock(ctx, path, keyLockWait)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if secret, err := s.key(ctx); secret != nil || err != nil {
		return secret, err
	}
	if err := s.makeKey(ctx); err != nil {
		return nil, fmt.Errorf("make the store's key: %w", err)
	}
	secret, err := s.key(ctx) // read back, since a keyring may keep nothing and say nothing
	if secret == nil && err == nil {
		err = fmt.Errorf("%s did not keep the key", s.source.where())
	}
	return secret, err
}

func (s *sealed) makeKey(ctx context.Context) error {
	secret := make([]byte, keySize)
	if _, err := io.ReadFull(s.rand, secret); err != nil {
		return err
	}
	return s.source.write(ctx, keyText(secret))
}

// fileKey is a key in a file next to the entries it seals.
type fileKey struct {
	dir state.Dir
	now func() time.Time
}

func (k fileKey) path() (string, error) { return k.dir.Join("store", File, "key") }

func (k fileKey) where() string {
	path, _ := k.path()
	return path
}

func (k fileKey) read(context.Context) (string, error) {
	path, err := k.path()
	if err != nil {
		return "", err
	}
	text, err := state.ReadFile(path, 4096)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(text), err
}

// write sets aside a damaged key first.
func (k fileKey) write(_ context.Context, text string) error {
	path, err := k.path()
	if err != nil {
		return err
	}
	if _, err := state.SetAside(path, k.now()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return state.WriteFile(path, []byte(text))
}
