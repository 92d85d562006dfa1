package implicit

import (
	"context"
	"slices"
	"strings"
	"time"
)

// idTokenChecks are the checks of an ID token, in order. Up to the signature each
// is needed for the next: after one that fails the others are skipped, so that no
// claim is checked before the signature holds. The checks of claims are
// independent of each other.
var idTokenChecks = []string{
	CheckFormat, CheckType, CheckHeader, CheckAlgorithm, CheckKey, CheckSignature,
	CheckIssuer, CheckAudience, CheckAuthorizedParty, CheckSubject, CheckExpiry, CheckIssuedAt, CheckNotBefore,
	CheckNonce, CheckATHash, CheckAuthTime, CheckACR,
}

// accessTokenChecks are those of an access token, in the same way.
var accessTokenChecks = []string{
	opaqueCheck, AccessTokenPrefix + CheckType, AccessTokenPrefix + CheckHeader, AccessTokenPrefix + CheckAlgorithm,
	AccessTokenPrefix + CheckKey, AccessTokenPrefix + CheckSignature,
	AccessTokenPrefix + CheckIssuer, AccessTokenPrefix + CheckAudience, AccessTokenPrefix + CheckAuthorizedParty,
	AccessTokenPrefix + CheckSubject, AccessTokenPrefix + CheckExpiry, AccessTokenPrefix + CheckIssuedAt, AccessTokenPrefix + CheckNotBefore,
	AccessTokenPrefix + CheckScope,
}

// The types that a header may name, in lower case, without "application/".
var (
	idTokenTypes     = []string{"jwt", "jose"}
	accessTokenTypes = []string{"at+jwt", "jwt"}
)

// opaqueCheck is the first check of an access token.
const opaqueCheck = AccessTokenPrefix + CheckFormat

// verification is one call of the Verifier.
type verification struct {
	*Verifier
	*Result
	expect Expected
	now    time.Time
	free   *compact // memory for the first token; nil: in use
	alone  bool     // an access token is verified by itself

	noIDToken bool // none came: requirements are of the access token
	unsigned  bool // keys and signatures are not checked; see Verifier.Diagnose

	idClaims, accessClaims *Claims // of tokens whose signature holds
}

// newToken returns memory for a token: that of the verification for the first one.
func (v *verification) newToken() *compact {
	if c := v.free; c != nil {
		v.free = nil
		return c
	}
	return new(compact)
}

// tokenCheck makes the checks of one token, one name after the other.
type tokenCheck struct {
	*verification
	names  []string
	access bool // an access token
	types  []string
	jwt    *compact
	alg    algorithm
}

// rule returns the clause of a check that both kinds of token have.
func (t *tokenCheck) rule(ofIDToken string) string {
	if t.access {
		return "RFC 9068 section 4"
	}
	return ofIDToken
}

// next records the next check.
func (t *tokenCheck) next(c Check) bool {
	c.Name = t.names[0]
	t.names = t.names[1:]
	t.add(c)
	return c.Status != StatusFail
}

func (t *tokenCheck) pass(detail string) bool {
	return t.next(Check{Status: StatusPass, Detail: detail})
}
func (t *tokenCheck) skip(detail string) { t.next(Check{Status: StatusSkip, Detail: detail}) }

func (t *tokenCheck) fail(detail, expected, found, clause string) bool {
	return t.next(Check{Status: StatusFail, Detail: detail, Expected: expected, Found: found, Clause: clause})
}

// open makes the checks up to the signature. The error is for keys that cannot be
// fetched or trusted.
func (t *tokenCheck) open(ctx context.Context, token string) (bool, error) {
	ok, err := t.format(token) && t.typed() && t.header() && t.algorithm(), error(nil)
	if ok {
		ok, err = t.signature(ctx)
	}
	if ok {
		t.nameVariants()
	}
	if err != nil || ok {
		return ok, err
	}
	failed := t.Checks[len(t.Checks)-1].Name
	for len(t.names) > 0 {
		t.skip("not checked, since " + failed + " failed")
	}
	return false, nil
}

// nameVariants warns of names that another reader may take for the standard's.
func (t *tokenCheck) nameVariants() {
	token := "ID token"
	if t.access {
		token = "access token"
	}
	found := append(t.jwt.claims.header.variants(headerNames()), t.jwt.claims.payload.variants(claimNames())...)
	if len(found) > 0 {
		t.warn(WarnCaseVariant, "ignored in the "+token+": "+strings.Join(found, ", "))
	}
}

func (t *tokenCheck) format(token string) bool {
	jwt := t.newToken()
	if err := jwt.parse(token); err != nil {
		return t.fail(err.Error(), "", "", "RFC 7515 section 5.2")
	}
	t.jwt = jwt
	return t.pass("3 parts, each well-formed")
}

// typed follows RFC 8725 section 3.11: a token of another kind is refused, whoever
// signed it.
func (t *tokenCheck) typed() bool {
	raw, found := t.jwt.claims.header.get("typ")
	if !found {
		return t.pass("typ is absent")
	}
	typ, _ := raw.text()
	if slices.Contains(t.types, strings.TrimPrefix(strings.ToLower(typ), "application/")) {
		return t.pass("typ is as expected")
	}
	return t.fail("the token is of a different kind", "typ "+strings.Join(t.types, " or ")+", or none", shown(raw, true), "RFC 8725 section 3.11")
}

// header refuses what changes the meaning of a token: nothing that must be
// understood is supported (RFC 7515 section 4.1.11), and no key that the token
// contains or points to is used (RFC 8725 section 3.10).
func (t *tokenCheck) header() bool {
	h := &t.jwt.claims.header
	if raw, found := h.get("crit"); found {
		return t.fail("crit requires extensions that are not supported", "no crit", shown(raw, true), "RFC 7515 section 4.1.11")
	}
	if raw, there := h.get("b64"); there && raw != "true" {
		return t.fail("the payload is not base64url", "no b64", shown(raw, true), "RFC 7797 section 3")
	}
	if raw, found := h.get("enc"); found {
		return t.fail("the header is of an encrypted token", "no enc", shown(raw, true), "RFC 7516 section 9")
	}
	cty, _ := h.text("cty")
	if strings.TrimPrefix(strings.ToLower(cty), "application/") == "jwt" {
		return t.fail("another token is nested in this one", "no cty", quote(cty), "RFC 7519 section 5.2")
	}
	for _, name := range [...]string{"jwk", "jku", "x5u", "x5c"} {
		if _, found := h.get(name); found {
			return t.pass("no extensions; " + name + " is not trusted")
		}
	}
	return t.pass("no extensions")
}

func (t *tokenCheck) algorithm() bool {
	raw, found := t.jwt.claims.header.get("alg")
	name, _ := raw.text()
	allowed := t.Algorithms
	if len(allowed) == 0 {
		allowed = []string{"RS256"} // OpenID Connect Core section 3.1.3.7 rule 7
	}
	var known bool
	if t.alg, known = algorithmNamed(name); !known || !slices.Contains(allowed, name) {
		return t.fail("the algorithm is not accepted", strings.Join(allowed, " or "), shown(raw, found), "RFC 8725 section 3.1")
	}
	return t.pass(t.alg.name)
}

// signature finds the key and verifies; it records the checks key and
// signature. Where no key verifies, keys that the issuer may have changed since
// are fetched again, once.
func (t *tokenCheck) signature(ctx context.Context) (bool, error) {
	if t.unsigned {
		t.skip("no key to verify with")
		t.skip("the signature was not verified")
		return true, nil
	}
	raw, hasKid := t.jwt.claims.header.get("kid")
	kid, isText := raw.text()
	if hasKid && !isText {
		return t.fail("kid is not a string", "a string", shown(raw, true), "RFC 7515 section 4.1.4"), nil
	}
	doc, err := t.Keys.current(ctx)
	if err != nil {
		return false, err
	}
	for {
		var few [2]*publicKey
		keys, problem := doc.pick(few[:0], t.alg, kid, hasKid)
		for _, k := range keys {
			if t.verifies(k) {
				return t.pass(k.label) && t.pass(t.alg.name), nil
			}
		}
		newer, err := t.Keys.renew(ctx, doc)
		if err != nil {
			return false, err
		}
		if newer != nil {
			doc = newer
			continue
		}
		if k := doc.onlyKey(t.alg); hasKid && problem != nil && k != nil {
			keys, problem = []*publicKey{k}, nil
			if t.verifies(k) {
				return t.pass(k.label) && t.pass(t.alg.name), nil
			}
		}
		if problem != nil {
			return t.fail(problem.Error(), doc.kids(), shown(raw, hasKid), "OpenID Connect Core section 10.1"), nil
		}
		return t.pass(keys[0].label) &&
			t.fail("the signature does not match the token and the issuer's key", "", "", "RFC 7515 section 5.2"), nil
	}
}

func (t *tokenCheck) verifies(k *publicKey) bool {
	return k.verifiers[t.alg.name].Verify(t.jwt.signed, t.jwt.signature, k.key) == nil
}
