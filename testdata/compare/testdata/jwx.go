package implicit

import (
	"encoding/json"
	"errors"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
)

func jwsVerifier(a algorithm) (signatureVerifier, error) {
	alg, ok := jwa.LookupSignatureAlgorithm(a.name)
	if a.crv == "Ed25519" {
		alg, ok = jwa.EdDSA(), true
	}
	if !ok {
		return nil, errors.New("jws does not know " + a.name)
	}
	v, err := jws.VerifierFor(alg)
	return reordered{v}, err
}

// reordered has version 3's arguments in the order of version 2.
type reordered struct{ verifier jws.Verifier2 }

func (v reordered) Verify(signed, signature []byte, key any) error {
	return v.verifier.Verify(key, signed, signature)
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
