package implicit

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"
)

// signatureVerifier verifies signatures of one algorithm.
type signatureVerifier = jws.Verifier

func newSignatureVerifier(a algorithm) (signatureVerifier, error) {
	switch {
	case a.pss != 0:
		return pssVerifier{a.pss}, nil
	case a.name == "RS256":
		return rs256Verifier{}, nil
	}
	if a.crv == "Ed25519" {
		return jws.NewVerifier(jwa.EdDSA)
	}
	return jws.NewVerifier(jwa.SignatureAlgorithm(a.name))
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

// materialize has jwk make the key of only the members named: none that this
// package did not read can change the result.
func materialize(o *object, key any, names ...string) error {
	members := make(map[string]string, len(names))
	for _, name := range names {
		members[name], _ = o.text(name)
	}
	minimal, err := json.Marshal(members)
	if err != nil {
		return err
	}
	parsed, err := jwk.ParseKey(minimal)
	if err != nil {
		return errors.New("it does not parse")
	}
	if err := parsed.Raw(key); err != nil {
		return errors.New("it is not valid")
	}
	return nil
}
