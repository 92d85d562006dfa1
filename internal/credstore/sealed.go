package credstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"sync"
	"time"

	"github.com/implicit-cli/implicit/internal/state"
)

// leftover is the age at which a file still being written belongs to a
// process that was killed.
const leftover = 15 * time.Minute

// sealed keeps entries in files, sealed under the key of its source. Each source
// has its own folder: a run without the keyring does not see its entries, and so
// cannot take them for damaged.
type sealed struct {
	dir    state.Dir
	folder string
	source keySource
	now    func() time.Time
	rand   io.Reader
	warn   func(string)

	mu     sync.Mutex
	secret []byte // once known
}

// keySource holds the text of one key.
type keySource interface {
	where() string                            // for messages
	read(ctx context.Context) (string, error) // "" when it has none
	write(ctx context.Context, text string) error
}

func newFileStore(o Options) *sealed {
	return newSealed(o, File, fileKey{dir: o.Dir, now: o.Now})
}

func newSealed(o Options, folder string, source keySource) *sealed {
	return &sealed{dir: o.Dir, folder: folder, source: source, now: o.Now, rand: o.Rand, warn: o.Warn}
}

// path is that of a file of this store.
func (s *sealed) path(elem ...string) (string, error) {
	return s.dir.Join(append([]string{"store", s.folder}, elem...)...)
}

func (s *sealed) get(ctx context.Context, key string) ([]byte, bool, error) {
	path, err := s.path("entries", hash(key))
	if err != nil {
		return nil, false, err
	}
	_, data, ok, err := s.load(ctx, path)
	return data, ok, err
}

// load reads the entry at path and sets it aside when it cannot be used.
func (s *sealed) load(ctx context.Context, path string) (key string, data []byte, ok bool, err error) {
	key, data, err = s.read(ctx, path)
	switch {
	case err == nil:
		return key, data, true, nil
	case errors.Is(err, fs.ErrNotExist):
		return "", nil, false, nil
	case errors.Is(err, errCorrupt), errors.Is(err, state.ErrTooLarge):
		s.setAside(path, err)
		return "", nil, false, nil
	}
	return "", nil, false, err
}

func (s *sealed) read(ctx context.Context, path string) (string, []byte, error) {
	file, err := state.ReadFile(path, maxFile)
	if err != nil {
		return "", nil, err
	}
	body, err := cutHeader(entryMagic, file, path)
	if err != nil {
		return "", nil, err
	}
	secret, err := s.key(ctx)
	if err != nil {
		return "", nil, err
	}
	if secret == nil {
		return "", nil, fmt.Errorf("%w: the key that sealed it is not in %s", errCorrupt, s.source.where())
	}
	return open(secret, entryMagic, body, filepath.Base(path))
}

// setAside keeps the last damaged form of an entry for inspection.
func (s *sealed) setAside(path string, why error) {
	_ = state.RemoveAside(path)
	aside, err := state.SetAside(path, s.now())
	if err != nil {
		s.warn(fmt.Sprintf("skipped %s: %v; it could not be set aside: %v", path, why, err))
		return
	}
	s.warn(fmt.Sprintf("set aside %s: %v", aside, why))
}

// put and each also sweep. get does not: it takes as long with many entries as with one.
func (s *sealed) put(ctx context.Context, key string, data []byte) error {
	s.sweep(s.now().Add(-leftover))
	path, err := s.path("entries", hash(key))
	if err != nil {
		return err
	}
	if err := replaceable(path); err != nil {
		return err
	}
	secret, err := s.ensureKey(ctx)
	if err != nil {
		return err
	}
	file, err := seal(secret, s.rand, entryMagic, key, data)
	if err != nil {
		return err
	}
	return state.WriteFile(path, file)
}

// replaceable refuses to replace what a newer version or another user wrote.
func replaceable(path string) error {
	var newer *VersionError
	var access *state.AccessError
	file, err := state.ReadFile(path, maxFile)
	if err == nil {
		_, err = cutHeader(entryMagic, file, path)
	}
	if errors.As(err, &newer) || errors.As(err, &access) {
		return err
	}
	return nil
}

func (s *sealed) delete(_ context.Context, key string) error {
	path, err := s.path("entries", hash(key))
	if err != nil {
		return err
	}
	return errors.Join(state.Remove(path), state.RemoveAside(path))
}

func (s *sealed) list(ctx context.Context) (keys []string, err error) {
	err = s.each(ctx, func(key string, _ []byte) { keys = append(keys, key) })
	return keys, err
}

func (s *sealed) each(ctx context.Context, visit func(key string, data []byte)) error {
	s.sweep(s.now().Add(-leftover))
	paths, err := s.files()
	for _, path := range paths {
		if len(filepath.Base(path)) != len(hash("")) {
			continue // set aside, or not an entry
		}
		key, data, ok, err := s.load(ctx, path)
		var newer *VersionError
		switch {
		case errors.As(err, &newer):
			s.warn(err.Error())
		case err != nil:
			return err
		case ok:
			visit(key, data)
		}
	}
	return err
}

// clear removes what is half written too, whatever its age.
func (s *sealed) clear(context.Context) error {
	s.sweep(s.now().Add(time.Second))
	paths, err := s.files()
	for _, path := range paths {
		err = errors.Join(err, state.Remove(path))
	}
	return err
}

// sweep deletes what killed processes left before the given time.
func (s *sealed) sweep(before time.Time) {
	if dir, err := s.path("entries"); err == nil {
		state.Sweep(dir, before)
		state.Sweep(filepath.Dir(dir), before)
	}
}

// files gives the paths of all entries and of what was set aside.
func (s *sealed) files() ([]string, error) {
	dir, err := s.path("entries")
	if err != nil {
		return nil, err
	}
	names, err := state.List(dir)
	for i, name := range names {
		names[i] = filepath.Join(dir, name)
	}
	return names, err
}
