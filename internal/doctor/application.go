package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/loopback"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Application tries the request without a credential, and where it is refused, the
// same with one factor changed at a time.
func Application() Probe { return Probe{Name: "application", Ask: application} }

func tried(name, what string) Finding {
	return Finding{Name: name, Hop: HopApplication, Tried: what}
}

func application(ctx context.Context, r *Run) []Finding {
	base, why := r.base(ctx)
	if why != "" {
		return []Finding{tried("request", "the authorize request").skip(why)}
	}
	c := &check{r: r, base: base, refused: map[class]bool{}}
	c.first(ctx)
	if c.stopped(ctx) {
		return c.found
	}
	c.diagnose(ctx)
	c.summarize()
	return c.found
}

// base is the configured request without what belongs to a user; why is set where
// there is none to try.
func (r *Run) base(ctx context.Context) (req *implicit.Request, why string) {
	req = login.BlankRequest(r.Settings, r.via())
	if login.HasObject(req) {
		return nil, "a request object may be valid only once"
	}
	if req.Prompt == "none" {
		req.Prompt = ""
	}
	req.AllowQuery = r.PingOne() == nil
	if env := r.PingOne(); env != nil {
		req.Endpoint = env.Provider().AuthorizationEndpoint
		return req, ""
	}
	doc, err := r.document(ctx)
	if err != nil {
		return nil, "the address of authorize is unknown without a discovery document"
	}
	req.Endpoint = doc.AuthorizationEndpoint
	return req, ""
}

// check is the examination of one application.
type check struct {
	r    *Run
	base *implicit.Request

	ordinary, silent, other answer  // as configured, with prompt=none, by the other method
	port                    *answer // with a port, where a browser's sign-on would add one
	all                     []answer

	last    answer // to the request without the factors that were refused
	refused map[class]bool
	found   []Finding
}

// first sends what every run sends.
func (c *check) first(ctx context.Context) {
	changes := []change{nil, func(q *implicit.Request) { q.Prompt = "none" }, func(q *implicit.Request) { q.Method = otherMethod(q.Method) }}
	withPort, needed := addPort(c.base.RedirectURI)
	if needed {
		changes = append(changes, func(q *implicit.Request) { q.RedirectURI = withPort })
	}
	c.all = c.r.ask(ctx, c.base, changes...)
	c.ordinary, c.silent, c.other = c.all[0], c.all[1], c.all[2]
	c.last = c.ordinary
	if needed {
		c.port = &c.all[3]
	}
}

func otherMethod(method string) string {
	if method == http.MethodPost {
		return http.MethodGet
	}
	return http.MethodPost
}

// addPort gives a loopback redirect URI the port that the listener would give it.
func addPort(uri string) (with string, needed bool) {
	u, err := url.Parse(uri)
	if err != nil || u.Port() != "" || !loopback.IsLocal(uri) {
		return "", false
	}
	return strings.Replace(uri, u.Host, u.Host+":49152", 1), true
}

// stopped adds why nothing more can be said, where no answer says anything.
func (c *check) stopped(ctx context.Context) bool {
	f := tried("request", describe(c.ordinary.req))
	for _, a := range c.all {
		if a.class == refusedLimit {
			c.add(tried("rate_limit", describe(a.req)).failAs(a.err, "wait a few minutes, then run implicit doctor again"))
			return true
		}
	}
	switch c.ordinary.class {
	case notSent:
		c.add(f.unknown(text(c.ordinary.err)))
	case noAnswer:
		if c.r.discover(ctx).resp == nil {
			c.add(f.skip("the provider was not reached"))
		} else {
			c.add(f.failAs(c.ordinary.err, ""))
		}
	case refusedEdge:
		c.add(tried("edge", describe(c.ordinary.req)).failAs(c.ordinary.err, ""))
	case refusedPage:
		c.add(tried("sign_on_page", describe(c.ordinary.req)).failAs(c.ordinary.err, remedy(refusedPage, c.base)))
	case refusedClient:
		if status := c.r.discover(ctx).status(); status != http.StatusNotFound && status != http.StatusForbidden {
			return false
		}
		c.add(tried("client", describe(c.ordinary.req)).skip("the environment is not known"))
	default:
		return false
	}
	return true
}

func (c *check) add(f Finding) { c.found = append(c.found, f) }

// describe names a request in a line.
func describe(req *implicit.Request) string {
	text := fmt.Sprintf("%s authorize, response_type=%s", req.Method, req.ResponseType)
	if req.ResponseMode != "fragment" {
		text += ", response_mode=" + req.ResponseMode
	}
	if req.Prompt != "" {
		text += ", prompt=" + req.Prompt
	}
	if req.RedirectURI != "" {
		text += ", redirect_uri=" + req.RedirectURI
	}
	return text
}

// summarize says what the answers show of what was not refused.
func (c *check) summarize() {
	if len(c.refused) == 0 {
		c.accepted(c.last)
	} else {
		c.alsoKnown(c.last)
	}
	c.methods()
	f := tried("prompt_none", describe(c.silent.req))
	switch {
	case c.silent.class.passed():
		c.add(f.ok("without a session PingOne asks for the user, as it should"))
	case len(c.refused) > 0:
		c.add(f.skip("the request was refused before this was checked"))
	default:
		c.add(f.unknown("the answer is inconclusive: " + text(c.silent.err)))
	}
	if slices.ContainsFunc(c.all, func(a answer) bool { return a.again }) {
		c.add(tried("edge", "authorize").warn("no answer or a status of 5xx at first, then an answer", unsteady))
	}
}

// accepted says what an accepted request shows.
func (c *check) accepted(a answer) {
	if c.r.PingOne() == nil && a.err != nil && !c.silent.toRedirectURI() {
		for _, name := range []class{refusedClient, refusedRedirect, refusedType} {
			c.add(tried(string(name), describe(a.req)).unknown("the provider shows its own page: " + text(a.err)))
		}
		return
	}
	what := describe(a.req)
	c.add(tried("client", what).ok("the application is known and enabled"))
	if a.req.RedirectURI == "" {
		c.add(tried("redirect_uri", what).skip("pi.flow is used without one"))
	} else {
		c.add(c.portFinding(tried("redirect_uri", what).ok("registered: " + a.req.RedirectURI)))
	}
	c.add(tried("response_type", what).ok("enabled: " + a.req.ResponseType))
	if a.class == elsewhere {
		c.add(tried("policy", what).warn(text(a.err), "sign on with --via browser: the terminal cannot answer this policy"))
		return
	}
	if host := signOnHost(a); host != "" && !usualHost(host, c.r.Issuer()) {
		c.add(tried("sign_on_page", what).ok("the application has its own sign-on page at " + host))
	}
}

// portFinding warns where the redirect URI is accepted without a port alone.
func (c *check) portFinding(f Finding) Finding {
	if c.port == nil || c.port.class != refusedRedirect {
		return f
	}
	return f.warn("registered without a port, and refused with one", "a sign-on in this machine's browser adds a port: "+
		"register a URI with a fixed one, such as "+strings.Replace(c.port.req.RedirectURI, ":49152", ":8080", 1)+", and give it as --redirect-uri")
}

func signOnHost(a answer) string {
	if a.auth == nil || a.auth.SignOnURL == "" {
		return ""
	}
	u, err := url.Parse(a.auth.SignOnURL)
	if err != nil {
		return ""
	}
	return u.Host
}

// usualHost reports whether a sign-on page is PingOne's own.
func usualHost(host, issuer string) bool {
	u, err := url.Parse(issuer)
	return err == nil && strings.EqualFold(u.Host, host) || strings.HasPrefix(host, "apps.pingone.")
}

// alsoKnown says what a refusal shows of the rest: one that is sent to the redirect
// URI proves the application and the URI.
func (c *check) alsoKnown(a answer) {
	for _, name := range []class{refusedClient, refusedRedirect, refusedType} {
		f := tried(string(name), describe(a.req))
		switch {
		case c.refused[name]:
		case c.refused[refusedClient]:
			c.add(f.skip("the application is not known"))
		case a.class.passed(), name != refusedType && a.toRedirectURI():
			c.add(f.ok("accepted: " + map[class]string{refusedClient: a.req.ClientID, refusedRedirect: a.req.RedirectURI, refusedType: a.req.ResponseType}[name]))
		default:
			c.add(f.unknown("the request was refused before this was checked"))
		}
	}
}

// methods compares GET and POST.
func (c *check) methods() {
	f := tried("method", describe(c.other.req))
	configured, other := c.ordinary.class.passed(), c.other.class.passed()
	switch {
	case c.other.class == notSent || c.other.class == noAnswer:
		c.add(f.unknown(text(c.other.err)))
	case configured && !other:
		c.add(f.warn(c.other.req.Method+" is refused, "+c.base.Method+" accepted: "+text(c.other.err), "keep --method "+c.base.Method))
	case other && !configured:
		c.add(f.failAs(c.ordinary.err, "PingOne accepts the same request with the other method: --method "+c.other.req.Method))
	default:
		c.add(f.ok("GET and POST are answered alike"))
	}
}

// text is the text of an error; of a request that was not sent, why not.
func text(err error) string {
	var e *BudgetError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Error()
	}
	return err.Error()
}
