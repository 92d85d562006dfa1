package credstore

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/state"
)

// suite is what every kind of store that keeps anything does. It starts and
// ends with an empty store.
func suite(t *testing.T, kind string) {
	dir := t.TempDir()
	var warned warnings
	open := func() *Store {
		return mustOpen(t, Options{Kind: kind, Dir: state.At(dir), Warn: warned.add, KeyringTimeout: time.Minute})
	}
	s := open()
	if s.Kind() != kind {
		t.Errorf("the store is of kind %q, want %q", s.Kind(), kind)
	}
	entries := map[string]string{
		"": "an empty key",
		"https://auth.pingone.eu/8f1c/as client openid": strings.Repeat("token.", 3000),
		"a/../b\n\x00\xff":               "bytes \x00\xff\xfe\r\n that are no text",
		strings.Repeat("long key ", 500): "x",
		"empty":                          "",
	}
	t.Run("empty", func(t *testing.T) {
		wantEntry(t, s, "missing", "-")
		if err := s.Delete(t.Context(), "missing"); err != nil {
			t.Errorf("forget what is not there: %v", err)
		}
		wantKeys(t, s)
	})
	t.Run("what is put is got by the next process", func(t *testing.T) {
		for key, data := range entries {
			mustPut(t, s, key, data)
		}
		again := open()
		var keys []string
		for key, data := range entries {
			wantEntry(t, again, key, data)
			keys = append(keys, key)
		}
		wantKeys(t, again, keys...)
	})
	t.Run("replace", func(t *testing.T) {
		mustPut(t, s, "empty", "no longer")
		wantEntry(t, open(), "empty", "no longer")
	})
	t.Run("forget one", func(t *testing.T) {
		if err := s.Delete(t.Context(), "empty"); err != nil {
			t.Fatal(err)
		}
		wantEntry(t, open(), "empty", "-")
		wantEntry(t, open(), "", "an empty key")
	})
	t.Run("nothing readable in the state directory", func(t *testing.T) {
		wantNoPlaintext(t, dir, "token.token.", "pingone", "long key")
	})
	t.Run("one holds the lock", func(t *testing.T) { wantLock(t, s, open()) })
	t.Run("too large", func(t *testing.T) {
		if err := s.Put(t.Context(), "", make([]byte, maxEntry+1)); err == nil {
			t.Error("an entry above the limit was kept")
		}
		wantEntry(t, s, "", "an empty key")
	})
	t.Run("forget all", func(t *testing.T) {
		if err := s.Clear(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantKeys(t, open())
	})
	if len(warned) > 0 {
		t.Errorf("it warned: %q", warned)
	}
}

func wantKeys(t *testing.T, s *Store, want ...string) {
	t.Helper()
	got, err := s.List(t.Context())
	slices.Sort(got)
	slices.Sort(want)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("keys %.200q, %v, want %.200q", got, err, want)
	}
}

func wantLock(t *testing.T, a, b *Store) {
	t.Helper()
	unlock, err := a.Lock(t.Context(), "profile/x")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var held *state.LockError
	if _, err := b.Lock(ctx, "profile/x"); !errors.As(err, &held) || !held.Held {
		t.Errorf("the second got %v, want a LockError", err)
	}
	other, err := b.Lock(t.Context(), "profile/y")
	if err != nil {
		t.Fatalf("another name: %v", err)
	}
	other()
	unlock()
	unlock, err = b.Lock(t.Context(), "profile/x")
	if err != nil {
		t.Fatalf("after the first let go: %v", err)
	}
	unlock()
}

// wantNoPlaintext looks for text in names and contents of all files below dir.
func wantNoPlaintext(t *testing.T, dir string, text ...string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, s := range text {
			if strings.Contains(string(data), s) || strings.Contains(filepath.Base(path), s) {
				t.Errorf("%q is in %s", s, path)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFileStore(t *testing.T) { suite(t, File) }

func TestNoneKeepsNothingAndNeedsNoPlace(t *testing.T) {
	s := mustOpen(t, Options{Kind: None})
	mustPut(t, s, "key", "data")
	wantEntry(t, s, "key", "-")
	wantKeys(t, s)
	if err := errors.Join(s.Delete(t.Context(), "key"), s.Clear(t.Context())); err != nil {
		t.Error(err)
	}
	for range 2 { // the second is not kept waiting
		if _, err := s.Lock(t.Context(), "name"); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenRefusesUnknownKinds(t *testing.T) {
	for _, kind := range []string{"File", "keychain", "helper", "helper:", "helper:../pass", "helper:a b", "helper:a\n"} {
		var unknown *KindError
		if _, err := Open(t.Context(), Options{Kind: kind}); !errors.As(err, &unknown) {
			t.Errorf("kind %q: got %v, want a KindError", kind, err)
		}
	}
}

func TestWithoutAHomeOnlyTheUseOfAnEntryFails(t *testing.T) {
	none := func(string) string { return "" }
	dirs := state.Find(none, "linux", func() (string, error) { return "", errors.New("$HOME is not defined") })
	for _, kind := range []string{"", Keyring, File} {
		s := mustOpen(t, Options{Kind: kind, Dir: dirs.State})
		_, _, get := s.Get(t.Context(), "key")
		_, list := s.List(t.Context())
		_, lock := s.Lock(t.Context(), "name")
		put, del, clr := s.Put(t.Context(), "key", nil), s.Delete(t.Context(), "key"), s.Clear(t.Context())
		for i, err := range []error{get, list, lock, put, del, clr} {
			if err == nil || !strings.Contains(err.Error(), "XDG_STATE_HOME") {
				t.Errorf("kind %q, call %d: got %v, want what to set", kind, i, err)
			}
		}
	}
}
