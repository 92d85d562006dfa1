package implicit

import (
	"context"
	"slices"
)

// accessToken makes the checks of an access token: of RFC 9068 section 4 those
// that a client can make. Nothing is asked of an opaque one but what the caller
// asks.
func (v *verification) accessToken(ctx context.Context, token string) error {
	t := &tokenCheck{verification: v, names: accessTokenChecks(), access: true, types: []string{"at+jwt", "jwt"}}
	if !looksLikeJWT(token) {
		const opaque = "it is opaque: only its resource can look into it"
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
	ok, err := t.open(ctx, token)
	if t.jwt != nil {
		v.Result.AccessToken = &t.jwt.claims
	}
	if !ok {
		return err
	}
	v.accessClaims = v.Result.AccessToken
	t.issuer()
	t.accessAudience()
	t.client()
	t.subject(true)
	t.expiry()
	t.issuedAt(true)
	t.notBefore()
	t.scope()
	return nil
}

// demandsAccess reports whether something is asked that an opaque or absent
// access token cannot show.
func (v *Verifier) demandsAccess() bool {
	p := v.AccessToken
	return p.JWT || p.Audience != "" || len(p.Scopes) > 0 ||
		slices.ContainsFunc(v.Require, func(r ClaimRequirement) bool { return r.Token == accessTokenName })
}

func (t *tokenCheck) accessAudience() {
	const clause = "RFC 9068 section 4"
	want := t.Verifier.AccessToken.Audience
	list, raw, there, ok := t.audiences()
	switch {
	case there && !ok:
		t.fail("aud is malformed", "a string or an array of strings", shown(raw, there), clause)
	case want == "":
		t.skip("no audience is demanded")
	case !slices.Contains(list, want):
		t.fail("this token is for another resource", quote(want), shown(raw, there), clause)
	default:
		t.pass(want)
	}
}

// client refuses a token that was issued to another client and slipped into
// this one's answer: RFC 6819 section 4.4.2.6. client_id is RFC 9068's name,
// azp an older one.
func (t *tokenCheck) client() {
	checked := false
	for _, name := range [...]string{"client_id", "azp"} {
		raw, there := t.claim(name)
		if !there || t.ClientID == "" {
			continue
		}
		if id, _ := raw.text(); id != t.ClientID {
			t.fail("this token was issued to another client", quote(t.ClientID), shown(raw, there), "RFC 9068 section 2.2")
			return
		}
		checked = true
	}
	if checked {
		t.pass(t.ClientID)
		return
	}
	t.skip("the token names no client, or none is known to compare with")
}

func (t *tokenCheck) scope() {
	want := t.Verifier.AccessToken.Scopes
	if len(want) == 0 {
		t.skip("no scope is demanded")
		return
	}
	raw, there := t.claim("scope")
	have := t.jwt.claims.Scopes()
	for _, s := range want {
		if !slices.Contains(have, s) {
			t.fail("a scope that is demanded was not granted", quote(s), shown(raw, there), "RFC 9068 section 2.2.3")
			return
		}
	}
	t.pass("what is demanded was granted")
}
