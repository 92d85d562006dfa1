package sandbox

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"hash"
	"net/url"
	"strings"
	"time"
)

const totpPeriod = 30 // seconds

// totpKey is what an authenticator app holds (RFC 6238).
type totpKey struct {
	secret []byte
	hash   func() hash.Hash
	digits int
}

// readTOTP reads a base32 secret (SHA-1, 6 digits) or an otpauth://totp address.
func readTOTP(text string) (totpKey, error) {
	key := totpKey{hash: sha1.New, digits: 6}
	secret := text
	if strings.HasPrefix(text, "otpauth:") {
		u, err := url.Parse(text)
		if err != nil {
			return key, fmt.Errorf("sandbox: TOTP address: %w", err)
		}
		q := u.Query()
		secret = q.Get("secret")
		switch q.Get("algorithm") {
		case "SHA256":
			key.hash = sha256.New
		case "SHA512":
			key.hash = sha512.New
		}
		if q.Get("digits") == "8" {
			key.digits = 8
		}
	}
	var err error
	if key.secret, err = base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.TrimRight(secret, "=")); err != nil {
		return key, fmt.Errorf("sandbox: TOTP secret: %w", err)
	}
	return key, nil
}

// code is the passcode of a time step (RFC 4226 5.3).
func (k totpKey) code(step int64) string {
	mac := hmac.New(k.hash, k.secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	sum := mac.Sum(nil)
	code := binary.BigEndian.Uint32(sum[sum[len(sum)-1]&0x0f:]) & 0x7fffffff
	text := fmt.Sprintf("%010d", code)
	return text[len(text)-k.digits:]
}

// TOTPCode returns the passcode that the authenticator app of a user shows
// now, by the sandbox's clock. It refuses a user without one.
func (s *Sandbox) TOTPCode(username string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[username]
	if a == nil || a.TOTPSecret == "" {
		return "", fmt.Errorf("sandbox: user %q has no authenticator app", username)
	}
	key, err := readTOTP(a.TOTPSecret)
	if err != nil {
		return "", err
	}
	return key.code(totpStep(s.clock())), nil
}

func totpStep(now time.Time) int64 { return now.Unix() / totpPeriod }
