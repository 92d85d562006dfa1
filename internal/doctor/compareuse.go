package doctor

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/loopback"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// The settings that decide who may use the application, and how.

func (c comparison) par() Finding {
	f := setting("application_par", "parRequirement")
	if c.app.PAR == "REQUIRED" {
		return f.fail(fault.ExitRefused, "required", remedy(refusedPAR, c.req))
	}
	return f.ok("optional")
}

func (c comparison) requestObject() Finding {
	f := setting("application_request_object", "requireSignedRequestObject and supportUnsignedRequestObject")
	box := configuration + "Request Parameter Signature"
	object := slices.ContainsFunc(c.req.Params, func(p implicit.Param) bool { return p.Name == "request" && strings.HasSuffix(p.Value, ".") })
	switch {
	case c.app.RequireSigned && c.app.SupportUnsigned:
		return f.warn("both are true, and they exclude each other", "choose one ("+box+")")
	case c.app.RequireSigned:
		return f.fail(fault.ExitRefused, "a signed request object is required", "choose Default ("+box+"): an application without a key cannot sign")
	case object && !c.app.SupportUnsigned:
		return f.fail(fault.ExitRefused, "the request object is unsigned, and unsigned ones are not allowed", "choose Allow unsigned request parameters ("+box+")")
	}
	return f.ok("none is required")
}

func (c comparison) pkce() Finding {
	f := setting("application_pkce", "pkceEnforcement")
	if c.app.PKCE == "" {
		return f.ok("not set; it is for the authorization code alone")
	}
	return f.ok(c.app.PKCE + "; it is for the authorization code alone")
}

// scopes cannot tell which resource a custom scope belongs to, nor what is granted.
func (c comparison) scopes() Finding {
	f := setting("application_scopes", "requestScopesForMultipleResourcesEnabled")
	var platform, custom []string
	for _, scope := range strings.Fields(c.req.Scope) {
		switch {
		case strings.HasPrefix(scope, "p1:"):
			platform = append(platform, scope)
		case !slices.Contains([]string{"openid", "profile", "email", "address", "phone"}, scope):
			custom = append(custom, scope)
		}
	}
	switch {
	case platform != nil && custom != nil:
		return f.warn(fmt.Sprintf("%s are scopes of the PingOne API, %s are others", list(platform), list(custom)),
			"ask for the scopes of one resource at a time: those of the PingOne API never go with custom ones")
	case len(custom) > 1 && !c.app.ManyResources:
		return f.warn("off; asked for: "+list(custom), "if these scopes belong to several resources, ask for those of one at a time, or tick "+
			"Request scopes to access multiple resources ("+console+"Resources tab)")
	}
	return f.ok("the scopes asked for do not need it")
}

func (c comparison) signOnPage() Finding {
	f := setting("application_sign_on_page", "loginPageUrl")
	switch {
	case c.app.LoginPageURL == "":
		return f.ok("PingOne's own sign-on page")
	case c.app.LoginPageURL == c.req.RedirectURI:
		return f.warn("it is the redirect URI", "empty Signon URL: it is the page that asks for the password ("+console+"Overview tab)")
	}
	return f.ok("the application's own: " + c.app.LoginPageURL)
}

func (c comparison) access() Finding {
	f := setting("application_access", "accessControl")
	var saw []string
	if a := c.app.Access; a != nil {
		if a.Role != nil && a.Role.Type == "ADMIN_USERS_ONLY" {
			saw = append(saw, "administrators only")
		}
		if a.Group != nil && len(a.Group.Groups) > 0 {
			saw = append(saw, fmt.Sprintf("%s of %d groups", map[string]string{"ANY_GROUP": "any", "ALL_GROUPS": "all"}[a.Group.Type], len(a.Group.Groups)))
		}
	}
	if saw == nil {
		return f.ok("every user")
	}
	return f.warn(strings.Join(saw, "; "), "other users sign on and get access_denied instead of tokens ("+console+"Access tab)")
}

// cors matters to a page whose script calls PingOne, never to this program.
func (c comparison) cors() Finding {
	f := setting("application_cors", "corsSettings")
	u, err := url.Parse(c.req.RedirectURI)
	if err != nil || u.Host == "" || loopback.IsLocal(c.req.RedirectURI) {
		return f.skip("only a script in a web page needs it, and the redirect URI is not a web page")
	}
	origin := u.Scheme + "://" + u.Host
	change := "if a script of " + origin + " calls authorize, flows, resume or signoff, add the origin (" + configuration + "CORS Settings)"
	switch {
	case c.app.CORS == nil:
		return f.ok("not set: PingOne's default")
	case c.app.CORS.Behavior == "ALLOW_NO_ORIGINS":
		return f.warn("no origin is allowed", change)
	case !slices.ContainsFunc(c.app.CORS.Origins, func(o string) bool { return allowsOrigin(o, origin) }):
		return f.warn("allowed: "+list(c.app.CORS.Origins)+"; the redirect URI's: "+origin, change)
	}
	return f.ok("allowed: " + origin)
}

// allowsOrigin reports whether a registered origin is this one, or has it as a
// subdomain.
func allowsOrigin(registered, origin string) bool {
	before, after, wildcard := strings.Cut(registered, "*.")
	if !wildcard {
		return strings.EqualFold(registered, origin)
	}
	rest, ok := strings.CutPrefix(origin, before)
	return ok && strings.HasSuffix(rest, "."+after)
}

func (c comparison) signoffURLs() Finding {
	f := setting("application_signoff_urls", "postLogoutRedirectUris")
	if len(c.app.PostLogoutURIs) == 0 {
		return f.ok("none: after signing off, PingOne shows its own page (" + configuration + "Signoff URLs)")
	}
	return f.ok(list(c.app.PostLogoutURIs) + ": a signoff may name one of these, exactly as written")
}
