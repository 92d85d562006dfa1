package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/loopback"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// diagnose names what is refused. One factor after the other is replaced by a form
// that passes, so that a second cause is found behind the first.
func (c *check) diagnose(ctx context.Context) {
	if c.other.class.passed() && !c.ordinary.class.passed() {
		c.last = c.other // the method is the cause, and methods says so
		return
	}
	for len(c.refused) < 4 && !c.last.class.passed() && c.last.class != notSent {
		cause, passing := c.last.class, []answer(nil)
		if cause == refusedOther && readable(c.last.err) {
			cause, passing = c.search(ctx)
		} else if !c.refused[cause] {
			passing = c.without(cause, c.r.ask(ctx, c.last.req, variants(cause, c.last.req)...))
		}
		if c.refused[cause] {
			return
		}
		c.refused[cause] = true
		c.add(c.refusal(cause, passing))
		if len(passing) == 0 {
			return
		}
		c.last = passing[0]
	}
}

// readable reports whether an answer is a refusal of the request, and not something
// else in PingOne's place.
func readable(err error) bool {
	var platform *pingone.Error
	var refused *implicit.AuthorizeError
	if errors.As(err, &platform) {
		return platform.Status >= 400 || platform.Kind == pingone.KindHosted
	}
	return errors.As(err, &refused)
}

// without returns the answers in which the cause is gone.
func (c *check) without(cause class, answers []answer) []answer {
	return slices.DeleteFunc(answers, func(a answer) bool {
		return a.class == cause || a.class == notSent || a.class == noAnswer || a.class == refusedEdge || a.class == refusedLimit
	})
}

// search finds the cause of a refusal that does not name it: the factor without
// which the request passes.
func (c *check) search(ctx context.Context) (class, []answer) {
	causes := []class{refusedRedirect, refusedType, refusedScope}
	var all []change
	var of []class
	for _, cause := range causes {
		for _, v := range variants(cause, c.last.req) {
			all, of = append(all, v), append(of, cause)
		}
	}
	answers := c.r.ask(ctx, c.last.req, all...)
	for _, cause := range causes {
		var passing []answer
		for i, a := range answers {
			if of[i] == cause && a.class.passed() {
				passing = append(passing, a)
			}
		}
		if passing != nil {
			return cause, passing
		}
	}
	return refusedOther, nil
}

// variants changes one factor of a request.
func variants(cause class, req *implicit.Request) (all []change) {
	switch cause {
	case refusedRedirect:
		for _, uri := range redirectForms(req.RedirectURI) {
			all = append(all, func(q *implicit.Request) { q.RedirectURI = uri })
		}
	case refusedType:
		for _, t := range []string{"token id_token", "id_token", "token"} {
			if !sameWords(t, req.ResponseType) {
				all = append(all, func(q *implicit.Request) { q.ResponseType = t })
			}
		}
	case refusedScope:
		scopes := strings.Fields(req.Scope)
		if req.Scope != "openid" {
			all = append(all, func(q *implicit.Request) { q.Scope = "openid" })
		}
		for i := 0; len(scopes) > 1 && i < min(len(scopes), 3); i++ {
			rest := strings.Join(slices.Delete(slices.Clone(scopes), i, i+1), " ")
			all = append(all, func(q *implicit.Request) { q.Scope = rest })
		}
	}
	return all
}

func sameWords(a, b string) bool {
	x, y := strings.Fields(a), strings.Fields(b)
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// redirectForms are other ways in which the same redirect URI may be registered: with
// another slash at the end, another name of loopback, without its port.
func redirectForms(uri string) (forms []string) {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" {
		return nil
	}
	add := func(form string) {
		if form != uri && !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	if free, ok := loopback.PortFree(uri); ok {
		add(free)
	}
	other := map[string]string{"localhost": "127.0.0.1", "127.0.0.1": "localhost"}[u.Hostname()]
	if other != "" {
		add(strings.Replace(uri, u.Hostname(), other, 1))
	}
	path := *u
	path.Path, path.RawPath = strings.TrimSuffix(u.Path, "/"), ""
	if path.Path == u.Path {
		path.Path += "/"
	}
	add(path.String())
	return forms
}

// refusal is the finding about a cause; passing are the answers without it.
func (c *check) refusal(cause class, passing []answer) Finding {
	change := remedy(cause, c.last.req)
	var refused *pingone.Error
	if change == "" && errors.As(c.last.err, &refused) {
		change = otherRemedy(refused)
	}
	provider := "PingOne"
	if c.r.PingOne() == nil { // whose console is another
		provider, change = "the provider", fault.Of(c.last.err, fault.Context{}).Hint
	}
	f := tried(string(cause), describe(c.last.req)).failAs(c.last.err, change)
	if len(passing) == 0 {
		return f
	}
	p := passing[0].req
	switch cause {
	case refusedRedirect:
		f.Change = fmt.Sprintf("use --redirect-uri %s, which %s accepts, or %s", p.RedirectURI, provider, f.Change)
	case refusedType:
		f.Change = fmt.Sprintf("%s; %s accepts --response-type %q", f.Change, provider, p.ResponseType)
	case refusedScope:
		f.Change = fmt.Sprintf("%s; %s accepts --scope %q", f.Change, provider, p.Scope)
	}
	return f
}

// otherRemedy is for refusals without a known cause; empty: use the error's own hint.
func otherRemedy(e *pingone.Error) string {
	switch {
	case e.Status == http.StatusRequestHeaderFieldsTooLarge:
		return tooLarge
	case strings.EqualFold(e.Code, "requestTimedOut"), strings.EqualFold(e.Code, "timedOut"):
		return "the application's DaVinci flow did not answer in time: look at the flow and its connectors (console: DaVinci)"
	case strings.Contains(e.Message, "Policy ID"):
		return "--acr-values names a DaVinci policy that the application does not have (" + console + "Policies tab)"
	}
	return ""
}

const (
	console       = "console: Applications, the application, "
	configuration = console + "Configuration tab, "
)

// remedy says what to change for a cause, and where. Empty: use the error's own hint.
func remedy(cause class, req *implicit.Request) string {
	switch cause {
	case refusedClient:
		return "check the client ID, and that the application is enabled and in this environment (" + console + "Overview tab): " +
			"PingOne does not say which of these is wrong"
	case refusedRedirect:
		return fmt.Sprintf("register exactly %q for this application (%sRedirect URIs; not Signon URL)", req.RedirectURI, configuration)
	case refusedType:
		return fmt.Sprintf("enable Grant Type Implicit and the Response Types of %q (%sResponse Type and Grant Type), and wait a minute", req.ResponseType, configuration)
	case refusedScope:
		return "grant the scopes to the application (" + console + "Resources tab), and ask for those of one resource at a time: openid belongs to none"
	case refusedPAR:
		return "set PAR to optional: an implicit sign-on has no pushed request (" + configuration + "Require Pushed Authorization Request)"
	case refusedPage:
		return "check the application's own sign-on page (" + configuration + "Login page): its address must keep flowId and environmentId"
	}
	return ""
}
