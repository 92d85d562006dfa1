package state

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

func TestReserveGivesEachNumberOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "steps")
	var mu sync.Mutex
	var got []int64
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			n, err := Reserve(t.Context(), path, 100, 109)
			mu.Lock()
			defer mu.Unlock()
			if taken := (*TakenError)(nil); err == nil {
				got = append(got, n)
			} else if !errors.As(err, &taken) || taken.Free != 110 {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	slices.Sort(got)
	if want := []int64{100, 101, 102, 103, 104, 105, 106, 107, 108, 109}; !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if n, err := Reserve(t.Context(), path, 500, 500); n != 500 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
}

func TestReserveWhereNothingCanBeWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Reserve(t.Context(), filepath.Join(path, "steps"), 1, 2); err == nil {
		t.Error("expected an error")
	}
}
