package session

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/implicit-cli/implicit/internal/state"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// KeyFiles keeps key sets between runs, a file for each address and trust. It is
// a cache: what cannot be read or written is done without.
type KeyFiles struct {
	Dir   state.Dir
	Trust []byte // what decides which servers are trusted: keys fetched under other roots are not used
}

// Load returns what was stored for url.
func (k KeyFiles) Load(url string) (implicit.CachedKeys, bool) {
	var cached implicit.CachedKeys
	path, err := k.path(url)
	if err != nil {
		return cached, false
	}
	data, err := state.ReadFile(path, 2<<20)
	if err != nil || json.Unmarshal(data, &cached) != nil {
		return implicit.CachedKeys{}, false
	}
	return cached, true
}

// Store keeps c for url.
func (k KeyFiles) Store(url string, c implicit.CachedKeys) {
	path, err := k.path(url)
	if err != nil {
		return
	}
	if data, err := json.Marshal(c); err == nil {
		_ = state.WriteFile(path, data) // a full disk costs a fetch next time
	}
}

func (k KeyFiles) path(url string) (string, error) {
	trust := sha256.Sum256(k.Trust)
	sum := sha256.Sum256(append(trust[:], url...))
	return k.Dir.Join("keys", hex.EncodeToString(sum[:])+".json")
}
