package credstore

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"github.com/implicit-cli/implicit/internal/state"
)

func TestSeal(t *testing.T) {
	o, dir, _ := fileOptions(t)
	s := mustOpen(t, o)
	secret := []byte("a session cookie")
	file, err := s.Seal(t.Context(), "flow-1", secret)
	if err != nil || !s.Seals() || bytes.Contains(file, secret) || len(file) > MaxSealed {
		t.Fatalf("got %q, %v", file, err)
	}
	if got, err := mustOpen(t, o).Unseal(t.Context(), "flow-1", file); !bytes.Equal(got, secret) || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	mustPut(t, s, "flow-1", "an entry")
	for name, row := range map[string]struct {
		name string
		file []byte
	}{
		"another name":     {"flow-2", file},
		"cut off":          {"flow-1", file[:len(file)-1]},
		"another header":   {"flow-1", bytes.Replace(file, []byte(" 1\n"), []byte(" 01\n"), 1)},
		"in clear":         {"flow-1", []byte("{}")},
		"an entry's bytes": {"flow-1", readFile(t, entryPath(dir, "flow-1"))},
		"an entry's bytes under the header of a file": {"flow-1", bytes.Replace(readFile(t, entryPath(dir, "flow-1")), []byte(entryMagic), []byte(fileMagic), 1)},
	} {
		var damaged *DamagedError
		if got, err := s.Unseal(t.Context(), row.name, row.file); !errors.As(err, &damaged) || got != nil {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
	var newer *VersionError
	if _, err := s.Unseal(t.Context(), "flow-1", []byte("implicit-sealed 2\nx")); !errors.As(err, &newer) {
		t.Errorf("a newer format: got %v", err)
	}
	if err := os.Remove(keyPath(dir)); err != nil {
		t.Fatal(err)
	}
	var damaged *DamagedError
	if _, err := mustOpen(t, o).Unseal(t.Context(), "flow-1", file); !errors.As(err, &damaged) {
		t.Errorf("without the key: got %v", err)
	}
}

func TestSealWithAHelperUsesTheKeyOfTheFileStore(t *testing.T) {
	o, _ := installFake(t, "map")
	file, err := mustOpen(t, o).Seal(t.Context(), "flow", []byte("data"))
	if err != nil {
		t.Fatal(err)
	}
	o.Kind = File
	if got, err := mustOpen(t, o).Unseal(t.Context(), "flow", file); string(got) != "data" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestSealWithoutAStoreFails(t *testing.T) {
	s := mustOpen(t, Options{Kind: None})
	if file, err := s.Seal(t.Context(), "flow", []byte("data")); err == nil || s.Seals() {
		t.Errorf("got %q", file)
	}
}

// FuzzUnseal reads any file as a sealed one.
func FuzzUnseal(f *testing.F) {
	s, err := Open(f.Context(), Options{Kind: File, Dir: state.At(f.TempDir())})
	if err != nil {
		f.Fatal(err)
	}
	good, err := s.Seal(f.Context(), "name", []byte("data"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte("implicit-sealed 01\n" + string(good[len("implicit-sealed 1\n"):])))
	f.Fuzz(func(t *testing.T, file []byte) {
		got, err := s.Unseal(t.Context(), "name", file)
		var newer *VersionError
		var damaged *DamagedError
		switch {
		case err == nil && !bytes.Equal(file, good):
			t.Errorf("%q gives %q", file, got)
		case err != nil && !errors.As(err, &damaged) && !errors.As(err, &newer):
			t.Errorf("%q: %v", file, err)
		}
	})
}
