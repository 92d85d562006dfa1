// Command docs writes docs/commands, a page for each command, from what the
// command itself says with --help. Run it at the top of the tree:
//
//	go run ./internal/docs
//
// With the name of a folder it writes there what a release has in addition to
// the program: manual pages, completions and the licences of what is built in.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	var err error
	if len(os.Args) > 1 {
		err = writeRelease(".", os.Args[1])
	} else {
		err = write(".")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(1)
	}
}

// write replaces the pages of the tree at root, and removes those of commands
// that are gone.
func write(root string) error {
	p, err := build(root)
	if err != nil {
		return err
	}
	defer p.remove()
	pages, err := p.pages()
	if err != nil {
		return err
	}
	dir := filepath.Join(root, "docs", "commands")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(dir, "*.md"))
	if err != nil {
		return err
	}
	for _, file := range old {
		if _, still := pages[filepath.Base(file)]; !still {
			if err := os.Remove(file); err != nil {
				return err
			}
		}
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
