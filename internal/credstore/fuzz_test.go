package credstore

import (
	"bytes"
	"errors"
	"testing"
)

// FuzzOpen reads any file as an entry: what opens was sealed here, whatever
// else is damaged or of another version, and nothing panics.
func FuzzOpen(f *testing.F) {
	secret := bytes.Repeat([]byte{7}, keySize)
	good, err := seal(secret, bytes.NewReader(make([]byte, 12)), entryMagic, "key", []byte("data"))
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][]byte{good, good[:len(good)-1], good[:20], []byte("implicit-store 2\n"), []byte("implicit-store 01" + string(good[len("implicit-store 1"):])), nil} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		body, err := cutHeader(entryMagic, file, "file")
		if err == nil {
			_, _, err = open(secret, entryMagic, body, hash("key"))
		}
		var newer *VersionError
		switch {
		case err == nil && !bytes.Equal(file, good):
			t.Errorf("%q opened", file)
		case err != nil && !errors.Is(err, errCorrupt) && !errors.As(err, &newer):
			t.Errorf("%q: %v", file, err)
		}
	})
}

// FuzzSeal seals and opens: the same comes back, and under no other name.
func FuzzSeal(f *testing.F) {
	f.Add("key", []byte("data"))
	f.Add("", []byte(nil))
	f.Fuzz(func(t *testing.T, key string, data []byte) {
		secret := bytes.Repeat([]byte{7}, keySize)
		file, err := seal(secret, bytes.NewReader(make([]byte, 12)), entryMagic, key, data)
		if err != nil {
			t.Fatal(err)
		}
		body, err := cutHeader(entryMagic, file, "file")
		if err != nil {
			t.Fatal(err)
		}
		gotKey, got, err := open(secret, entryMagic, body, hash(key))
		if gotKey != key || !bytes.Equal(got, data) || err != nil {
			t.Errorf("got %q, %q, %v", gotKey, got, err)
		}
		if _, _, err := open(secret, entryMagic, body, hash(key+"x")); !errors.Is(err, errCorrupt) {
			t.Errorf("under another name: %v", err)
		}
	})
}

// FuzzSecret reads any text as an entry that a helper returned.
func FuzzSecret(f *testing.F) {
	for _, seed := range []string{encodeSecret("key", []byte("data")), "", "aGVsbG8=", "aW1wbGljaXQtc3RvcmUgMQr/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, secret string) {
		key, data, err := decodeSecret(secret, helperURL+hash("key"), "helper")
		if err != nil {
			return
		}
		again, _, err := decodeSecret(encodeSecret(key, data), helperURL+hash("key"), "helper")
		if key != "key" || again != key || err != nil {
			t.Errorf("%q: key %q, then %q, %v", secret, key, again, err)
		}
	})
}

// FuzzKey reads any text as a key.
func FuzzKey(f *testing.F) {
	for _, seed := range []string{keyText(make([]byte, keySize)), "implicit-key 1\nAAAA", "implicit-key 9\n", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if secret, err := parseKey(text, "here"); err == nil && len(secret) != keySize {
			t.Errorf("%q: a key of %d bytes", text, len(secret))
		}
	})
}
