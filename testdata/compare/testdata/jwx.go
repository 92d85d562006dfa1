package implicit

import (
	"crypto"
	"crypto/rsa"
	"encoding/json"
	"errors"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
)

// signatureVerifier verifies signatures of one algorithm.
type signatureVerifier interface {
	Verify(signed, signature []byte, key any) error
}

func newSignatureVerifier(a algorithm) (signatureVerifier, error) {
	if a.pss != 0 {
		return pssVerifier{a.pss}, nil
	}
	if a.crv == "Ed25519" {
		return jwsVerifier(jwa.EdDSA())
	}
	alg, ok := jwa.LookupSignatureAlgorithm(a.name)
	if !ok {
		return nil, errors.New("jws does not know " + a.name)
	}
	return jwsVerifier(alg)
}

func jwsVerifier(alg jwa.SignatureAlgorithm) (signatureVerifier, error) {
	v, err := jws.VerifierFor(alg)
	return reordered{v}, err
}

// reordered has version 3's arguments in the order of version 2.
type reordered struct{ verifier jws.Verifier2 }

func (v reordered) Verify(signed, signature []byte, key any) error {
	return v.verifier.Verify(key, signed, signature)
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
	if err := jwk.Export(parsed, key); err != nil {
		return errors.New("it is not valid")
	}
	return nil
}
