package state

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func output(t *testing.T, path string) *Output {
	t.Helper()
	o, err := OpenOutput(path)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Nothing is left of a file that was created and not written; what the user had stays.
func TestOutputThatIsNotWritten(t *testing.T) {
	dir := t.TempDir()
	created, old := filepath.Join(dir, "created"), filepath.Join(dir, "old")
	if err := os.WriteFile(old, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{created, old} {
		if err := output(t, path).Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(created); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty file is left: %v", err)
	}
	if text, err := os.ReadFile(old); string(text) != "old" {
		t.Errorf("the old file has %q, %v", text, err)
	}
	o := output(t, created)
	if err := o.Write([]byte("new")); err != nil {
		t.Fatal(err)
	}
	_ = o.Close()
	if text, err := os.ReadFile(created); string(text) != "new" {
		t.Errorf("the file has %q, %v", text, err)
	}
}

func TestSameOutput(t *testing.T) {
	dir := t.TempDir()
	a := output(t, filepath.Join(dir, "a"))
	defer a.Close()
	if runtime.GOOS != "windows" { // where a link needs a right
		if err := os.Symlink("a", filepath.Join(dir, "link")); err != nil {
			t.Fatal(err)
		}
		link := output(t, filepath.Join(dir, "link"))
		defer link.Close()
		if !a.Same(link) {
			t.Error("a link is taken for another file")
		}
	}
	again, b := output(t, dir+"/./a"), output(t, filepath.Join(dir, "b"))
	defer again.Close()
	defer b.Close()
	if !a.Same(again) || a.Same(b) {
		t.Error("./a is another file, or b the same")
	}
	null, too := output(t, os.DevNull), output(t, os.DevNull)
	if null.Same(too) {
		t.Error("the null device can be named twice")
	}
	for _, o := range []*Output{null, too} {
		if err := o.Write([]byte("x")); err != nil {
			t.Error(err)
		}
	}
}
