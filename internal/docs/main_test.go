package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const root = "../.."

// built is the command, compiled once for all tests of this package.
var built = sync.OnceValues(func() (*program, error) { return build(root) })

func TestMain(m *testing.M) {
	code := m.Run()
	if p, err := built(); err == nil {
		p.remove()
	}
	os.Exit(code)
}

func theProgram(t *testing.T) *program {
	t.Helper()
	lookAtSources(t)
	p, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// lookAtSources opens what the command is made of, so that go test does not
// take an earlier result for one of this tree.
func lookAtSources(t *testing.T) {
	t.Helper()
	for _, dir := range []string{"cmd", "internal", "pkg"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(name string, d fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(name, ".go") {
				_, err = os.Stat(name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestPages: docs/commands is what the commands say of themselves.
func TestPages(t *testing.T) {
	pages, err := theProgram(t).pages()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "docs", "commands")
	for name, want := range pages {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("docs/commands/%s is not what the command says: run make docs", name)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if _, ok := pages[f.Name()]; !ok {
			t.Errorf("docs/commands/%s belongs to no command: run make docs", f.Name())
		}
	}
}

// documents returns the pages written by hand, by their path in the tree.
func documents(t *testing.T) map[string]string {
	t.Helper()
	files := []string{}
	for _, pattern := range []string{"*.md", "docs/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	texts := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name, err := filepath.Rel(root, file)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.ToSlash(name)] = string(text)
	}
	return texts
}
