//go:build unix

package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// privateFile returns the path of a configuration file that is trusted.
func privateFile(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "implicit")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(path, []byte("default-profile: work\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// TestFileOfAnotherUser: whoever can write the file gets the password sent to a
// server of theirs.
func TestFileOfAnotherUser(t *testing.T) {
	const stranger = 54321
	for _, row := range []struct {
		what         string
		mode         os.FileMode // of the file
		dirMode      os.FileMode
		owner, dir   int // -1: this user
		fix, warning string
	}{
		{"a private file", 0o600, 0o700, -1, -1, "", ""},
		{"a file that everybody reads", 0o644, 0o755, -1, -1, "", ""},
		{"a file that everybody writes", 0o666, 0o700, -1, -1, "chmod o-w FILE", ""},
		{"a directory that everybody writes", 0o600, 0o777, -1, -1, "chmod o-w DIR", ""},
		{"a sticky directory that everybody writes", 0o600, 0o777 | os.ModeSticky, -1, -1, "", ""},
		{"a file that the group writes", 0o660, 0o700, -1, -1, "", "FILE: it is writable by its group"},
		{"a directory that the group writes", 0o600, 0o770, -1, -1, "", "its directory DIR is writable by its group"},
		{"another user's file", 0o644, 0o755, stranger, -1, "chown 0 FILE", ""},
		{"another user's directory", 0o644, 0o755, -1, stranger, "chown 0 DIR", ""},
	} {
		path := privateFile(t)
		dir := filepath.Dir(path)
		chmod(t, path, row.mode)
		chmod(t, dir, row.dirMode)
		if row.owner >= 0 || row.dir >= 0 {
			if os.Geteuid() != 0 {
				t.Logf("%s: skipped, only root can give a file away", row.what)
				continue
			}
			if err := errors.Join(os.Chown(path, row.owner, -1), os.Chown(dir, row.dir, -1)); err != nil {
				t.Fatal(err)
			}
		}
		f, err := ReadFile(dir)
		var wrong *Error
		fix := strings.NewReplacer("FILE", "'"+path+"'", "DIR", "'"+dir+"'").Replace(row.fix)
		switch {
		case row.fix == "" && err != nil:
			t.Errorf("%s: %v", row.what, err)
		case row.fix != "" && (!errors.As(err, &wrong) || wrong.Fix != fix || wrong.Hint() != "run: "+fix):
			t.Errorf("%s: got %+v, want %q", row.what, err, fix)
		}
		if row.fix != "" {
			continue
		}
		warning := strings.NewReplacer("FILE", path, "DIR", dir).Replace(row.warning)
		if got := strings.Join(f.Warnings, "\n"); !strings.Contains(got, warning) || (got == "") != (warning == "") {
			t.Errorf("%s: the warnings are %q", row.what, got)
		}
	}
}

// TestLinkedFile: the directory that the link leads to counts too.
func TestLinkedFile(t *testing.T) {
	target := privateFile(t)
	dir := t.TempDir()
	if err := os.Symlink(target, filepath.Join(dir, "config.yaml")); err != nil {
		t.Fatal(err)
	}
	if f, err := ReadFile(dir); err != nil || f.Default != "work" {
		t.Fatalf("%+v, %v", f, err)
	}
	chmod(t, filepath.Dir(target), 0o777)
	if _, err := ReadFile(dir); err == nil || !strings.Contains(err.Error(), filepath.Dir(target)+" is writable by everybody") {
		t.Errorf("got %v", err)
	}
}

func TestFIFOIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "config.yaml"), 0o600); err != nil {
		t.Skip(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := ReadFile(dir)
		done <- err
	}()
	select {
	case err := <-done:
		if err == nil || !strings.Contains(err.Error(), "expected a regular file") {
			t.Errorf("got %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("it waits for a writer")
	}
}

func TestDeviceIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("/dev/zero", filepath.Join(dir, "config.yaml")); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(dir); err == nil || !strings.Contains(err.Error(), "expected a regular file") {
		t.Errorf("got %v", err)
	}
}
