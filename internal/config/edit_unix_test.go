//go:build unix

package config

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// TestEditThroughALink: a link stays a link, and its target becomes private.
func TestEditThroughALink(t *testing.T) {
	dir, elsewhere := t.TempDir(), filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(elsewhere, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "config.yaml")
	if err := os.Symlink(elsewhere, link); err != nil {
		t.Fatal(err)
	}
	if err := Edit(context.Background(), dir, filepath.Join(dir, "lock"), set("work", "region", "EU")); err != nil {
		t.Fatal(err)
	}
	if target, err := os.Readlink(link); err != nil || target != elsewhere {
		t.Errorf("the link leads to %q, %v", target, err)
	}
	info, err := os.Stat(elsewhere)
	if err != nil || info.Size() == 0 || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info, err)
	}
}
