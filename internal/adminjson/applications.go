package adminjson

import (
	"slices"
	"strings"
)

// applications are those that sign users on with OpenID Connect. The ones with the
// implicit grant are first: the first one is in the settings that the sandbox prints.
func (im *importer) applications() []object {
	var apps []*thing
	for _, t := range im.things["applications"] {
		if why := im.notAnApplication(t); why != "" {
			im.ignore(t.name(), t.at.String(), why)
		} else {
			apps = append(apps, t)
		}
	}
	first := func(t *thing) bool {
		return im.flag(t, true, "enabled") && slices.Contains(im.texts(t, "grantTypes"), "IMPLICIT")
	}
	slices.SortStableFunc(apps, func(a, b *thing) int {
		switch {
		case first(a) == first(b):
			return 0
		case first(a):
			return -1
		}
		return 1
	})
	if len(apps) == 0 {
		im.need(im.base()+"/applications", "the applications; until then the sandbox has its own")
	}
	b := applicationBuilder{im, im.of("grants"), im.of("applications/attributes"), im.of("signOnPolicyAssignments"), im.of("flowPolicyAssignments")}
	list := make([]object, 0, len(apps))
	for _, t := range apps {
		list = append(list, b.build(t))
	}
	im.count("applications", len(list))
	return list
}

func (im *importer) notAnApplication(t *thing) string {
	typ, protocol := im.text(t, "type"), im.text(t, "protocol")
	switch {
	case im.text(t, "name") == "":
		return "it has no name"
	case strings.HasPrefix(typ, "PING_ONE_"):
		return "it is PingOne's own"
	case protocol != "" && protocol != protocolOIDC:
		return "it is " + protocol + ", not OpenID Connect"
	case slices.Contains([]string{"SINGLE_PAGE_APP", "NATIVE_APP", "WEB_APP", "CUSTOM_APP"}, typ):
		return ""
	}
	return "an application of the type " + typ + " does not sign users on"
}

// applicationBuilder has what belongs to applications, by their IDs.
type applicationBuilder struct {
	*importer
	grants, attributes, policies, flows map[string][]*thing
}

func (b applicationBuilder) build(t *thing) object {
	o := b.object("application")
	clientID := b.text(t, "clientId")
	if clientID == "" {
		clientID = t.id
	}
	o.put("name", b.text(t, "name"))
	o.put("client_id", clientID)
	o.put("type", b.text(t, "type"))
	if !b.flag(t, true, "enabled") {
		o.put("enabled", false)
	}
	o.put("grant_types", b.known(t, "grantTypes", "IMPLICIT", "AUTHORIZATION_CODE", "REFRESH_TOKEN", "CLIENT_CREDENTIALS", "DEVICE_CODE"))
	o.put("response_types", b.texts(t, "responseTypes"))
	redirects := b.uris(t, "redirectUris")
	if len(redirects) == 0 {
		b.ignore("redirect URIs of "+t.name(), t.at.String(), "it has none; the sandbox gives it its own")
	}
	o.put("redirect_uris", redirects)
	for _, f := range [][2]string{
		{"allowWildcardInRedirectUris", "allow_wildcard_in_redirect_uris"}, {"requestScopesForMultipleResourcesEnabled", "request_scopes_for_multiple_resources_enabled"},
		{"supportUnsignedRequestObject", "support_unsigned_request_object"}, {"idpSignoff", "idp_signoff"},
		{"opSessionCheckEnabled", "op_session_check_enabled"}, {"includeX5t", "include_x5t"},
	} {
		if b.flag(t, false, f[0]) {
			o.put(f[1], true)
		}
	}
	o.put("post_logout_redirect_uris", b.uris(t, "postLogoutRedirectUris"))
	if page := b.text(t, "loginPageUrl"); page != "" && b.open(t.at.key("loginPageUrl"), page) {
		o.put("login_page_url", page)
	}
	o.put("origins", b.uris(t, "corsSettings", "origins"))
	if b.text(t, "parRequirement") == "REQUIRED" {
		o.put("par_requirement", "REQUIRED")
	}
	if b.flag(t, false, "requireSignedRequestObject") {
		b.ignore("requireSignedRequestObject of "+t.name(), t.at.String(), "the sandbox cannot verify request objects")
	}
	b.access(t, o)
	o.put("scopes", b.scopes(t))
	o.put("attributes", b.claims(t))
	o.put("policies", b.assigned(t))
	if len(b.flows[strings.ToLower(t.id)]) > 0 {
		o.put("davinci", true)
	}
	return o
}

// known are the words of a list that the sandbox knows.
func (b applicationBuilder) known(t *thing, name string, words ...string) []string {
	var list []string
	for _, word := range b.texts(t, name) {
		if slices.Contains(words, word) {
			list = append(list, word)
		} else {
			b.ignore("the grant type "+word+" of "+t.name(), t.at.String(), "the sandbox does not know it")
		}
	}
	return list
}

func (b applicationBuilder) access(t *thing, o object) {
	if b.text(t, "accessControl", "role", "type") == "ADMIN_USERS_ONLY" {
		o.put("admins_only", true)
	}
	var names []string
	for _, id := range b.ids(t, "accessControl", "group", "groups") {
		names = append(names, b.groupName(id))
	}
	o.put("groups", names)
	if names != nil && b.text(t, "accessControl", "group", "type") == "ALL_GROUPS" {
		o.put("group_match", "ALL_GROUPS")
	}
	if names != nil {
		b.groupsMatter = true
	}
}

// groupName is the name of a group, or its ID where no file says it.
func (im *importer) groupName(id string) string {
	if t := im.find("groups", id); t != nil {
		return im.text(t, "name")
	}
	im.need(im.base()+"/groups", "the names of groups; until then their IDs are used")
	return id
}

// scopes are what the grants of an application allow; nil: no file says it.
func (b applicationBuilder) scopes(t *thing) []string {
	list := b.base() + "/applications/" + t.id + "/grants"
	grants := b.grants[strings.ToLower(t.id)]
	if grants == nil && !b.lists[list] {
		b.need(list, "the scopes of "+t.name()+"; until then they are those of OpenID Connect")
		return nil
	}
	names := []string{"openid"}
	for _, g := range grants {
		resource := g.ref("resource")
		for _, id := range b.ids(g, "scopes") {
			scope := b.find("scopes", id)
			if scope == nil {
				b.need(b.base()+"/resources/"+resource+"/scopes", "the names of the scopes of "+t.name())
				continue
			}
			switch name := b.text(scope, "name"); {
			case name == "offline_access":
				b.ignore("the scope offline_access of "+t.name(), g.at.String(), "the implicit grant has no refresh token")
			case b.find("resources", resource) == nil && !wellKnown(name):
				b.need(b.base()+"/resources", "the resources that applications have scopes of")
			default:
				names = append(names, name)
			}
		}
	}
	slices.Sort(names[1:])
	return slices.Compact(names)
}

// wellKnown reports whether a scope is of a resource that every environment has.
func wellKnown(scope string) bool {
	return strings.HasPrefix(scope, "p1:") || slices.Contains([]string{"openid", "profile", "email", "address", "phone", "offline_access"}, scope)
}

func (b applicationBuilder) claims(t *thing) object {
	list := b.base() + "/applications/" + t.id + "/attributes"
	mappings := b.attributes[strings.ToLower(t.id)]
	if mappings == nil {
		b.need(list, "the claims of "+t.name())
	}
	claims := b.object("claims")
	for _, m := range mappings {
		value, ok := b.expression(m)
		if !ok {
			continue
		}
		b.groupsMatter = b.groupsMatter || strings.Contains(value, "${user.memberOfGroup") || strings.Contains(value, "${user.groups}")
		inToken, inUserinfo, required := b.flag(m, true, "idToken"), b.flag(m, true, "userInfo"), b.flag(m, false, "required")
		if b.items(m, "oidcScopes") != nil {
			b.ignore("oidcScopes of "+m.name(), m.at.String(), "the sandbox gives the claim whatever the scopes")
		}
		switch {
		case !inToken && !inUserinfo:
			b.ignore(m.name(), m.at.String(), "it is in no token")
		case inToken && inUserinfo && !required:
			claims.put(b.text(m, "name"), value)
		default:
			o := b.object("mapping")
			o.put("value", value)
			if inToken != inUserinfo {
				o.put("in", []string{map[bool]string{true: "id_token", false: "userinfo"}[inToken]})
			}
			if required {
				o.put("required", true)
			}
			claims.put(b.text(m, "name"), o)
		}
	}
	b.count("attribute mappings", b.counts["attribute mappings"]+len(claims.node.Content)/2)
	return claims
}

// assigned are the names of an application's policies, by priority.
func (b applicationBuilder) assigned(t *thing) []string {
	list := b.base() + "/applications/" + t.id
	assignments := b.policies[strings.ToLower(t.id)]
	flows := b.flows[strings.ToLower(t.id)]
	switch {
	case assignments == nil && !b.lists[list+"/signOnPolicyAssignments"] && flows == nil:
		b.need(list+"/signOnPolicyAssignments", "the policies of "+t.name()+"; until then the default one")
	case assignments == nil && flows == nil:
		b.need(list+"/flowPolicyAssignments", "the DaVinci policies of "+t.name()+", which has no other")
	}
	var names []string
	for _, a := range assignments {
		p := b.find("signOnPolicies", a.ref("signOnPolicy"))
		switch {
		case p == nil:
			b.need(b.base()+"/signOnPolicies", "the policies that applications use")
		case b.usable(p):
			names = append(names, b.text(p, "name"))
		}
	}
	return names
}
