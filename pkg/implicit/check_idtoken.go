package implicit

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
)

// idToken makes all checks of an ID token: OpenID Connect Core sections 3.1.3.7
// and 3.2.2.11.
func (v *verification) idToken(ctx context.Context, token string) error {
	t := &tokenCheck{verification: v, names: idTokenChecks, types: idTokenTypes}
	ok, err := t.open(ctx, token)
	if t.jwt != nil {
		v.Unverified.IDToken = &t.jwt.claims
	}
	if !ok {
		return err
	}
	v.idClaims = v.Unverified.IDToken
	t.issuer()
	t.audience()
	t.authorizedParty()
	t.subject(false)
	t.expiry()
	t.issuedAt(false)
	t.notBefore()
	t.nonce()
	t.atHash()
	t.authTime()
	t.acr()
	return nil
}

// audience requires the client in aud, and no other that is not trusted: rule 3.
func (t *tokenCheck) audience() {
	const clause = "OpenID Connect Core section 3.1.3.7 rule 3"
	var few [4]string
	list, raw, found, ok := t.audiences(few[:0])
	if !ok || !slices.Contains(list, t.ClientID) {
		t.fail("the token is for a different client", quote(t.ClientID), shown(raw, found), clause)
		return
	}
	for _, a := range list {
		if a != t.ClientID && !slices.Contains(t.TrustedAudiences, a) {
			t.fail("the token is also for an audience that is not trusted", quote(t.ClientID)+" alone", shown(raw, found), clause)
			return
		}
	}
	t.pass(t.ClientID)
}

// authorizedParty refuses another client's azp. One is not required: errata set 2.
func (t *tokenCheck) authorizedParty() {
	raw, found := t.claim("azp")
	azp, _ := raw.text()
	switch {
	case !found:
		t.skip("azp is absent, which is allowed")
	case azp != t.ClientID:
		t.fail("the token was issued to a different client", quote(t.ClientID), shown(raw, found), "OpenID Connect Core section 3.1.3.7 rule 4")
	default:
		t.pass(t.ClientID)
	}
}

// nonce: rule 11 and section 3.2.2.11. It protects against replay like a
// password, so neither value is shown whole.
func (t *tokenCheck) nonce() {
	const clause = "OpenID Connect Core section 3.2.2.11"
	raw, found := t.claim("nonce")
	nonce, _ := raw.text()
	switch {
	case t.expect.Nonce == "" && !t.expect.Partial:
		t.fail("the request had no nonce, so a replayed token could not be recognised", "", "", clause)
	case t.expect.Nonce == "":
		t.skip("the request's nonce is not known")
	case !found:
		t.fail("the token has no nonce", beginning(t.expect.Nonce, ""), "none", clause)
	case !equalConstantTime(nonce, t.expect.Nonce):
		t.fail("the nonce does not match the request", beginning(t.expect.Nonce, nonce), beginning(nonce, t.expect.Nonce), clause)
	default:
		t.pass("the request's")
	}
}

// atHash requires the hash of the access token that was issued with the ID token:
// section 3.2.2.9.
func (t *tokenCheck) atHash() {
	const clause = "OpenID Connect Core section 3.2.2.9"
	if t.expect.AccessToken.Empty() {
		t.skip("no access token to compare with")
		return
	}
	raw, found := t.claim("at_hash")
	hash, _ := raw.text()
	want := t.alg.hashHalf(t.expect.AccessToken.Reveal())
	switch {
	case !found:
		t.fail("at_hash is absent: nothing binds the access token to this ID token", quote(want), "none", clause)
	case !equalConstantTime(hash, want):
		t.fail("the access token was not issued with this ID token", quote(want), shown(raw, found), clause)
	default:
		t.pass("of the access token")
	}
}

// authTime follows rule 13. The provider counts max_age back from the request.
func (t *tokenCheck) authTime() {
	const clause = "OpenID Connect Core section 3.1.3.7 rule 13"
	if _, found := t.claim("auth_time"); !found && t.expect.MaxAge == nil {
		t.skip("auth_time is absent, and no max_age was requested")
		return
	}
	at, ok := t.time("auth_time", clause)
	if !ok || t.inFuture("the sign-on was", at, clause) {
		return
	}
	if at.Unix() < firstAuthTime {
		t.malformedAuthTime(at, clause)
		return
	}
	if t.expect.MaxAge != nil {
		from := t.expect.RequestedAt
		if from.IsZero() {
			from = t.now
		}
		const maxAge = 100 * 365 * 24 * 3600 // keeps the duration from overflowing
		age := time.Duration(min(*t.expect.MaxAge, maxAge)) * time.Second
		if limit := from.Add(-age - t.skew()); at.Before(limit) {
			t.fail("the sign-on was "+words(from.Sub(at))+" before"+t.clockNote(), "not before "+stamp(limit), stamp(at), clause)
			return
		}
	}
	t.pass(stamp(at))
}

// firstAuthTime is in 2001: an auth_time before it is a thousandth of what was meant,
// as PingOne sends after some policies.
const firstAuthTime = 1_000_000_000

func (t *tokenCheck) malformedAuthTime(at time.Time, clause string) {
	seconds := strconv.FormatInt(at.Unix(), 10)
	t.warn(WarnAuthTimeMalformed, "auth_time is "+seconds+", a thousandth of a time")
	if t.expect.MaxAge != nil {
		t.fail("auth_time is a thousandth of a time, a fault of the provider, so that max_age cannot be verified", "seconds since 1970", seconds, clause)
		return
	}
	t.skip("auth_time is " + seconds + ", which is no time of a sign-on")
}

// acr: rule 12. It must be one of the acr_values requested.
func (t *tokenCheck) acr() {
	raw, found := t.claim("acr")
	acr, isText := raw.text()
	switch {
	case t.expect.ACRValues == "" && !found:
		t.skip("acr is absent, and no acr_values were requested")
	case !found && !t.ACRPromised:
		t.warn(WarnACRMissing, "the provider does not say by acr how the user signed on, though acr_values asked for "+quote(t.expect.ACRValues))
		t.skip("acr is absent, which is allowed")
	case t.expect.ACRValues != "" && !slices.Contains(strings.Fields(t.expect.ACRValues), acr), found && !isText:
		t.fail("the sign-on followed a different policy", "one of "+quote(t.expect.ACRValues), shown(raw, found), "OpenID Connect Core section 3.1.3.7 rule 12")
	default:
		t.pass(plain(acr))
	}
}
