package implicit

import (
	"fmt"
	"strings"
)

// ClaimRequirement is a claim that must have a value. A result names it
// "claim.NAME", or "access_token.claim.NAME".
type ClaimRequirement struct {
	Token string // id_token or access_token; empty: either of them
	Claim string // the name, or names joined by dots for a value inside an object
	Value string // the text of a string, number or boolean, or of one element of an array
}

const (
	idTokenName     = "id_token"
	accessTokenName = "access_token"
)

// ParseRequirement reads NAME=VALUE, where "id_token." or "access_token." before
// the name says which token is meant.
func ParseRequirement(s string) (ClaimRequirement, error) {
	name, value, ok := strings.Cut(s, "=")
	r := ClaimRequirement{Claim: name, Value: value}
	for _, token := range [...]string{idTokenName, accessTokenName} {
		if claim, prefixed := strings.CutPrefix(name, token+"."); prefixed {
			r.Token, r.Claim = token, claim
		}
	}
	if !ok || r.Claim == "" {
		return r, fmt.Errorf("expected CLAIM=VALUE, found %s", quote(s))
	}
	return r, nil
}

// requirements makes the checks that the caller added, on tokens whose
// signature holds.
func (v *verification) requirements() {
	for _, r := range v.Require {
		v.Add(v.requirement(r))
	}
}

func (v *verification) requirement(r ClaimRequirement) Check {
	c := Check{Name: "claim." + r.Claim, Status: StatusFail, Expected: quote(r.Value), Found: "none"}
	tokens := []*Claims{v.idClaims, v.accessClaims}
	switch r.Token {
	case idTokenName:
		tokens = tokens[:1]
	case accessTokenName:
		tokens = tokens[1:]
		c.Name = "access_token." + c.Name
	}
	looked := false
	for _, claims := range tokens {
		if claims == nil {
			continue
		}
		looked = true
		if value, there := claims.named(r.Claim); there {
			if value.has(r.Value) {
				return pass(c.Name, quote(r.Value))
			}
			c.Found = shown(value, true)
		}
	}
	switch {
	case looked:
		c.Detail = "the claim has not the value demanded"
	case !v.Valid:
		return skip(c.Name, "not looked at, since an earlier check failed")
	default:
		c.Detail = "no token that can be looked into came"
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
