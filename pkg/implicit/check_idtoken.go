package implicit

import (
	"context"
	"slices"
	"strings"
	"time"
)

// idToken makes all checks of an ID token: OpenID Connect Core sections 3.1.3.7
// and 3.2.2.11.
func (v *verification) idToken(ctx context.Context, token string) error {
	t := &tokenCheck{verification: v, names: idTokenChecks(), types: []string{"jwt"}}
	ok, err := t.open(ctx, token)
	if t.jwt != nil {
		v.IDToken = &t.jwt.claims
	}
	if !ok {
		return err
	}
	v.idClaims = v.IDToken
	t.issuer()
	audiences := t.audience()
	t.authorizedParty(audiences)
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

// audience demands the client in aud, and nobody beside it that is not trusted:
// rule 3. It returns how many there are.
func (t *tokenCheck) audience() int {
	const clause = "OpenID Connect Core section 3.1.3.7 rule 3"
	list, raw, there, ok := t.audiences()
	if !ok || !slices.Contains(list, t.ClientID) {
		t.fail("this token is not for this client", quote(t.ClientID), shown(raw, there), clause)
		return len(list)
	}
	for _, a := range list {
		if a != t.ClientID && !slices.Contains(t.TrustedAudiences, a) {
			t.fail("this token is also for an audience that is not trusted", quote(t.ClientID)+" alone", shown(raw, there), clause)
			return len(list)
		}
	}
	t.pass(t.ClientID)
	return len(list)
}

// authorizedParty: rules 4 and 5.
func (t *tokenCheck) authorizedParty(audiences int) {
	raw, there := t.claim("azp")
	azp, _ := raw.text()
	switch {
	case !there && audiences < 2:
		t.skip("azp is absent, as it may be with one audience")
	case azp != t.ClientID:
		t.fail("this token was issued to another client", quote(t.ClientID), shown(raw, there), "OpenID Connect Core section 3.1.3.7 rules 4 and 5")
	default:
		t.pass(t.ClientID)
	}
}

// nonce: rule 11 and section 3.2.2.11. Its value is as good as a password
// against replay, so neither is shown.
func (t *tokenCheck) nonce() {
	const clause = "OpenID Connect Core section 3.2.2.11"
	raw, there := t.claim("nonce")
	nonce, _ := raw.text()
	switch {
	case t.expect.Nonce == "" && t.expect.complete:
		t.fail("the request carried no nonce, so that a replayed token could not be told", "", "", clause)
	case t.expect.Nonce == "":
		t.skip("the request's nonce is not known")
	case !there:
		t.fail("the token is not tied to the request", "the request's nonce", "none", clause)
	case !equalConstantTime(nonce, t.expect.Nonce):
		t.fail("the token is the answer to another request", "the request's nonce", "another one", clause)
	default:
		t.pass("the request's")
	}
}

// atHash demands the hash of the access token that came with the ID token:
// section 3.2.2.9.
func (t *tokenCheck) atHash() {
	const clause = "OpenID Connect Core section 3.2.2.9"
	if t.expect.AccessToken.Empty() {
		t.skip("there is no access token to compare with")
		return
	}
	raw, there := t.claim("at_hash")
	hash, _ := raw.text()
	want := t.alg.hashHalf(t.expect.AccessToken.Reveal())
	if !equalConstantTime(hash, want) {
		t.fail("the access token is not the one that this ID token came with", quote(want), shown(raw, there), clause)
		return
	}
	t.pass("of the access token")
}

// authTime follows rule 13. The provider counts max_age back from the request.
func (t *tokenCheck) authTime() {
	const clause = "OpenID Connect Core section 3.1.3.7 rule 13"
	if _, there := t.claim("auth_time"); !there && t.expect.MaxAge == nil {
		t.skip("auth_time is absent, and no max_age was asked for")
		return
	}
	at, ok := t.time("auth_time", clause)
	if !ok || t.inFuture("the sign-on was", at, clause) {
		return
	}
	if t.expect.MaxAge != nil {
		from := t.expect.RequestedAt
		if from.IsZero() {
			from = t.now
		}
		const longest = 100 * 365 * 24 * 3600 // keeps the duration from overflowing
		age := time.Duration(min(*t.expect.MaxAge, longest)) * time.Second
		if limit := from.Add(-age - t.skew()); at.Before(limit) {
			t.fail("the sign-on was "+words(from.Sub(at))+" before"+t.clockNote(), "not before "+stamp(limit), stamp(at), clause)
			return
		}
	}
	t.pass(stamp(at))
}

// acr: rule 12. What was asked for with acr_values is demanded.
func (t *tokenCheck) acr() {
	raw, there := t.claim("acr")
	acr, isText := raw.text()
	switch {
	case t.expect.ACRValues == "" && !there:
		t.skip("acr is absent, and no acr_values were asked for")
	case t.expect.ACRValues != "" && !slices.Contains(strings.Fields(t.expect.ACRValues), acr), there && !isText:
		t.fail("the sign-on was of another kind", "one of "+quote(t.expect.ACRValues), shown(raw, there), "OpenID Connect Core section 3.1.3.7 rule 12")
	default:
		t.pass(plain(acr))
	}
}
