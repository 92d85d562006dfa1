package login

import (
	"encoding/base64"
	"io"
)

// randomValue reads 192 bits from r and returns them as 32 characters of
// A-Z a-z 0-9 - _. It panics when r fails, as crypto/rand does.
func randomValue(r io.Reader) string {
	b := make([]byte, 24)
	if _, err := io.ReadFull(r, b); err != nil {
		panic("no randomness: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(b)
}
