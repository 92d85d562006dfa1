package sandbox

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
)

func oidcScopes() []string { return []string{"openid", "profile", "email", "address", "phone"} }

// resource is an API that access tokens are for.
type resource struct {
	name, audience string
	scopes         []string
	lifetime       int       // of its access tokens, in seconds; 0 for the usual one
	attributes     []mapping // into its access tokens
}

func builtInResources() []resource {
	return []resource{
		{name: "orders", audience: "orders", lifetime: 300, scopes: []string{"orders:read", "orders:write"}},
		{name: "invoices", audience: "invoices", scopes: []string{"invoices:read"}},
	}
}

// resourceOf returns the resource that a scope belongs to: the PingOne API, one of
// the tenant, one that an undeclared scope RESOURCE:NAME names, or nil for the
// scopes of OpenID Connect, which go with any.
func (s *Sandbox) resourceOf(scope string) *resource {
	name, _, ok := strings.Cut(scope, ":")
	switch r := cmp.Or(s.resources[scope], s.resources[name+":"]); {
	case r != nil:
		return r
	case !ok:
		return nil
	case name == "p1":
		return &resource{audience: pingoneAPI}
	}
	return &resource{name: name, audience: name}
}

// readScope keeps what is granted, drops what is not, and refuses a request
// that mixes resources or is left with nothing (PingOne's "Custom scopes").
func (s *Sandbox) readScope(req *authRequest, v url.Values) *refusal {
	asked := strings.Fields(v.Get("scope"))
	granted := slices.Concat(req.app.oidc, req.app.Scopes)
	var resources []string
	for _, scope := range asked {
		if !slices.Contains(granted, scope) || slices.Contains(req.scopes, scope) {
			continue
		}
		req.scopes = append(req.scopes, scope)
		if r := s.resourceOf(scope); r != nil && !slices.Contains(resources, r.audience) {
			resources = append(resources, r.audience)
		}
	}
	refused := &refusal{code: "invalid_scope", target: "scope"}
	switch {
	case s.on("scope-refused"), len(asked) > 0 && len(req.scopes) == 0:
		refused.description = "Request denied: At least one scope must be granted"
		return refused
	case s.on("multiple-resources"), len(resources) > 1 && (!req.app.multiResource || slices.Contains(resources, pingoneAPI)):
		refused.description = invalidMessage + ": May not request scopes for multiple resources"
		return refused
	}
	// Without openid there is no ID token, whatever was requested.
	req.idToken = req.idToken && slices.Contains(req.scopes, "openid")
	if !req.token && !req.idToken {
		refused.description = "Request denied: response type id_token needs the scope openid"
		return refused
	}
	return nil
}
