package state

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestLockExcludesGoroutines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "locks", "a")
	var inside, total atomic.Int32
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			unlock, err := Lock(t.Context(), path)
			if err != nil {
				t.Error(err)
				return
			}
			defer unlock()
			if n := inside.Add(1); n != 1 {
				t.Errorf("%d hold the lock", n)
			}
			runtime.Gosched()
			total.Add(1)
			inside.Add(-1)
		})
	}
	wg.Wait()
	if n := total.Load(); n != 20 {
		t.Errorf("%d of 20 had the lock", n)
	}
}

func TestLockSaysThatAnotherHoldsIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	unlock, err := Lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var lockErr *LockError
	_, err = Lock(ctx, path)
	if !errors.As(err, &lockErr) || !lockErr.Held || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %#v, want a LockError that is held and wraps the deadline", err)
	}
	unlock()
	unlock, err = Lock(t.Context(), path)
	if err != nil {
		t.Fatalf("after unlock: %v", err)
	}
	unlock()
}

func TestLockWhereNoFileCanBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var lockErr *LockError
	_, err := Lock(t.Context(), filepath.Join(file, "a"))
	if !errors.As(err, &lockErr) || lockErr.Held || !strings.Contains(err.Error(), file) {
		t.Errorf("got %v, want a LockError that is not held and names the path", err)
	}
}

func TestLockWithoutADeadlineIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for MaxLockWait")
	}
	path := filepath.Join(t.TempDir(), "a")
	unlock, err := Lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	var held *LockError
	if _, err = Lock(t.Context(), path); !errors.As(err, &held) || !held.Held || held.Kind() != "unreachable" {
		t.Errorf("got %v, want a LockError that is held", err)
	}
}
