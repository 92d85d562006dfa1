package sandbox

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// keyRing is a PingOne key rotation policy: CURRENT signs, NEXT is published
// before it does. What left the key set still verifies tokens that come back
// to the sandbox.
type keyRing struct {
	current *signingKey
	next    *signingKey   // nil: not made yet, and not published
	kept    []*signingKey // still published, although they no longer sign
	retired []*signingKey
	late    *signingKey // of the fault rotated-key, once it has been used
	newID   func() string
	keys    *Keys
	used    int // of keys
}

func newKeyRing(keys *Keys, one bool, now time.Time, newID func() string) *keyRing {
	if keys == nil {
		keys = new(Keys)
	}
	k := &keyRing{newID: newID, keys: keys}
	k.current = k.newKey(now)
	if !one {
		k.nextKey(now)
	}
	return k
}

// nextKey is made when first needed where one key is enough.
func (k *keyRing) nextKey(now time.Time) *signingKey {
	if k.next == nil {
		k.next = k.newKey(now)
	}
	return k.next
}

// newKey starts making a key in the background, so that a start feels instant.
func (k *keyRing) newKey(now time.Time) *signingKey {
	made := &signingKey{kid: k.newID(), done: make(chan struct{})}
	i := k.used
	k.used++
	go func() {
		defer close(made.done)
		if made.key, made.err = k.keys.key(i); made.err == nil {
			made.cert, made.err = newSigningCertificate(made.key, now)
		}
	}()
	return made
}

func (k *keyRing) rotate(next *signingKey, now time.Time, keep bool) {
	k.hideLate()
	k.kept = append(k.kept, k.current)
	if !keep {
		k.retired, k.kept = append(k.retired, k.kept...), nil
	}
	k.current, k.next = k.nextKey(now), next
}

// lateKey is the key that the key set shows from the first call on.
func (k *keyRing) lateKey(now time.Time) *signingKey {
	if k.late == nil {
		k.late = k.newKey(now)
	}
	return k.late
}

// hideLate withdraws the late key again.
func (k *keyRing) hideLate() {
	if k.late != nil {
		k.retired, k.late = append(k.retired, k.late), nil
	}
}

func (k *keyRing) published() []*signingKey {
	all := append([]*signingKey{k.late, k.current, k.next}, k.kept...)
	return slices.DeleteFunc(all, func(k *signingKey) bool { return k == nil })
}

// signingKey is an RSA key with its certificate. Call wait before reading
// key and cert.
type signingKey struct {
	kid  string
	done chan struct{}
	key  *rsa.PrivateKey
	cert []byte // DER, self-signed
	err  error
}

func (k *signingKey) wait() error {
	<-k.done
	return k.err
}

func newSigningCertificate(key *rsa.PrivateKey, now time.Time) ([]byte, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      pkix.Name{CommonName: "implicit sandbox signing", Country: []string{"ZZ"}},
		NotBefore:    now, NotAfter: now.AddDate(0, 0, 365),
		KeyUsage: x509.KeyUsageDigitalSignature,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("sandbox: make signing certificate: %w", err)
	}
	return cert, nil
}

// x5t is the SHA-1 thumbprint of RFC 7517 4.8.
func (k *signingKey) x5t() string {
	sum := sha1.Sum(k.cert)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// jwk is a key as PingOne's key set lists it: without alg.
type jwk struct {
	Kty string   `json:"kty"`
	E   string   `json:"e"`
	Use string   `json:"use"`
	Kid string   `json:"kid"`
	Alg string   `json:"alg,omitempty"`
	X5t string   `json:"x5t"`
	X5c []string `json:"x5c"`
	N   string   `json:"n"`
}

func (k *signingKey) jwk() jwk {
	public := k.key.PublicKey
	return jwk{
		Kty: "RSA", Use: "sig", Kid: k.kid,
		E:   base64.RawURLEncoding.EncodeToString(big.NewInt(int64(public.E)).Bytes()),
		N:   base64.RawURLEncoding.EncodeToString(public.N.Bytes()),
		X5t: k.x5t(),
		X5c: []string{base64.StdEncoding.EncodeToString(k.cert)},
	}
}

// jwks answers PingOne's "Read JWKS" with the keys of the environment.
func (s *Sandbox) jwks(c *call) *answer {
	var set struct {
		Keys []jwk `json:"keys"`
	}
	published := s.keys.published()
	if s.on("no-keys") {
		return jsonAnswer(200, map[string]any{"keys": []any{}})
	}
	if s.on("kid-default") {
		published = published[:1]
	}
	for _, k := range published {
		if err := k.wait(); err != nil {
			return s.unexpected(c, err)
		}
		set.Keys = append(set.Keys, k.jwk())
	}
	if s.on("kid-default") {
		set.Keys[0].Kid = defaultKid
	}
	if s.on("jwks-with-alg") {
		for i := range set.Keys {
			set.Keys[i].Alg = "RS256"
		}
		next := s.keys.nextKey(c.now)
		if err := next.wait(); err != nil {
			return s.unexpected(c, err)
		}
		enc := next.jwk()
		enc.Use, enc.Alg, enc.Kid = "enc", "RSA-OAEP", "encryption"
		set.Keys = append(set.Keys, enc)
	}
	return jsonAnswer(200, set)
}

// Rotate makes the NEXT signing key CURRENT, publishes a new NEXT one and
// withdraws the old CURRENT one from the key set, with those that were kept.
func (s *Sandbox) Rotate() error { return s.rotate(false) }

// RotateAndKeep is Rotate, but the old key stays in the key set until the next Rotate.
func (s *Sandbox) RotateAndKeep() error { return s.rotate(true) }

// rotate waits for the new key while other requests are answered.
func (s *Sandbox) rotate(keep bool) error {
	s.mu.Lock()
	now := s.clock()
	next := s.keys.newKey(now)
	s.mu.Unlock()
	if err := next.wait(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys.rotate(next, now, keep)
	return nil
}

// KeyIDs are those of the published keys; the first one signs.
func (s *Sandbox) KeyIDs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for _, k := range s.keys.published() {
		list = append(list, k.kid)
	}
	return list
}
