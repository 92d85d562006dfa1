package state

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWriteFileMakesPrivateParentsAndFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "entry")
	for _, content := range []string{"first", "second, longer", ""} {
		if err := WriteFile(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		got, err := ReadFile(path, 100)
		if string(got) != content || err != nil {
			t.Fatalf("read %q, %v, want %q", got, err, content)
		}
	}
	names, err := os.ReadDir(filepath.Dir(path))
	if len(names) != 1 || err != nil {
		t.Errorf("beside the file there is %v, %v", names, err)
	}
}

func TestWriteFileThatCannotReplaceLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "entry")
	if err := os.MkdirAll(filepath.Join(path, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	err := WriteFile(path, []byte("x")) // a file cannot replace a directory
	if err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), tempPrefix) {
		t.Errorf("got %v, want an error that names %s alone", err, path)
	}
	if left := temps(t, dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestReadFileIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := WriteFile(path, bytes.Repeat([]byte("x"), 11)); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(path, 10); !errors.Is(err, ErrTooLarge) {
		t.Errorf("11 bytes of at most 10: got %v, want ErrTooLarge", err)
	}
	if got, err := ReadFile(path, 11); len(got) != 11 || err != nil {
		t.Errorf("11 bytes of at most 11: got %d, %v", len(got), err)
	}
}

func TestReadFileOfNothing(t *testing.T) {
	if _, err := ReadFile(filepath.Join(t.TempDir(), "f"), 10); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist", err)
	}
}

func TestReadFileRefusesADirectory(t *testing.T) {
	var access *AccessError
	if _, err := ReadFile(t.TempDir(), 10); !errors.As(err, &access) {
		t.Errorf("got %v, want an AccessError", err)
	}
}

func TestRemove(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := WriteFile(path, nil); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time there is nothing to delete
		if err := Remove(path); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is still there: %v", err)
	}
}

func TestListShowsFinishedFilesOnly(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b", "a", tempPrefix + "1", "sub/c"} {
		if err := WriteFile(filepath.Join(dir, name), nil); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := List(dir); !slices.Equal(got, []string{"a", "b"}) || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := List(filepath.Join(dir, "missing")); len(got) > 0 || err != nil {
		t.Errorf("a missing directory: got %v, %v", got, err)
	}
}

func TestSweepDeletesOnlyOldLeftovers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "[x]") // no pattern of file names
	for _, name := range []string{"entry", tempPrefix + "old", tempPrefix + "new"} {
		if err := WriteFile(filepath.Join(dir, name), nil); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	for _, name := range []string{"entry", tempPrefix + "old"} {
		if err := os.Chtimes(filepath.Join(dir, name), now, now.Add(-2*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	Sweep(dir, now.Add(-time.Hour))
	if left := temps(t, dir); !slices.Equal(left, []string{tempPrefix + "new"}) {
		t.Errorf("left over: %v, want the new one", left)
	}
	if _, err := os.Stat(filepath.Join(dir, "entry")); err != nil {
		t.Errorf("the finished file: %v", err)
	}
}

func TestSetAsideKeepsTheContentOutOfTheWay(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "[x]")
	path := filepath.Join(dir, "entry")
	for _, p := range []string{path, path + "2" + asideInfix + "x"} {
		if err := WriteFile(p, []byte("damaged")); err != nil {
			t.Fatal(err)
		}
	}
	aside, err := SetAside(path, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	if want := path + ".corrupt-20260102T030405.000Z"; aside != want || err != nil {
		t.Fatalf("got %q, %v, want %q", aside, err, want)
	}
	if got, err := ReadFile(aside, 100); string(got) != "damaged" || err != nil {
		t.Errorf("set aside: %q, %v", got, err)
	}
	if err := RemoveAside(path); err != nil {
		t.Fatal(err)
	}
	if got, _ := List(dir); !slices.Equal(got, []string{"entry2.corrupt-x"}) {
		t.Errorf("after RemoveAside there is %v, want what belongs to another file", got)
	}
}

// temps gives the names of unfinished files in dir.
func temps(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), tempPrefix) {
			names = append(names, e.Name())
		}
	}
	return names
}
