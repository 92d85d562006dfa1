package implicit

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
)

// Limits of a key set document.
const (
	maxKeySet  = 512 << 10 // bytes
	maxKeys    = 256
	minRSABits = 2048 // RFC 7518 section 3.3
	maxRSABits = 8192 // larger ones only cost time
)

// publicKey is one key of a set (RFC 7517 section 4).
type publicKey struct {
	kid    string
	hasKid bool
	kty    string
	crv    string
	alg    string // empty: any that fits kty and crv
	what   string // for a message: "RSA, 2048 bits"
	label  string // what, with the kid

	// problem says why the key cannot verify any signature; then it is only
	// kept for messages.
	problem string

	key       any
	verifiers map[string]signatureVerifier // by alg
}

// parseKeys reads a key set document. A key that cannot be used is passed over
// (RFC 7517 section 5); a set without one that can is refused.
func parseKeys(body []byte) ([]publicKey, error) {
	if len(body) > maxKeySet {
		return nil, fmt.Errorf("expected at most %d bytes, found %d", maxKeySet, len(body))
	}
	doc, err := parseObject(string(body))
	if err != nil {
		return nil, fmt.Errorf("not the JSON expected: %w", err)
	}
	list, _ := doc.get("keys")
	values, ok := list.elements()
	if !ok {
		return nil, errors.New(`expected an array named "keys"`)
	}
	if len(values) > maxKeys {
		return nil, fmt.Errorf("expected at most %d keys, found %d", maxKeys, len(values))
	}
	keys := make([]publicKey, len(values))
	usable := false
	for i, value := range values {
		keys[i] = parseKey(value)
		usable = usable || keys[i].problem == ""
	}
	if !usable {
		return nil, fmt.Errorf("no key that can verify a signature among %d%s", len(keys), firstProblem(keys))
	}
	return keys, nil
}

func firstProblem(keys []publicKey) string {
	if len(keys) == 0 {
		return ""
	}
	return "; the first: " + keys[0].problem
}

func parseKey(value rawValue) (k publicKey) {
	o, err := parseObject(string(value))
	if err != nil {
		k.problem = "it is no object"
		return k
	}
	k.kid, k.hasKid = o.text("kid")
	if err := k.read(&o); err != nil {
		k.problem = err.Error()
		return k
	}
	k.verifiers = make(map[string]signatureVerifier)
	for _, name := range Algorithms() {
		if a, _ := algorithmNamed(name); k.fits(a) {
			if k.verifiers[a.name], err = newSignatureVerifier(a); err != nil {
				k.problem = err.Error()
			}
		}
	}
	k.label = "kid " + quote(k.kid) + ", " + k.what
	if !k.hasKid {
		k.label = "no kid, " + k.what
	}
	if len(k.verifiers) == 0 {
		k.problem = "no signature algorithm fits " + k.what + " with alg " + quote(k.alg)
	}
	return k
}

// fits reports whether the key's type, curve and alg allow it to verify a:
// RFC 8725 section 3.1.
func (k *publicKey) fits(a algorithm) bool {
	alg, known := algorithmNamed(k.alg)
	alg.name = a.name // EdDSA and Ed25519 are one: the rest tells the algorithms apart
	return k.kty == a.kty && k.crv == a.crv && (k.alg == "" || known && alg == a)
}

func (k *publicKey) read(o *object) error {
	if err := checkUse(o); err != nil {
		return err
	}
	if raw, found := o.unlessNull("alg"); found {
		var ok bool
		if k.alg, ok = raw.text(); !ok || k.alg == "" {
			return errors.New("its alg is no text")
		}
	}
	if raw, found := o.unlessNull("kid"); found && !k.hasKid {
		return fmt.Errorf("its kid is no string: %s", quote(string(raw)))
	}
	for _, private := range [...]string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} { // RFC 7518 section 6
		if _, found := o.get(private); found {
			return fmt.Errorf("it was made public with its private member %q", private)
		}
	}
	k.kty, _ = o.text("kty")
	switch k.kty {
	case "RSA":
		return k.readRSA(o)
	case "EC":
		return k.readEC(o)
	case "OKP":
		return k.readOKP(o)
	}
	return fmt.Errorf("its kty is %s", quote(k.kty))
}

// checkUse follows RFC 7517 sections 4.2 and 4.3.
func checkUse(o *object) error {
	if raw, found := o.unlessNull("use"); found {
		if use, _ := raw.text(); use != "sig" {
			return fmt.Errorf("its use is %s", quote(string(raw)))
		}
	}
	if raw, found := o.unlessNull("key_ops"); found {
		values, ok := raw.elements()
		ops, _ := raw.texts()
		if !ok || len(values) == 0 || !slices.Contains(ops, "verify") {
			return fmt.Errorf("its key_ops are %s", quote(string(raw)))
		}
	}
	return nil
}

func (k *publicKey) readRSA(o *object) error {
	n, _, err := coordinate(o, "n", 0)
	if err != nil {
		return err
	}
	e, _, err := coordinate(o, "e", 0)
	if err != nil {
		return err
	}
	modulus := new(big.Int).SetBytes(n)
	bits := modulus.BitLen()
	exponent := new(big.Int).SetBytes(e)
	k.what = "RSA, " + strconv.Itoa(bits) + " bits"
	switch {
	case bits < minRSABits || bits > maxRSABits:
		return fmt.Errorf("%s; expected %d to %d", k.what, minRSABits, maxRSABits)
	case n[len(n)-1]&1 == 0:
		return errors.New("its RSA modulus is even")
	case madeByROCA(modulus):
		return errors.New("it was made by a chip whose keys can be factored (CVE-2017-15361)")
	case exponent.BitLen() > 31 || exponent.Int64() < 3 || exponent.Bit(0) == 0:
		return errors.New("its RSA exponent is not odd and between 3 and 2^31-1")
	}
	key := new(rsa.PublicKey)
	k.key = key
	return materialize(o, key, "kty", "n", "e")
}

// madeByROCA finds the mark that Infineon's key generator left on a modulus: to
// every small prime it is a power of 65537. A key made by chance has it once in
// 2^154.
func madeByROCA(modulus *big.Int) bool {
	for _, p := range [...]int64{
		3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
		101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
	} {
		remainder := new(big.Int).Mod(modulus, big.NewInt(p)).Int64()
		power := int64(1)
		for power != remainder {
			if power = power * 65537 % p; power == 1 {
				return false
			}
		}
	}
	return true
}

func (k *publicKey) readEC(o *object) error {
	k.crv, _ = o.text("crv")
	size, ok := map[string]int{"P-256": 32, "P-384": 48, "P-521": 66}[k.crv]
	if !ok {
		return fmt.Errorf("its curve is %s", quote(k.crv))
	}
	k.what = "EC, " + k.crv
	for _, name := range []string{"x", "y"} {
		if _, _, err := coordinate(o, name, size); err != nil {
			return err
		}
	}
	key := new(ecdsa.PublicKey)
	if err := materialize(o, key, "kty", "crv", "x", "y"); err != nil {
		return err
	}
	if _, err := key.ECDH(); err != nil { // on the curve, and not its zero
		return errors.New("its point is not on the curve")
	}
	k.key = key
	return nil
}

func (k *publicKey) readOKP(o *object) error {
	k.crv, _ = o.text("crv")
	if k.crv != "Ed25519" {
		return fmt.Errorf("its curve is %s", quote(k.crv))
	}
	k.what = "Ed25519"
	if _, _, err := coordinate(o, "x", ed25519.PublicKeySize); err != nil {
		return err
	}
	var key ed25519.PublicKey
	if err := materialize(o, &key, "kty", "crv", "x"); err != nil {
		return err
	}
	k.key = key
	return nil
}

// coordinate reads a member that is base64url, of size bytes where size is not
// 0 (RFC 7518 section 6.2.1.2 wants leading zeros kept).
func coordinate(o *object, name string, size int) (value []byte, text string, err error) {
	text, _ = o.text(name)
	value, err = decodeBase64(text)
	if err != nil || len(value) == 0 || size != 0 && len(value) != size {
		return nil, "", fmt.Errorf("its %s is not what is expected in base64url", name)
	}
	return value, text, nil
}
