package implicit

import (
	"context"
	"slices"
	"strings"
)

// accessToken makes the checks of an access token: those of RFC 9068 section 4
// that a client can make, and of an opaque one only what the caller requires.
func (v *verification) accessToken(ctx context.Context, token string) error {
	t := &tokenCheck{verification: v, names: accessTokenChecks, access: true, types: accessTokenTypes}
	if !looksLikeJWT(token) {
		const opaque = "it is opaque: only its resource can read it"
		switch {
		case token == "":
			t.fail("it is empty", "a token", "", "RFC 6749 section 1.4")
		case v.demandsAccess():
			t.fail(opaque, "a JWT", "", "RFC 6749 section 1.4")
		default:
			t.skip(opaque)
		}
		return nil
	}
	if reason := v.notRead(token); reason != "" {
		t.skip(reason)
		return nil
	}
	ok, err := t.open(ctx, token)
	if t.jwt != nil {
		v.Unverified.AccessToken = &t.jwt.claims
	}
	if !ok {
		return err
	}
	v.accessClaims = v.Unverified.AccessToken
	t.issuer()
	t.accessAudience()
	t.client()
	t.subject(true)
	if _, found := t.claim("exp"); !found && t.optionalExpiry() {
		t.skip("exp is absent")
	} else {
		t.expiry()
	}
	t.issuedAt(true)
	t.notBefore()
	t.scope()
	return nil
}

func (v *verification) mayBeForAnotherAPI() bool {
	required := v.demandsAccess() || v.noIDToken && len(v.Require) > 0
	return !v.alone && !v.Verifier.AccessToken.FromIssuer && !required
}

// notRead says why a JWT is opaque to this client: it may be for another API (RFC
// 9068 section 6). It returns "" where the issuer made it or a policy asks.
func (v *verification) notRead(token string) string {
	if !v.mayBeForAnotherAPI() {
		return ""
	}
	jwt, err := parseToken(token)
	if err != nil {
		return "it is no JWT that can be read, which only its resource needs"
	}
	v.Unverified.AccessToken = &jwt.claims
	raw, found := jwt.claims.payload.get("iss")
	if iss, _ := raw.text(); iss == v.Issuer {
		return ""
	}
	return "its iss is " + shown(raw, found) + ": only its resource can verify it"
}

// demandsAccess reports whether something is required that an opaque or absent
// access token cannot show.
func (v *verification) demandsAccess() bool {
	p := v.Verifier.AccessToken
	return p.JWT || p.Audience != "" || len(p.Scopes) > 0 || v.noIDToken && v.expect.Subject != "" ||
		slices.ContainsFunc(v.Require, func(r ClaimRequirement) bool { return r.Token == KindAccessToken })
}

// optionalExpiry: RFC 9068 section 2.2 requires exp of an at+jwt, RFC 7519 of none.
func (t *tokenCheck) optionalExpiry() bool {
	return t.mayBeForAnotherAPI() && !isAccessTokenType(t.jwt.claims.headerText("typ"))
}

func (t *tokenCheck) accessAudience() {
	const clause = "RFC 9068 section 4"
	want := t.Verifier.AccessToken.Audience
	var few [4]string
	list, raw, found, ok := t.audiences(few[:0])
	switch {
	case found && !ok:
		t.fail("aud is malformed", "a string or an array of strings", shown(raw, found), clause)
	case want == "":
		t.skip("no audience is required")
	case !slices.Contains(list, want):
		t.fail("the token is for a different resource", quote(want), shown(raw, found), clause)
	default:
		t.pass(want)
	}
}

// client refuses a token that was issued to another client and injected into
// this one's response: RFC 6819 section 4.4.2.6. client_id is RFC 9068's name,
// azp an older one.
func (t *tokenCheck) client() {
	checked := false
	for _, name := range [...]string{"client_id", "azp"} {
		raw, found := t.claim(name)
		if !found || t.ClientID == "" {
			continue
		}
		if id, _ := raw.text(); id != t.ClientID {
			t.fail("the token was issued to a different client", quote(t.ClientID), shown(raw, found), "RFC 9068 section 2.2")
			return
		}
		checked = true
	}
	if checked {
		t.pass(t.ClientID)
		return
	}
	t.skip("the token names no client, or no client ID is set")
}

func (t *tokenCheck) scope() {
	want := t.Verifier.AccessToken.Scopes
	if len(want) == 0 {
		t.skip("no scope is required")
		return
	}
	raw, found := t.claim("scope")
	have := strings.Fields(t.jwt.claims.claimText("scope"))
	for _, s := range want {
		if !slices.Contains(have, s) {
			t.fail("a required scope was not granted", quote(s), shown(raw, found), "RFC 9068 section 2.2.3")
			return
		}
	}
	t.pass("all required scopes were granted")
}
