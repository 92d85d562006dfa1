//go:build unix

package credstore

import (
	"bufio"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/state"
)

// TestKilledAtAnyMoment kills processes (SIGKILL) that store one entry after
// the other, until 500 were stored: the entry is always the last that was
// reported as stored, or the one after it.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	now := time.Now().Add(2 * leftover)
	o := Options{Kind: File, Dir: state.At(dir), Now: func() time.Time { return now }}
	o.Warn = func(said string) { t.Error(said) }
	s := mustOpen(t, o)
	next, kills := 0, 0
	for ; next < 500; kills++ {
		stored := runAndKill(t, dir, next)
		got, ok, err := s.Get(t.Context(), "key")
		switch {
		case err != nil || !ok && stored >= 0:
			t.Fatalf("after %d: %v, %v", stored, ok, err)
		case string(got) == string(numbered(stored+1)):
			next = stored + 2
		case !ok || string(got) == string(numbered(stored)):
			next = stored + 1
		default:
			t.Fatalf("after %d the entry is %.40q", stored, got)
		}
	}
	wantKeys(t, mustOpen(t, o), "key")
	if files, err := os.ReadDir(filepath.Dir(entryPath(dir, ""))); len(files) != 1 || err != nil {
		t.Errorf("after %d kills there is %v, %v", kills, files, err)
	}
}

// runAndKill starts a process that stores the entries from next on, kills it
// and gives the last that it reported.
func runAndKill(t *testing.T, dir string, next int) (stored int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, File, dir, strconv.Itoa(next))
	cmd.Env = append(os.Environ(), childVar+"=ever")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stored = next - 1
	moment := time.Duration(rand.IntN(30_000)) * time.Microsecond
	lines := bufio.NewScanner(out)
	for first := true; lines.Scan(); first = false {
		if first { // before it, the process is only starting
			time.AfterFunc(moment, func() { cmd.Process.Kill() })
		}
		if stored, err = strconv.Atoi(lines.Text()); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Wait(); cmd.ProcessState.Exited() {
		t.Fatalf("the process ended by itself: %v", err)
	}
	return stored
}
