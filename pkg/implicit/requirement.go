package implicit

import (
	"fmt"
	"strings"
)

// ClaimRequirement is a claim that must have a value. Its check is named
// "claim.NAME", or "access_token.claim.NAME".
type ClaimRequirement struct {
	Token string // KindIDToken or KindAccessToken; empty: either of them
	Claim string // the name, or names joined by dots for a value inside an object
	Value string // the text of a string, number or boolean, or of one element of an array
}

// ParseRequirement reads NAME=VALUE, where "id_token." or "access_token." before
// the name says which token is meant.
func ParseRequirement(s string) (ClaimRequirement, error) {
	name, value, ok := strings.Cut(s, "=")
	r := ClaimRequirement{Claim: name, Value: value}
	for _, token := range [...]string{KindIDToken, KindAccessToken} {
		if claim, prefixed := strings.CutPrefix(name, token+"."); prefixed {
			r.Token, r.Claim = token, claim
		}
	}
	if !ok || r.Claim == "" {
		return r, fmt.Errorf("expected CLAIM=VALUE, found %s", quote(s))
	}
	return r, nil
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
	tokens := []*Claims{v.idClaims, v.accessClaims}
	switch r.Token {
	case KindIDToken:
		tokens = tokens[:1]
	case KindAccessToken:
		tokens = tokens[1:]
		c.Name = "access_token." + c.Name
	}
	checked := false
	for _, claims := range tokens {
		if claims == nil {
			continue
		}
		checked = true
		if value, found := claims.named(r.Claim); found {
			if value.has(r.Value) {
				return pass(c.Name, quote(r.Value))
			}
			c.Found = shown(value, true)
		}
	}
	switch {
	case checked:
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
