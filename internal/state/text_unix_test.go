//go:build unix

package state

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestReadTextFileOfAFIFO(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadTextFile(path, "--flag", 20); !errors.Is(err, errNoFIFO) {
		t.Fatalf("without a writer: got %v", err)
	}
	w, err := os.OpenFile(path, os.O_RDWR, 0) // a writer that is slow
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		time.Sleep(50 * time.Millisecond)
		_, _ = w.WriteString("\xef\xbb\xbfsecret")
		w.Close()
	}()
	if got, err := ReadTextFile(path, "--flag", 20); string(got) != "secret" || err != nil {
		t.Errorf("with a writer: got %q, %v", got, err)
	}
}

// A shell hands the output of a command over as /dev/fd/N.
func TestReadTextFileOfADescriptor(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	go func() {
		time.Sleep(50 * time.Millisecond)
		_, _ = w.WriteString("secret")
		w.Close()
	}()
	if got, err := ReadTextFile(fmt.Sprintf("/dev/fd/%d", r.Fd()), "--flag", 20); string(got) != "secret" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestReadTextFileOfADeviceIsBounded(t *testing.T) {
	if _, err := ReadTextFile("/dev/zero", "--flag", 1<<20); err == nil || !strings.Contains(err.Error(), "at most 1048576 bytes") {
		t.Errorf("/dev/zero: got %v", err)
	}
	if got, err := ReadTextFile("/dev/null", "--flag", 20); len(got) != 0 || err != nil {
		t.Errorf("/dev/null: got %q, %v", got, err)
	}
}
