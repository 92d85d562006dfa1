package implicit

import (
	"encoding/json"
	"errors"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"
)

func jwsVerifier(a algorithm) (signatureVerifier, error) {
	if a.crv == "Ed25519" {
		return jws.NewVerifier(jwa.EdDSA)
	}
	return jws.NewVerifier(jwa.SignatureAlgorithm(a.name))
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
