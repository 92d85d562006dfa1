package sandbox

import (
	"net/url"
	"slices"
	"strings"
)

func oidcScopes() []string { return []string{"openid", "profile", "email", "address", "phone"} }

// resourceOf returns the resource that a scope belongs to: the PingOne API, a
// custom resource, or "" for the scopes of OpenID Connect, which go with any.
func resourceOf(scope string) string {
	resource, _, ok := strings.Cut(scope, ":")
	switch {
	case !ok:
		return ""
	case resource == "p1":
		return pingoneAPI
	}
	return resource
}

// readScope keeps what is granted, drops what is not, and refuses a request
// that mixes resources or is left with nothing (PingOne's "Custom scopes").
func (s *Sandbox) readScope(req *authRequest, v url.Values) *refusal {
	asked := strings.Fields(v.Get("scope"))
	granted := slices.Concat(oidcScopes(), req.app.Scopes)
	var resources []string
	for _, scope := range asked {
		if !slices.Contains(granted, scope) || slices.Contains(req.scopes, scope) {
			continue
		}
		req.scopes = append(req.scopes, scope)
		if r := resourceOf(scope); r != "" && !slices.Contains(resources, r) {
			resources = append(resources, r)
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
