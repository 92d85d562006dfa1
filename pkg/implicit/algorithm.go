package implicit

import (
	"crypto"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"slices"
)

// algorithm is a signature algorithm and the keys that fit it.
type algorithm struct {
	name string
	kty  string
	crv  string
	bits int         // of the hash that at_hash is made with
	pss  crypto.Hash // of RSASSA-PSS; 0: another scheme
}

// algorithms are all that can ever be accepted. Neither none nor a shared
// secret is among them, whatever a caller lists.
var algorithms = [...]algorithm{
	{"RS256", "RSA", "", 256, 0}, {"RS384", "RSA", "", 384, 0}, {"RS512", "RSA", "", 512, 0},
	{"PS256", "RSA", "", 256, crypto.SHA256}, {"PS384", "RSA", "", 384, crypto.SHA384}, {"PS512", "RSA", "", 512, crypto.SHA512},
	{"ES256", "EC", "P-256", 256, 0}, {"ES384", "EC", "P-384", 384, 0}, {"ES512", "EC", "P-521", 512, 0},
	{"EdDSA", "OKP", "Ed25519", 512, 0}, // RFC 8037; Ed25519 hashes with SHA-512
}

// Algorithms returns the signature algorithms that can be accepted: the
// asymmetric ones of RFC 7518 section 3.1, and EdDSA with Ed25519 of RFC 8037.
func Algorithms() []string {
	names := make([]string, len(algorithms))
	for i, a := range algorithms {
		names[i] = a.name
	}
	return names
}

func algorithmNamed(name string) (algorithm, bool) {
	i := slices.IndexFunc(algorithms[:], func(a algorithm) bool { return a.name == name })
	if i < 0 {
		return algorithm{}, false
	}
	return algorithms[i], true
}

// hashHalf returns what at_hash must be: the left half of the token's hash, by
// the hash of the ID token's algorithm (OpenID Connect Core section 3.2.2.9).
func (a algorithm) hashHalf(token string) string {
	var sum []byte
	switch a.bits {
	case 256:
		s := sha256.Sum256([]byte(token))
		sum = s[:]
	case 384:
		s := sha512.Sum384([]byte(token))
		sum = s[:]
	default:
		s := sha512.Sum512([]byte(token))
		sum = s[:]
	}
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}

func equalConstantTime(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}
