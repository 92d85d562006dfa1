package credstore

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/state"
)

// childVar makes the test binary a process that uses a store and ends: "once"
// puts one entry, "ever" puts one after the other and prints each number.
const childVar = "CREDSTORE_TEST_CHILD"

func TestMain(m *testing.M) {
	if name, ok := strings.CutPrefix(filepath.Base(os.Args[0]), "docker-credential-"); ok {
		os.Exit(fakeHelper(strings.TrimSuffix(name, ".exe"), os.Args[1]))
	}
	if mode := os.Getenv(childVar); mode != "" {
		os.Exit(child(mode, os.Args[1], os.Args[2], os.Args[3]))
	}
	os.Setenv("GORACE", "atexit_sleep_ms=0") // for the processes that tests start
	_ = flag.Set("test.parallel", "8")       // they wait for other programs; -parallel on the command line wins
	os.Exit(m.Run())
}

func child(mode, kind, dir, arg string) int {
	ctx := context.Background()
	warn := func(s string) { fmt.Fprintln(os.Stderr, "warning:", s) }
	s, err := Open(ctx, Options{Kind: kind, Dir: state.At(dir), Warn: warn, Rand: slowRand(mode)})
	if err == nil && mode == "once" {
		err = s.Put(ctx, arg, []byte(arg))
	}
	for n, _ := strconv.Atoi(arg); err == nil && mode == "ever"; n++ {
		if err = s.Put(ctx, "key", numbered(n)); err == nil {
			fmt.Println(n)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// slowRand is randomness that takes its time in mode "once", so that processes
// which make a key at the same moment get in each other's way.
type slowRand string

func (s slowRand) Read(p []byte) (int, error) {
	if s == "once" {
		time.Sleep(200 * time.Millisecond)
	}
	return rand.Read(p)
}

// numbered is the content of the nth entry, of a size that changes with n.
func numbered(n int) []byte {
	return []byte(strings.Repeat(strconv.Itoa(n)+",", 100+n%1000))
}

// needs skips a test whose real counterpart is not installed, and fails it
// where IMPLICIT_TEST_REQUIRE lists "keyring", as it does in CI.
func needs(t *testing.T, missing string) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("IMPLICIT_TEST_REQUIRE"), ","), "keyring") {
		t.Fatalf("needs %s, and IMPLICIT_TEST_REQUIRE asks for it", missing)
	}
	t.Skipf("needs %s, which is not installed here", missing)
}

// warnings collects what a store says.
type warnings []string

func (w *warnings) add(s string) { *w = append(*w, s) }

// mustOpen opens a store that a test expects to open.
func mustOpen(t *testing.T, o Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustPut(t *testing.T, s *Store, key, data string) {
	t.Helper()
	if err := s.Put(t.Context(), key, []byte(data)); err != nil {
		t.Fatal(err)
	}
}

// wantEntry checks what is under a key; nothing is "-".
func wantEntry(t *testing.T, s *Store, key, want string) {
	t.Helper()
	got, ok, err := s.Get(t.Context(), key)
	switch {
	case err != nil:
		t.Errorf("get %q: %v", key, err)
	case !ok && want != "-" || ok && string(got) != want:
		t.Errorf("get %q: got %.80q, %v, want %.80q", key, got, ok, want)
	}
}
