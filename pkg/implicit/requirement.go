package implicit

import "strings"

// ClaimRequirement is a claim that must have a value. Its check is named
// "claim.NAME", or "access_token.claim.NAME".
type ClaimRequirement struct {
	Token string // KindIDToken or KindAccessToken; empty: the ID token, or where there is none the access token
	Claim string // the name, or names joined by dots for a value inside an object
	Value string // the text of a string, number or boolean, or of one element of an array
}

// requirements makes the checks that the caller added, on tokens whose signature
// holds.
func (v *verification) requirements() {
	for _, r := range v.Require {
		v.add(v.requirement(r))
	}
}

func (v *verification) requirement(r ClaimRequirement) Check {
	c := Check{Name: "claim." + r.Claim, Status: StatusFail, Expected: quote(r.Value), Found: "none"}
	claims := v.idClaims
	switch {
	case r.Token == KindAccessToken:
		c.Name, claims = AccessTokenPrefix+c.Name, v.accessClaims
	case r.Token == "" && v.noIDToken:
		claims = v.accessClaims
	}
	if claims != nil {
		value, found := claims.named(r.Claim)
		if value.has(r.Value) && found {
			return pass(c.Name, quote(r.Value))
		}
		c.Found = shown(value, found)
	}
	switch {
	case claims != nil:
		c.Detail = "the claim does not have the required value"
	case !v.valid:
		return skip(c.Name, "not checked, since an earlier check failed")
	default:
		c.Detail = "there is no token that can be read"
	}
	return c
}

// named finds a claim by its whole name, dots and all, and else by the path
// that the dots make.
func (c *Claims) named(name string) (rawValue, bool) {
	if value, ok := c.payload.get(name); ok {
		return value, true
	}
	return c.at(strings.Split(name, "."))
}
