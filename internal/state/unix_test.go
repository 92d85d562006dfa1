//go:build unix

package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// childVar makes the test binary do one write and print its error.
const childVar = "STATE_TEST_CHILD"

func TestMain(m *testing.M) {
	if mode := os.Getenv(childVar); mode != "" {
		child(mode, os.Args[1])
		return
	}
	os.Exit(m.Run())
}

func child(mode, path string) {
	if mode == "full" {
		// A file that may not grow fails in the middle of a write, as one does
		// on a full disk, and needs no disk of its own.
		signal.Ignore(syscall.SIGXFSZ)
		limit := syscall.Rlimit{Cur: 4096, Max: 4096}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			fmt.Print(err)
			return
		}
	}
	fmt.Print(WriteFile(path, make([]byte, 10_000)))
}

// inChild has a child of this binary write to path, as an ordinary user where
// asked for: root may write everywhere.
func inChild(t *testing.T, mode, path string, ordinary bool) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, path)
	if ordinary && os.Geteuid() == 0 {
		cmd.Path = forEveryone(t, self)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), childVar+"="+mode, "GORACE=atexit_sleep_ms=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("the child: %v\n%s", err, out)
	}
	return string(out)
}

// forEveryone is a copy of the program at path that any user may run.
func forEveryone(t *testing.T, path string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "state")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "binary")
	if err := errors.Join(os.WriteFile(binary, data, 0o755), os.Chmod(dir, 0o755), os.Chmod(binary, 0o755)); err != nil {
		t.Fatal(err)
	}
	return binary
}

func TestWriteFileOnAFullDiskKeepsTheOldContent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "entry")
	if err := WriteFile(path, []byte("old")); err != nil {
		t.Fatal(err)
	}
	said := inChild(t, "full", path, false)
	if !strings.Contains(said, path) || !strings.Contains(said, "file too large") || !strings.Contains(said, "unchanged") {
		t.Errorf("the child said %q", said)
	}
	if got, err := ReadFile(path, 100); string(got) != "old" || err != nil {
		t.Errorf("the old content: %q, %v", got, err)
	}
	if left := temps(t, filepath.Dir(path)); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestWriteFileInAReadOnlyDirectory(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "entry"), filepath.Join(dir, "sub", "entry")} {
		said := inChild(t, "write", path, true)
		if !strings.Contains(said, "permission denied") || !strings.Contains(said, dir) {
			t.Errorf("%s: the child said %q", path, said)
		}
	}
}

func TestWriteFileModes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "entry")
	if err := WriteFile(path, nil); err != nil {
		t.Fatal(err)
	}
	for p, want := range map[string]fs.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(p)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, %v, want %v", p, info.Mode().Perm(), err, want)
		}
	}
}

func TestReadFileRefusesWhatOthersCanReach(t *testing.T) {
	for _, mode := range []fs.FileMode{0o644, 0o640, 0o602, 0o610, 0o666} {
		path := filepath.Join(t.TempDir(), "it's here")
		if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		var access *AccessError
		_, err := ReadFile(path, 10)
		if !errors.As(err, &access) || !strings.Contains(access.Reason, fmt.Sprintf("%04o", mode)) {
			t.Fatalf("mode %04o: got %v", mode, err)
		}
		if out, err := exec.Command("sh", "-c", access.Fix).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v %s", access.Fix, err, out)
		}
		if _, err := ReadFile(path, 10); err != nil {
			t.Errorf("after %s: %v", access.Fix, err)
		}
	}
}

func TestReadFileRefusesTheFileOfAnotherUser(t *testing.T) {
	path := "/etc/passwd" // is root's
	if os.Geteuid() == 0 {
		path = filepath.Join(t.TempDir(), "f")
		if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chown(path, 65534, -1)); err != nil {
			t.Fatal(err)
		}
	}
	var access *AccessError
	_, err := ReadFile(path, 1<<20)
	if !errors.As(err, &access) || !strings.Contains(access.Reason, "belongs to user") || !strings.Contains(access.Fix, "chown") {
		t.Errorf("got %v, want an AccessError with both users", err)
	}
}

func TestReadFileFollowsNoLinkAndWaitsForNoFIFO(t *testing.T) {
	dir := t.TempDir()
	file, link, fifo := filepath.Join(dir, "file"), filepath.Join(dir, "link"), filepath.Join(dir, "fifo")
	err := errors.Join(os.WriteFile(file, nil, 0o600), os.Symlink(file, link), syscall.Mkfifo(fifo, 0o600))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{link, fifo} {
		var access *AccessError
		if _, err := ReadFile(path, 10); !errors.As(err, &access) {
			t.Errorf("%s: got %v, want an AccessError", path, err)
		}
	}
}
