package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// explainRequest says why a request matched nothing, to the log and the journal.
func (s *Sandbox) explainRequest(why string) {
	s.request.why = why
	s.explain(why)
}

// explainClient says which application an unknown or disabled client ID is near to.
func (s *Sandbox) explainClient(c *call) {
	v := c.query()
	if c.r.Method == http.MethodPost {
		v, _ = parseQuery(string(c.body))
	}
	ids := v["client_id"]
	switch {
	case c.path != "/as/authorize":
		s.explainRequest(fmt.Sprintf("authorize: %q does not belong to this environment; its address is %s/authorize", c.r.URL.Path, c.issuer()))
	case len(ids) == 0:
		s.explainRequest("authorize: no client_id")
	case len(ids) > 1:
		s.explainRequest("authorize: client_id is repeated")
	case s.application(ids[0]) != nil:
		s.explainRequest("authorize: the application " + strconv.Quote(s.application(ids[0]).Name) + " is disabled")
	default:
		s.explainRequest(fmt.Sprintf("authorize: no application has the client ID %q; %s", ids[0], s.nearestApplication(ids[0], v.Get("redirect_uri"))))
	}
}

// nearestApplication looks for a client ID that differs little, then for a redirect
// URI that the request has.
func (s *Sandbox) nearestApplication(clientID, redirectURI string) string {
	ids := make([]string, len(s.apps))
	for i, a := range s.apps {
		ids[i] = a.ClientID
	}
	if id := nearest(clientID, ids); id != "" {
		return fmt.Sprintf("the closest is %q, of %q", id, s.clients[id].Name)
	}
	for _, a := range s.apps {
		if redirectURI != "" && matchRedirect(a.RedirectURIs, redirectURI, a.wildcard, true) {
			return fmt.Sprintf("the redirect URI is one of %q, whose client ID is %q", a.Name, a.ClientID)
		}
	}
	return "none is similar"
}

// explainRedirect says which registered redirect URI is the nearest, and what differs.
func (s *Sandbox) explainRedirect(app *application, uri string) {
	best, differs := "", []string(nil)
	for _, r := range app.RedirectURIs {
		if d := uriDifferences(r, uri); best == "" || len(d) < len(differs) {
			best, differs = r, d
		}
	}
	if best == "" {
		s.explainRequest(fmt.Sprintf("authorize: %q has no redirect URIs", app.Name))
		return
	}
	s.explainRequest(fmt.Sprintf("authorize: %q does not have the redirect URI %q; the closest is %q: %s", app.Name, addressOnly(uri), best, strings.Join(differs, ", ")))
}

// uriDifferences names the parts in which two addresses differ.
func uriDifferences(registered, uri string) []string {
	r, err := url.Parse(registered)
	if err != nil {
		return []string{"it differs"}
	}
	u, err := url.Parse(uri)
	if err != nil {
		return []string{"the request's is not a URL", "so nothing can be compared"}
	}
	var list []string
	for _, part := range []struct{ name, registered, sent string }{
		{"scheme", r.Scheme, u.Scheme}, {"host", r.Hostname(), u.Hostname()}, {"port", r.Port(), u.Port()},
		{"path", r.EscapedPath(), u.EscapedPath()}, {"query", r.RawQuery, u.RawQuery},
	} {
		switch {
		case part.registered == part.sent, part.name == "port" && part.registered == "" && isLoopback(r.Hostname()):
		case strings.TrimSuffix(part.registered, "/") == strings.TrimSuffix(part.sent, "/"):
			list = append(list, "the slash at the end differs")
		case part.name == "query":
			list = append(list, fmt.Sprintf("the query differs (registered %q, sent %q)", part.registered, namesOnly(part.sent)))
		default:
			list = append(list, fmt.Sprintf("the %s differs (registered %q, sent %q)", part.name, part.registered, part.sent))
		}
	}
	if len(list) == 0 {
		list = []string{"its spelling differs"}
	}
	return list
}
