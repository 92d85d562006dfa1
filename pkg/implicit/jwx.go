package implicit

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"math/big"
)

// signatureVerifier verifies signatures of one algorithm.
type signatureVerifier interface {
	Verify(payload, signature []byte, key any) error
}

type stdVerifier string

func newSignatureVerifier(a algorithm) (signatureVerifier, error) { return stdVerifier(a.name), nil }

func (v stdVerifier) Verify(payload, signature []byte, key any) error {
	var hash crypto.Hash
	var sum []byte
	switch v[2:] {
	case "256":
		s := sha256.Sum256(payload)
		hash, sum = crypto.SHA256, s[:]
	case "384":
		s := sha512.Sum384(payload)
		hash, sum = crypto.SHA384, s[:]
	default:
		s := sha512.Sum512(payload)
		hash, sum = crypto.SHA512, s[:]
	}
	bad := errors.New("signature does not verify")
	switch v[:2] {
	case "RS":
		return rsa.VerifyPKCS1v15(key.(*rsa.PublicKey), hash, sum, signature)
	case "PS":
		return rsa.VerifyPSS(key.(*rsa.PublicKey), hash, sum, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	case "ES":
		k := key.(*ecdsa.PublicKey)
		size := (k.Curve.Params().BitSize + 7) / 8
		if len(signature) != 2*size || !ecdsa.Verify(k, sum, new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:])) {
			return bad
		}
		return nil
	}
	if !ed25519.Verify(key.(ed25519.PublicKey), payload, signature) {
		return bad
	}
	return nil
}

// materialize makes the key of the members that were read before.
func materialize(o *object, key any, _ ...string) error {
	member := func(name string) []byte {
		text, _ := o.text(name)
		b, _ := decodeBase64(text)
		return b
	}
	switch key := key.(type) {
	case *rsa.PublicKey:
		key.N, key.E = new(big.Int).SetBytes(member("n")), int(new(big.Int).SetBytes(member("e")).Int64())
	case *ecdsa.PublicKey:
		crv, _ := o.text("crv")
		key.Curve = map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}[crv]
		key.X, key.Y = new(big.Int).SetBytes(member("x")), new(big.Int).SetBytes(member("y"))
	case *ed25519.PublicKey:
		*key = member("x")
	}
	return nil
}
