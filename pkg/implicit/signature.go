package implicit

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
)

// signatureVerifier verifies signatures of one algorithm.
type signatureVerifier interface {
	Verify(signed, signature []byte, key any) error
}

func newSignatureVerifier(a algorithm) (signatureVerifier, error) {
	switch {
	case a.pss != 0:
		return pssVerifier{a.pss}, nil
	case a.name == "RS256":
		return rs256Verifier{}, nil
	}
	return jwsVerifier(a)
}

// rs256Verifier is jws's without the conversion of the key by reflection, for the
// algorithm of nearly every ID token.
type rs256Verifier struct{}

func (rs256Verifier) Verify(signed, signature []byte, key any) error {
	public, ok := key.(*rsa.PublicKey)
	if !ok {
		return errors.New("not an RSA key")
	}
	sum := sha256.Sum256(signed)
	return rsa.VerifyPKCS1v15(public, crypto.SHA256, sum[:], signature)
}

// pssVerifier is jws's, but for the salt: RFC 7518 section 3.5 wants it as long
// as the hash, and jws takes any length.
type pssVerifier struct{ hash crypto.Hash }

func (v pssVerifier) Verify(signed, signature []byte, key any) error {
	public, ok := key.(*rsa.PublicKey)
	if !ok {
		return errors.New("not an RSA key")
	}
	h := v.hash.New()
	h.Write(signed)
	return rsa.VerifyPSS(public, v.hash, h.Sum(nil), signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
}
