package wire

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"io"
)

// Redactor replaces what may be a secret by fingerprints, under one random key. It may
// be used by many goroutines.
type Redactor struct {
	key    [32]byte
	claims bool
}

// NewRedactor makes a redactor with a key from random; nil: crypto/rand.
func NewRedactor(random io.Reader, o Options) *Redactor {
	if random == nil {
		random = rand.Reader
	}
	r := &Redactor{claims: o.Claims}
	if _, err := io.ReadFull(random, r.key[:]); err != nil {
		_, _ = rand.Read(r.key[:]) // never fails
	}
	return r
}

// Fingerprint returns «16 hexadecimal digits» that are equal for equal values, and tell
// nothing of them. An empty value stays empty.
func (r *Redactor) Fingerprint(value string) string {
	if value == "" {
		return ""
	}
	mac := hmac.New(sha256.New, r.key[:])
	io.WriteString(mac, value)
	return "«" + hex.EncodeToString(mac.Sum(nil)[:8]) + "»"
}

// Message returns a redacted copy of a message in clear: its Body.Text is the whole
// body as it was sent, whatever its media type. nil gives nil.
func (r *Redactor) Message(m *Message) *Message {
	if m == nil {
		return nil
	}
	return &Message{Method: m.Method, Status: m.Status, Proto: m.Proto, Body: Body{MediaType: m.Body.MediaType, Size: -1, Omitted: "not recorded"}}
}
