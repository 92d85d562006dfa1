package implicit_test

import (
	"context"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// An access token may be for another API, in whatever form: RFC 6749 section 1.4,
// RFC 9068 section 6. at_hash is what binds it.
func TestAccessTokensForAnotherAPI(t *testing.T) {
	key, stranger := newSigner(t, "RS256", "one"), newSigner(t, "RS256", "foreign")
	foreign := accessClaim("iss", "https://api.example.com")
	for _, row := range []struct {
		name   string
		change func(*scene)
		strict string // the check that refuses it where every JWT is the issuer's
	}{
		{"another issuer", foreign, "access_token.issuer"},
		{"no issuer", accessWithout("iss"), "access_token.issuer"},
		{"another issuer and key", all(foreign, func(s *scene) { s.access.signer, s.access.header["kid"] = stranger, "foreign" }), "access_token.key"},
		{"another issuer and algorithm", all(foreign, func(s *scene) { s.access.header["alg"] = "HS256" }), "access_token.algorithm"},
		{"another issuer and type", all(foreign, func(s *scene) { s.access.header["typ"] = "api+jwt" }), "access_token.type"},
		{"another issuer, without exp", all(foreign, accessWithout("exp")), "access_token.issuer"},
		{"another issuer and client", all(foreign, accessClaim("client_id", "other")), "access_token.issuer"},
		{"the issuer's, without exp and at+jwt", all(accessWithout("exp"), func(s *scene) { s.access.header["typ"] = "JWT" }), "access_token.expiry"},
		{"no claims", func(s *scene) { s.access.claimsText = "[]" }, "access_token.format"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newScene(key)
			row.change(s)
			v, tw := stage(t, s)
			resp := response(t, tw)
			result, err := v.Verify(context.Background(), request(), resp)
			if err != nil || result.AccessToken.Empty() || named(result, "at_hash").Status != implicit.StatusPass {
				t.Errorf("%v %+v", err, failures(result))
			}
			for name, policy := range map[string]implicit.AccessPolicy{"FromIssuer": {FromIssuer: true}, "JWT": {JWT: true}} {
				v.AccessToken = policy
				result, _ = v.Verify(context.Background(), request(), resp)
				if c := failed(result); c.Name != row.strict {
					t.Errorf("with %s: refused by %q, expected %q", name, c.Name, row.strict)
				}
			}
			v.AccessToken = implicit.AccessPolicy{}
			result, _ = v.VerifyAccessToken(context.Background(), resp.AccessToken, implicit.Expected{})
			if c := failed(result); c.Name != row.strict {
				t.Errorf("by itself: refused by %q, expected %q", c.Name, row.strict)
			}
		})
	}
}

func TestOneReasonForAnAccessTokenOfAnotherIssuer(t *testing.T) {
	s := newScene(newSigner(t, "RS256", "one"))
	accessClaim("iss", "https://api.example.com")(s)
	v, tw := stage(t, s)
	result, err := v.Verify(context.Background(), request(), response(t, tw))
	c := named(result, "access_token.format")
	if err != nil || c.Status != implicit.StatusSkip || !strings.Contains(c.Detail, "api.example.com") || named(result, "access_token.type").Name != "" {
		t.Errorf("%v %+v", err, c)
	}
	if result.AccessTokenClaims != nil || result.Unverified.AccessToken == nil {
		t.Error("its claims are not known as unverified ones")
	}
}

// With the same issuer the signature, the expiry and the client still count.
func TestAccessTokensOfTheIssuer(t *testing.T) {
	key := newSigner(t, "RS256", "one")
	for want, change := range map[string]func(*scene){
		"access_token.signature":        func(s *scene) { s.access.signer = newSigner(t, "RS256", "one") },
		"access_token.expiry":           accessClaim("exp", moment.Unix()-60),
		"access_token.authorized_party": accessClaim("client_id", "other"),
	} {
		s := newScene(key)
		change(s)
		v, tw := stage(t, s)
		result, _ := v.Verify(context.Background(), request(), response(t, tw))
		if c := failed(result); c.Name != want {
			t.Errorf("refused by %q, expected %q", c.Name, want)
		}
	}
}

func TestARequirementAsksForTheAccessToken(t *testing.T) {
	key := newSigner(t, "RS256", "one")
	for _, row := range []struct {
		require, access, id, want string
	}{
		{"access_token", "yes", "", ""},
		{"access_token", "no", "", "access_token.claim.tier"},
		{"", "yes", "no", "claim.tier"}, // where there is an ID token, it counts
		{"", "no", "yes", ""},
	} {
		s := newScene(key)
		require(row.require, "tier", "yes")(s)
		s.access.claims["tier"], s.id.claims["tier"] = row.access, row.id
		v, tw := stage(t, s)
		result, _ := v.Verify(context.Background(), request(), response(t, tw))
		if c := failed(result); c.Name != row.want {
			t.Errorf("%+v: refused by %q", row, c.Name)
		}
	}
}

func TestARequirementOfAWholeArrayOrObject(t *testing.T) {
	key := newSigner(t, "RS256", "one")
	for value, valid := range map[string]bool{
		`["staff","admin"]`: true, `[ "staff", "admin" ]`: true, `admin`: true,
		`["admin"]`: false, `["admin","staff"]`: false, `[`: false, ``: false,
	} {
		s := newScene(key)
		require("", "roles", value)(s)
		s.id.claims["roles"] = []string{"staff", "admin"}
		v, tw := stage(t, s)
		result, _ := v.Verify(context.Background(), request(), response(t, tw))
		if c := failed(result); (c.Name == "") != valid {
			t.Errorf("%s: refused by %q", value, c.Name)
		}
	}
}

func TestARequirementOfTheOnlyToken(t *testing.T) {
	s := newScene(newSigner(t, "RS256", "one"))
	s.id, s.expected.ResponseType = nil, "token"
	accessClaim("iss", "https://api.example.com")(s)
	require("", "env", "8f1c2d3e")(s)
	v, tw := stage(t, s)
	result, _ := v.VerifyResponse(context.Background(), s.expected, response(t, tw))
	if c := failed(result); c.Name != "access_token.issuer" {
		t.Errorf("refused by %q", c.Name)
	}
}

func TestAnAccessTokenAloneIsUnbound(t *testing.T) {
	s := newScene(newSigner(t, "RS256", "one"))
	s.id, s.expected.ResponseType = nil, "token"
	v, tw := stage(t, s)
	req := request()
	req.ResponseType = "token"
	result, err := v.Verify(context.Background(), req, response(t, tw))
	if err != nil || !warned(result, "unbound_access_token") {
		t.Errorf("%v, warnings %v", err, result.Warnings)
	}
	v, tw = stage(t, newScene(s.access.signer))
	if result, err = v.Verify(context.Background(), request(), response(t, tw)); err != nil || warned(result, "unbound_access_token") {
		t.Errorf("with an ID token: %v, warnings %v", err, result.Warnings)
	}
}

// An earlier token's user must be the user of the only token too. Where there is an
// ID token, it says who the user is.
func TestTheUserOfTheOnlyToken(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*scene)
		want   string
	}{
		{"the same user", accessClaim("sub", person), ""},
		{"a different user", accessClaim("sub", "other"), "access_token.subject"},
		{"no user", accessClaim("sub", nil), "access_token.subject"},
		{"another issuer", accessClaim("iss", "https://api.example.com"), "access_token.issuer"},
		{"opaque", func(s *scene) { s.access, s.opaque = nil, opaque }, "access_token.format"},
	} {
		s := newScene(newSigner(t, "RS256", "one"))
		row.change(s)
		s.id, s.expected.ResponseType, s.expected.Subject = nil, "token", person
		v, tw := stage(t, s)
		result, err := reported(v.VerifyResponse(context.Background(), s.expected, response(t, tw)))
		if c := failed(result); err != nil || c.Name != row.want {
			t.Errorf("%s: refused by %q, %v; expected %q", row.name, c.Name, err, row.want)
		}
	}
	s := newScene(newSigner(t, "RS256", "one"))
	accessClaim("sub", "a name at the API")(s)
	s.expected.Subject = person
	v, tw := stage(t, s)
	if _, err := v.VerifyResponse(context.Background(), s.expected, response(t, tw)); err != nil {
		t.Errorf("with an ID token: %v", err)
	}
}
