package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// CORS as PingOne documents it: what a token authorizes, and what is public,
// trusts every origin; what the session cookie authorizes trusts the origins
// registered on the application; the hosted pages trust none.
type corsPolicy int

const (
	corsNone corsPolicy = iota
	corsAny
	corsRegistered
)

func corsOf(leg string) corsPolicy {
	switch leg {
	case legAuthorize, legFlow, legResume, legSignoff:
		return corsRegistered
	case legPage:
		return corsNone
	}
	return corsAny
}

// corsHeaders are the request headers that PingOne lets a script send.
// X-Requested-With is not among them.
const corsHeaders = "Accept, Accept-Language, Authorization, Content-Language, Content-Length, Content-Type, Cookie, Correlation-Id, " +
	"Origin, Origin-Cookies, Range, Referer, Referrer, X-Amz-Date, X-Amz-Security-Token, X-Api-Key, X-client-version, X-Content-Type-Options"

// allowedOrigin returns the headers by which a browser lets the page that
// sent a request read the answer, or nil. It is called before the request is
// handled: resume forgets its flow, and with it the application.
func (s *Sandbox) allowedOrigin(c *call, leg string) http.Header {
	origin := c.r.Header.Get("Origin")
	if origin == "" {
		return nil
	}
	h := http.Header{"Access-Control-Expose-Headers": {"Correlation-Id"}}
	switch corsOf(leg) {
	case corsAny:
		h.Set("Access-Control-Allow-Origin", "*")
		return h
	case corsRegistered:
		if !slices.ContainsFunc(s.originsFor(c, leg), func(r string) bool { return matchOrigin(r, origin) }) {
			return nil
		}
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
		h.Set("Vary", "Origin")
		return h
	}
	return nil
}

// originsFor returns the origins registered on the application of a request:
// on every application where signoff does not name one.
func (s *Sandbox) originsFor(c *call, leg string) []string {
	if s.on("no-origins") {
		return nil
	}
	app := s.applicationOf(c, leg)
	if app != nil {
		return app.Origins
	}
	if leg != legSignoff {
		return nil
	}
	var all []string
	for _, a := range s.apps {
		all = append(all, a.Origins...)
	}
	return all
}

func (s *Sandbox) applicationOf(c *call, leg string) *application {
	var f *flow
	switch leg {
	case legFlow:
		f = s.flows[strings.TrimPrefix(c.path, "/flows/")]
	case legResume, legPage:
		f = s.flows[c.query().Get("flowId")]
	case legUserinfo:
		_, token, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
		claims, _ := s.ownClaims(token)
		id, _ := claims["client_id"].(string)
		return s.application(id)
	case legAuthorize, legSignoff:
		v := c.query()
		if c.r.Method == http.MethodPost {
			v, _ = parseQuery(string(c.body))
		}
		if leg == legAuthorize {
			return s.application(v.Get("client_id"))
		}
		app, _, _ := s.readHint(c, v.Get("id_token_hint"))
		return app
	}
	if f == nil {
		return nil
	}
	return f.req.app
}

// matchOrigin reports whether an origin is the registered one or, where that
// begins with *., a subdomain of it.
func matchOrigin(registered, origin string) bool {
	before, after, wildcard := strings.Cut(registered, "*.")
	if !wildcard {
		return registered == origin
	}
	rest, ok := strings.CutPrefix(origin, before)
	return ok && strings.HasSuffix(rest, "."+after) && !strings.ContainsAny(rest, "/@?#")
}

func (c *call) isPreflight() bool {
	return c.r.Method == http.MethodOptions && c.r.Header.Get("Access-Control-Request-Method") != ""
}

// preflight answers an OPTIONS request (Fetch standard, CORS-preflight fetch).
func preflight(r route, allow http.Header) *answer {
	if allow == nil {
		return newAnswer(http.StatusForbidden, "text/plain; charset=utf-8", []byte("the application does not register this origin"))
	}
	a := newAnswer(http.StatusNoContent, "", nil)
	a.header.Set("Access-Control-Allow-Methods", strings.Join(r.methods, ", "))
	a.header.Set("Access-Control-Allow-Headers", corsHeaders)
	return a
}

// parseQuery reads a query or a form. A semicolon is a character like others
// (WHATWG URL); url.ParseQuery refuses it.
func parseQuery(raw string) (url.Values, error) {
	return url.ParseQuery(strings.ReplaceAll(raw, ";", "%3B"))
}

// query returns the parameters of the address; those that do not parse are left out.
func (c *call) query() url.Values {
	v, _ := parseQuery(c.r.URL.RawQuery)
	return v
}
