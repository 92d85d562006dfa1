package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// CompareWith compares the configured request with the settings of its application.
// Nothing is sent.
func CompareWith(app *Registered) Probe {
	return Probe{Name: "application settings", Ask: func(_ context.Context, r *Run) []Finding {
		c := comparison{app: app, req: login.BlankRequest(r.Settings, login.ViaBrowser)}
		if env := r.PingOne(); env != nil {
			c.authURL = env.AuthURL()
		}
		return c.findings()
	}}
}

// comparison is of a request with the settings of an application.
type comparison struct {
	app     *Registered
	req     *implicit.Request
	authURL string // of the environment
}

// setting begins a finding about one setting, by its name in the API.
func setting(name, member string) Finding {
	return Finding{Name: name, Hop: HopApplication, Tried: "read " + member + " of the application"}
}

func (c comparison) findings() []Finding {
	identity := c.identity()
	if identity.Status == Failed {
		return []Finding{identity} // the rest is another application's
	}
	return []Finding{identity, c.protocol(), c.enabled(), c.grant(), c.responseTypes(), c.redirectURIs(), c.par(), c.requestObject(), c.pkce(),
		c.scopes(), c.signOnPage(), c.access(), c.cors(), c.signoffURLs()}
}

func (c comparison) identity() Finding {
	f := setting("application_id", "id and environment")
	last := c.authURL[strings.LastIndex(c.authURL, "/")+1:]
	switch {
	case !strings.EqualFold(c.app.ID, c.req.ClientID):
		return f.fail(fault.ExitUsage, fmt.Sprintf("the file describes the application %s (%s), the request is for %s", c.app.Name, c.app.ID, c.req.ClientID),
			"--client-id "+c.app.ID+", or save the other application")
	case c.app.Environment.ID != "" && isID(last) && !strings.EqualFold(c.app.Environment.ID, last):
		return f.fail(fault.ExitUsage, fmt.Sprintf("the application is in the environment %s, the request goes to %s", c.app.Environment.ID, last),
			"--environment-id "+c.app.Environment.ID)
	}
	return f.ok(c.app.Name + ", " + c.app.ID)
}

func (c comparison) protocol() Finding {
	f := setting("application_type", "protocol and type")
	saw := c.app.Protocol + ", " + c.app.Type
	const change = "create an OpenID Connect application of the type Single-Page (console: Applications, +): its type cannot be changed later"
	switch {
	case c.app.Protocol != "OPENID_CONNECT", slices.Contains([]string{"WORKER", "SERVICE"}, c.app.Type):
		return f.fail(fault.ExitRefused, saw, change)
	case !slices.Contains([]string{"SINGLE_PAGE_APP", "NATIVE_APP", "CUSTOM_APP"}, c.app.Type):
		return f.warn(saw+": the implicit grant is for single-page and native applications", change)
	}
	return f.ok(saw)
}

func (c comparison) enabled() Finding {
	f := setting("application_enabled", "enabled")
	switch {
	case c.app.Enabled == nil:
		return f.unknown("the file does not say")
	case !*c.app.Enabled:
		return f.fail(fault.ExitRefused, "the application is disabled", "switch it on ("+console+"the toggle at the top)")
	}
	return f.ok("enabled")
}

func (c comparison) grant() Finding {
	f := setting("application_grant", "grantTypes")
	saw := list(c.app.GrantTypes)
	if !slices.Contains(c.app.GrantTypes, "IMPLICIT") {
		return f.fail(fault.ExitRefused, saw, "tick Implicit ("+configuration+"Grant Type)")
	}
	return f.ok(saw)
}

func (c comparison) responseTypes() Finding {
	f := setting("application_response_types", "responseTypes")
	boxes := map[string]string{"TOKEN": "Token", "ID_TOKEN": "ID Token"}
	var missing []string
	for _, asked := range strings.Fields(c.req.ResponseType) {
		if name := strings.ToUpper(asked); !slices.Contains(c.app.ResponseTypes, name) {
			missing = append(missing, boxes[name])
		}
	}
	saw := list(c.app.ResponseTypes) + "; asked for: " + c.req.ResponseType
	if missing != nil {
		return f.fail(fault.ExitRefused, saw, "tick "+strings.Join(missing, " and ")+" ("+configuration+"Response Type), or ask for less: --response-type")
	}
	return f.ok(saw)
}

func (c comparison) redirectURIs() Finding {
	f := setting("application_redirect_uris", "redirectUris")
	uri := c.req.RedirectURI
	register := fmt.Sprintf("register exactly %q (%sRedirect URIs)", uri, configuration)
	saw := list(c.app.RedirectURIs) + "; asked for: " + uri
	switch match := c.app.match(uri); {
	case uri == "" && c.req.ResponseMode == "pi.flow":
		return f.ok("none is needed with pi.flow")
	case match == matches:
		return c.withPort(f.ok(saw))
	case match == matchesAnyPort && c.app.Type == "NATIVE_APP":
		return f.ok(saw + ": a loopback URI without a port matches any port")
	case match == matchesAnyPort:
		return f.warn(saw+": PingOne documents for native applications alone that a loopback URI without a port matches any port",
			"if it is refused, "+register)
	case len(c.app.RedirectURIs) == 0 && c.app.LoginPageURL != "":
		return f.fail(fault.ExitRefused, saw, register+"; a URI under Signon URL does not count")
	}
	return f.fail(fault.ExitRefused, saw, register+c.nearest(uri))
}

// withPort warns where the URI is registered without the port that the browser's
// sign-on adds.
func (c comparison) withPort(f Finding) Finding {
	with, needed := addPort(c.req.RedirectURI)
	if !needed || c.app.Type == "NATIVE_APP" || c.app.match(with) == matches {
		return f
	}
	return f.warn(f.Saw+": a sign-on in this machine's browser adds a port, and PingOne documents for native applications alone that any port matches",
		"if it is refused, register a URI with a fixed port, and give it as --redirect-uri")
}

// nearest names a registered URI that differs in its form alone.
func (c comparison) nearest(uri string) string {
	for _, form := range redirectForms(uri) {
		if slices.Contains(c.app.RedirectURIs, form) {
			return ", or use the registered one: --redirect-uri " + form
		}
	}
	return ""
}

func list(values []string) string {
	if len(values) == 0 {
		return "none"
	}
	return strings.Join(values, ", ")
}
