package sandbox

import (
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// readApplications reads the list of applications.
func readApplications(r *tenantReader, n *yaml.Node, t *Tenant) {
	r.list(n, func(item *yaml.Node) { readApplication(r, item, t) })
}

func readApplication(r *tenantReader, item *yaml.Node, t *Tenant) {
	var a application
	readObject(r, item, "an application", r.schema.app, &a, "name")
	if a.ClientID == "" {
		a.ClientID = stableID("application", a.Name)
	}
	r.unique(item, "client ID", a.ClientID)
	r.checkRedirectURIs(item, &a)
	t.apps = append(t.apps, a)
}

func applicationKeys() keys[application] {
	return keys[application]{
		{"name", "Application Name", asText(func(a *application) *string { return &a.Name })},
		{"client_id", "Client ID", asText(func(a *application) *string { return &a.ClientID })},
		{"type", "Application Type", ignored[application]("SINGLE_PAGE_APP", "NATIVE_APP", "WEB_APP", "CUSTOM_APP")},
		{"enabled", "Enabled", asNoFlag(func(a *application) *bool { return &a.disabled })},
		{"grant_types", "Grant Type", func(r *tenantReader, n *yaml.Node, a *application) {
			a.noImplicit = true
			r.list(n, func(item *yaml.Node) {
				if r.word(item, "IMPLICIT", "AUTHORIZATION_CODE", "REFRESH_TOKEN", "CLIENT_CREDENTIALS", "DEVICE_CODE") == "IMPLICIT" {
					a.noImplicit = false
				}
			})
		}},
		{"response_types", "Response Type", func(r *tenantReader, n *yaml.Node, a *application) {
			a.responseTypes = []string{}
			r.list(n, func(item *yaml.Node) {
				a.responseTypes = append(a.responseTypes, r.word(item, "TOKEN", "ID_TOKEN", "CODE"))
			})
		}},
		{"redirect_uris", "Redirect URIs", func(r *tenantReader, n *yaml.Node, a *application) {
			if a.RedirectURIs = r.texts(n); len(a.RedirectURIs) == 0 {
				r.mistake(n, "expected at least one redirect URI")
			}
		}},
		{"allow_wildcard_in_redirect_uris", "Allow Redirect URI patterns", asFlag(func(a *application) *bool { return &a.wildcard })},
		{"post_logout_redirect_uris", "Signoff URLs", asTexts(func(a *application) *[]string { return &a.PostLogoutRedirectURIs })},
		{"login_page_url", "Signon URL", func(r *tenantReader, n *yaml.Node, a *application) {
			a.LoginPageURL = r.text(n)
			if u, err := url.Parse(a.LoginPageURL); a.LoginPageURL != "" && (err != nil || u.Scheme == "" || u.Host == "" || u.RawQuery != "" || u.Fragment != "") {
				r.mistake(n, "expected scheme://host/path, found %q", a.LoginPageURL)
			}
		}},
		{"origins", "CORS Settings", func(r *tenantReader, n *yaml.Node, a *application) {
			r.list(n, func(item *yaml.Node) {
				origin := r.text(item)
				if origin != "" && !isOrigin(origin) {
					r.mistake(item, "expected an origin, scheme://host[:port] without a path, found %q", origin)
				}
				a.Origins = append(a.Origins, origin)
			})
		}},
		{"scopes", "Allowed Scopes", readGrantedScopes},
		{"request_scopes_for_multiple_resources_enabled", "Request Scopes for Multiple Resources", asFlag(func(a *application) *bool { return &a.multiResource })},
		{"groups", "Group Membership Policy", func(r *tenantReader, n *yaml.Node, a *application) {
			if a.groups = r.texts(n); len(a.groups) == 0 {
				r.mistake(n, "expected at least one group; leave the key out for all users")
			}
		}},
		{"group_match", "Any of the selected groups, All of the selected groups", func(r *tenantReader, n *yaml.Node, a *application) {
			a.allGroups = r.word(n, "ANY_GROUP", "ALL_GROUPS") == "ALL_GROUPS"
		}},
		{"admins_only", "Admin Only Access", asFlag(func(a *application) *bool { return &a.admins })},
		{"policies", "Policies", readAssignedPolicies},
		{"davinci", "DaVinci Policies", asFlag(func(a *application) *bool { return &a.davinci })},
		{"attributes", "Attribute Mappings", func(r *tenantReader, n *yaml.Node, a *application) {
			a.attributes = r.mappings(n, inIDToken, inUserinfo)
		}},
		{"id_token_lifetime", "", asSeconds(func(a *application) *int { return &a.idTokenLifetime })},
		{"access_token_lifetime", "", asSeconds(func(a *application) *int { return &a.accessTokenLifetime })},
		{"par_requirement", "PAR Requirement", func(r *tenantReader, n *yaml.Node, a *application) {
			a.parRequired = r.word(n, "OPTIONAL", "REQUIRED") == "REQUIRED"
		}},
		{"support_unsigned_request_object", "Support Unsigned Request Object", asFlag(func(a *application) *bool { return &a.unsignedJWT })},
		{"idp_signoff", "Terminate User Session by ID Token", asFlag(func(a *application) *bool { return &a.idpSignoff })},
		{"op_session_check_enabled", "OIDC Session Management", asFlag(func(a *application) *bool { return &a.sessionCheck })},
		{"include_x5t", "Include X5T Parameter", asFlag(func(a *application) *bool { return &a.includeX5t })},
		{"always_reauthenticate", "", asFlag(func(a *application) *bool { return &a.reauth })},
		{"switches", "", func(r *tenantReader, n *yaml.Node, a *application) {
			a.switches = map[string]bool{}
			for _, name := range r.switches(n, true) {
				names, _ := expandSwitch(name) // the reader has refused what is unknown
				for _, full := range names {
					a.switches[full] = true
				}
			}
		}},
		{"note", "Description", asText(func(a *application) *string { return &a.Note })},
	}
}

// readGrantedScopes takes a list as all that is granted, openid always with it.
func readGrantedScopes(r *tenantReader, n *yaml.Node, a *application) {
	a.oidc = []string{"openid"}
	r.list(n, func(item *yaml.Node) {
		scope := r.text(item)
		switch {
		case scope == "" || scope == "openid":
		case slices.Contains(oidcScopes(), scope):
			a.oidc = append(a.oidc, scope)
		default:
			a.Scopes = append(a.Scopes, scope)
			r.afterwards(func() { r.checkScope(item, scope) })
		}
	})
}

func (r *tenantReader) checkScope(n *yaml.Node, scope string) {
	known := oidcScopes()
	for _, res := range r.t.resources {
		known = append(known, res.scopes...)
	}
	if !strings.HasPrefix(scope, "p1:") && !slices.Contains(known, scope) {
		r.mistake(n, "no resource has the scope %q%s", scope, didYouMean(scope, known))
	}
}

func readAssignedPolicies(r *tenantReader, n *yaml.Node, a *application) {
	r.list(n, func(item *yaml.Node) {
		name := r.text(item)
		a.policies = append(a.policies, name)
		r.afterwards(func() {
			var known []string
			for _, p := range slices.Concat(r.t.policies, builtInPolicies()) {
				known = append(known, p.name)
			}
			if name != "" && !slices.Contains(known, name) {
				r.mistake(item, "unknown policy %q%s", name, didYouMean(name, known))
			}
		})
	})
	if len(a.policies) == 0 {
		r.mistake(n, "expected at least one policy; leave the key out for the default one")
	}
}

// checkRedirectURIs holds redirect and signoff URIs to PingOne's rules.
func (r *tenantReader) checkRedirectURIs(n *yaml.Node, a *application) {
	check := func(key string, uris []string, wildcard bool) {
		r.below(step{key: key}, func() {
			for i, uri := range uris {
				if problem := redirectProblem(uri, wildcard); uri != "" && problem != "" {
					r.below(step{index: i}, func() { r.mistake(itemOf(n, key, i), "%s: %q", problem, uri) })
				}
			}
		})
	}
	check("redirect_uris", a.RedirectURIs, a.wildcard)
	check("post_logout_redirect_uris", a.PostLogoutRedirectURIs, false)
}

func redirectProblem(uri string, wildcard bool) string {
	u, err := url.Parse(uri)
	switch {
	case err != nil || u.Scheme == "" || u.Host == "" && u.Opaque == "" && u.Path == "":
		return "a redirect URI is absolute: scheme://host/path"
	case strings.Contains(uri, "#"):
		return "a redirect URI has no fragment"
	case !strings.Contains(uri, "*"):
		return ""
	case !wildcard:
		return "a redirect URI has an asterisk only with allow_wildcard_in_redirect_uris"
	case strings.Count(uri, "*") > 1 || strings.Contains(u.Host, "*") || strings.Contains(u.Scheme, "*"):
		return "a redirect URI has one asterisk, in the path or the query"
	}
	return ""
}

// itemOf returns the node of an item of a list, or n where aliases hide it.
func itemOf(n *yaml.Node, key string, i int) *yaml.Node {
	for k := 0; n.Kind == yaml.MappingNode && k+1 < len(n.Content); k += 2 {
		if list := n.Content[k+1]; n.Content[k].Value == key && list.Kind == yaml.SequenceNode && i < len(list.Content) {
			return list.Content[i]
		}
	}
	return n
}
