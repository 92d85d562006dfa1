package sandbox

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"sync"
)

// Keys makes RSA keys when they are first asked for and keeps them. Sandboxes
// that are given the same Keys sign with the same keys, each under its own key
// IDs. The zero value is ready to use, and safe for concurrent use.
type Keys struct {
	mu   sync.Mutex
	made []func() (*rsa.PrivateKey, error)
}

// key returns the i-th key; it blocks while that key is being made.
func (k *Keys) key(i int) (*rsa.PrivateKey, error) {
	k.mu.Lock()
	for len(k.made) <= i {
		k.made = append(k.made, sync.OnceValues(newRSAKey))
	}
	make := k.made[i]
	k.mu.Unlock()
	return make()
}

func newRSAKey() (*rsa.PrivateKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("sandbox: make signing key: %w", err)
	}
	return key, nil
}

// shared outlives a sandbox on purpose: making a key takes about 100 ms, and
// tests start hundreds of sandboxes.
var shared Keys

// SharedKeys returns the keys that the tests of one binary share. They are
// made anew in each process.
func SharedKeys() *Keys { return &shared }
