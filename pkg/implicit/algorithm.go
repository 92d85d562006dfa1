package implicit

import (
	"crypto"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
)

// algorithm is a signature algorithm and the keys that fit it.
type algorithm struct {
	name string
	kty  string
	crv  string
	bits int         // of the hash that at_hash is made with
	pss  crypto.Hash // of RSASSA-PSS; 0: another scheme
}

// algorithmNamed knows all that can ever be accepted. Neither none nor a shared
// secret is among them, whatever a caller lists.
func algorithmNamed(name string) (a algorithm, ok bool) {
	switch name {
	case "RS256":
		a = algorithm{kty: "RSA", bits: 256}
	case "RS384":
		a = algorithm{kty: "RSA", bits: 384}
	case "RS512":
		a = algorithm{kty: "RSA", bits: 512}
	case "PS256":
		a = algorithm{kty: "RSA", bits: 256, pss: crypto.SHA256}
	case "PS384":
		a = algorithm{kty: "RSA", bits: 384, pss: crypto.SHA384}
	case "PS512":
		a = algorithm{kty: "RSA", bits: 512, pss: crypto.SHA512}
	case "ES256":
		a = algorithm{kty: "EC", crv: "P-256", bits: 256}
	case "ES384":
		a = algorithm{kty: "EC", crv: "P-384", bits: 384}
	case "ES512":
		a = algorithm{kty: "EC", crv: "P-521", bits: 512}
	case "EdDSA", "Ed25519": // RFC 9864 section 2.2: the same with this curve
		a = algorithm{kty: "OKP", crv: "Ed25519", bits: 512} // RFC 8032: Ed25519 hashes with SHA-512
	default:
		return a, false
	}
	a.name = name
	return a, true
}

// Algorithms returns the signature algorithms that can be accepted: the
// asymmetric ones of RFC 7518 section 3.1, and Ed25519 by both its names (RFC 8037, RFC 9864).
func Algorithms() []string {
	return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
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
