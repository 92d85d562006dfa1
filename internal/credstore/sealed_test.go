package credstore

import (
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/state"
)

// fileOptions is a file store in a directory of its own.
func fileOptions(t *testing.T) (o Options, dir string, warned *warnings) {
	dir, warned = t.TempDir(), new(warnings)
	now := func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }
	return Options{Kind: File, Dir: state.At(dir), Now: now, Warn: warned.add}, dir, warned
}

func entryPath(dir, key string) string {
	return filepath.Join(dir, "store", File, "entries", hash(key))
}

func keyPath(dir string) string { return filepath.Join(dir, "store", File, "key") }

func TestDamagedEntriesAreSetAside(t *testing.T) {
	overwrite := func(data string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) { writeFile(t, entryPath(dir, "a"), data) }
	}
	tests := []struct {
		name   string
		damage func(t *testing.T, dir string)
		why    string
	}{
		{"empty", overwrite(""), "does not start with"},
		{"other text", overwrite("{}\n"), "does not start with"},
		{"version zero", overwrite("implicit-store 0\nx"), "does not start with"},
		{"cut off after the header", overwrite("implicit-store 1\n"), "ends early"},
		{"huge", overwrite(strings.Repeat("x", maxFile+1)), "too large"},
		{"one bit turned", func(t *testing.T, dir string) {
			data := readFile(t, entryPath(dir, "a"))
			data[len(data)-20] ^= 1
			writeFile(t, entryPath(dir, "a"), string(data))
		}, "damaged"},
		{"the entry of another key", func(t *testing.T, dir string) {
			writeFile(t, entryPath(dir, "a"), string(readFile(t, entryPath(dir, "b"))))
		}, "damaged"},
		{"another key in the key file", func(t *testing.T, dir string) {
			writeFile(t, keyPath(dir), keyText(bytes.Repeat([]byte{1}, keySize)))
		}, "another key"},
		{"no key file", func(t *testing.T, dir string) {
			if err := os.Remove(keyPath(dir)); err != nil {
				t.Fatal(err)
			}
		}, "is not in " + filepath.Join("store", "file", "key")},
		{"a damaged key file", func(t *testing.T, dir string) { writeFile(t, keyPath(dir), "implicit-key 1\nshort") }, "is not in"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, dir, warned := fileOptions(t)
			s := mustOpen(t, o)
			mustPut(t, s, "a", "data of a")
			mustPut(t, s, "b", "data of b")
			tt.damage(t, dir)

			s = mustOpen(t, o)
			wantEntry(t, s, "a", "-")
			aside := entryPath(dir, "a") + ".corrupt-20260102T030405.000Z"
			said := strings.ReplaceAll(strings.Join(*warned, "\n"), dir+string(filepath.Separator), "")
			if !strings.Contains(said, tt.why) || !strings.Contains(said, filepath.Base(aside)) {
				t.Errorf("warned %q, want %q and the new name", said, tt.why)
			}
			if _, err := os.Stat(aside); err != nil {
				t.Errorf("set aside: %v", err)
			}
			mustPut(t, s, "a", "new")
			wantEntry(t, mustOpen(t, o), "a", "new")
			if err := s.Delete(t.Context(), "a"); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(aside); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("what was set aside outlives its entry: %v", err)
			}
		})
	}
}

func TestADamagedKeyIsSetAsideNotOverwritten(t *testing.T) {
	o, dir, _ := fileOptions(t)
	writeFile(t, keyPath(dir), "precious?")
	mustPut(t, mustOpen(t, o), "a", "data")
	if got := readFile(t, keyPath(dir)+".corrupt-20260102T030405.000Z"); string(got) != "precious?" {
		t.Errorf("set aside: %q", got)
	}
	wantEntry(t, mustOpen(t, o), "a", "data")
}

func TestListPassesOverWhatCannotBeRead(t *testing.T) {
	o, dir, warned := fileOptions(t)
	s := mustOpen(t, o)
	for _, key := range []string{"good", "damaged", "newer"} {
		mustPut(t, s, key, key)
	}
	writeFile(t, entryPath(dir, "damaged"), "x")
	writeFile(t, entryPath(dir, "newer"), "implicit-store 2\nx")
	writeFile(t, filepath.Join(filepath.Dir(entryPath(dir, "")), "README"), "x")
	wantKeys(t, s, "good")
	if len(*warned) != 2 {
		t.Errorf("warned %q, want one sentence for each of the two", *warned)
	}
	if err := s.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(filepath.Dir(entryPath(dir, ""))); len(left) > 0 || err != nil {
		t.Errorf("after Clear there is %v, %v", left, err)
	}
}

func TestNothingOfANewerVersionIsTouched(t *testing.T) {
	const entry, key = "implicit-store 7\nwho knows", "implicit-key 7\nwho knows"
	tests := []struct{ name, path, content string }{
		{"entry", entryPath("", "a"), entry},
		{"key", keyPath(""), key},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, dir, warned := fileOptions(t)
			mustPut(t, mustOpen(t, o), "a", "data")
			path := filepath.Join(dir, tt.path)
			writeFile(t, path, tt.content)

			s := mustOpen(t, o)
			_, _, get := s.Get(t.Context(), "a")
			put := s.Put(t.Context(), "a", []byte("x"))
			for _, err := range []error{get, put} {
				var newer *VersionError
				if !errors.As(err, &newer) || newer.What != path || newer.Found != 7 || newer.Known != 1 {
					t.Errorf("got %v, want a VersionError with the path and both versions", err)
				}
			}
			if got := readFile(t, path); string(got) != tt.content {
				t.Errorf("the file is now %q", got)
			}
			if len(*warned) > 0 {
				t.Errorf("warned %q", *warned)
			}
		})
	}
}

func TestFilesThatOthersCanReachAreRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing on Windows")
	}
	for _, tt := range []struct{ name, path string }{{"entry", entryPath("", "a")}, {"key", keyPath("")}} {
		t.Run(tt.name, func(t *testing.T) {
			o, dir, _ := fileOptions(t)
			mustPut(t, mustOpen(t, o), "a", "data")
			path := filepath.Join(dir, tt.path)
			if err := os.Chmod(path, 0o644); err != nil {
				t.Fatal(err)
			}
			s := mustOpen(t, o)
			_, _, get := s.Get(t.Context(), "a")
			_, list := s.List(t.Context())
			for _, err := range []error{get, list, s.Put(t.Context(), "a", []byte("x"))} {
				var access *state.AccessError
				if !errors.As(err, &access) || access.Path != path || !strings.Contains(err.Error(), "chmod 600") {
					t.Errorf("got %v, want an AccessError with the command", err)
				}
			}
			if err := os.Chmod(path, 0o600); err != nil {
				t.Fatal(err)
			}
			wantEntry(t, s, "a", "data")
		})
	}
}

func TestAFailedPutKeepsTheOldEntry(t *testing.T) {
	o, dir, _ := fileOptions(t)
	mustPut(t, mustOpen(t, o), "a", "old")
	o.Rand = bytes.NewReader(nil) // no randomness, no nonce
	if err := mustOpen(t, o).Put(t.Context(), "a", []byte("new")); err == nil {
		t.Error("an entry was sealed without a nonce")
	}
	o.Rand = rand.Reader
	wantEntry(t, mustOpen(t, o), "a", "old")
	wantNoPlaintext(t, dir, "old", "new")
}

// The next that writes finds them.
func TestLeftoversOfKilledWritersGo(t *testing.T) {
	o, dir, _ := fileOptions(t)
	mustPut(t, mustOpen(t, o), "a", "data")
	old := []string{filepath.Join(dir, "store", File, ".tmp-1"), filepath.Join(dir, "store", File, "entries", ".tmp-2")}
	for _, path := range old {
		writeFile(t, path, "half")
	}
	o.Now = func() time.Time { return time.Now().Add(2 * leftover) }
	mustPut(t, mustOpen(t, o), "b", "data")
	for _, path := range old {
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there: %v", path, err)
		}
	}
}

func TestClearRemovesWhatIsHalfWritten(t *testing.T) {
	o, dir, _ := fileOptions(t)
	o.Now = time.Now
	s := mustOpen(t, o)
	mustPut(t, s, "a", "data")
	temp := filepath.Join(dir, "store", File, "entries", ".tmp-1")
	writeFile(t, temp, "half")
	if err := s.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(temp); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s still exists: %v", temp, err)
	}
}

// A stopped process may hold the lock for ever.
func TestAKeyThatIsLockedIsNotWaitedForWithoutEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the lock")
	}
	t.Parallel()
	o, dir, _ := fileOptions(t)
	s := mustOpen(t, o)
	unlock, err := state.Lock(t.Context(), filepath.Join(dir, "store", File, "key.lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	var held *state.LockError
	if err := s.Put(t.Context(), "a", []byte("data")); !errors.As(err, &held) || !held.Held {
		t.Errorf("got %v, want a LockError", err)
	}
}

func TestWhereNothingCanBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, Options{Kind: File, Dir: state.At(filepath.Join(file, "state"))}) // below a file there is no directory
	_, lock := s.Lock(t.Context(), "profile")
	for _, err := range []error{lock, s.Put(t.Context(), "a", []byte("data"))} {
		var notStored *NotStoredError
		if !errors.As(err, &notStored) {
			t.Errorf("got %v, want a NotStoredError", err)
		}
	}
}

// together has many processes make their first entry at once.
func together(t *testing.T, kind string) {
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const many = 20
	var wg sync.WaitGroup
	for i := range many {
		wg.Go(func() {
			cmd := exec.Command(self, kind, dir, strconv.Itoa(i))
			cmd.Env = append(os.Environ(), childVar+"=once")
			if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("process %d: %v %s", i, err, out)
			}
		})
	}
	wg.Wait()
	s := mustOpen(t, Options{Kind: kind, Dir: state.At(dir), Warn: func(said string) { t.Error(said) }})
	for i := range many {
		wantEntry(t, s, strconv.Itoa(i), strconv.Itoa(i))
	}
}

func TestProcessesThatStartTogetherMakeOneKey(t *testing.T) { together(t, File) }

func TestGoroutinesShareAStore(t *testing.T) {
	o, _, _ := fileOptions(t)
	s := mustOpen(t, o)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			key := strconv.Itoa(i)
			if err := s.Put(t.Context(), key, []byte(key)); err != nil {
				t.Error(err)
			}
			wantEntry(t, s, key, key)
		})
	}
	wg.Wait()
}

func writeFile(t *testing.T, path, data string) {
	t.Helper()
	if err := state.WriteFile(path, []byte(data)); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// BenchmarkGet is the cost of a lookup, the key read included: it must not
// depend on how many entries there are.
func BenchmarkGet(b *testing.B) {
	for _, entries := range []int{1, 1000} {
		b.Run(strconv.Itoa(entries), func(b *testing.B) {
			o := Options{Kind: File, Dir: state.At(b.TempDir())}
			s, err := Open(b.Context(), o)
			for i := 0; i < entries && err == nil; i++ {
				err = s.Put(b.Context(), strconv.Itoa(i), numbered(i))
			}
			for b.Loop() {
				s, oerr := Open(b.Context(), o)
				_, ok, gerr := s.Get(b.Context(), "0")
				if err = errors.Join(err, oerr, gerr); err != nil || !ok {
					b.Fatal(ok, err)
				}
			}
		})
	}
}
