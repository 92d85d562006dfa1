package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"
)

// PingOne's limits on what it reads.
const (
	maxHeader = 6 << 10 // bytes of request line and headers together
	maxBody   = 1 << 20
)

// call is one request on its way through the sandbox.
type call struct {
	r           *http.Request
	path        string // within the environment
	elsewhere   string // the same within another environment, where it is a known path
	base, auth  string // scheme://host[:port]; the same with the environment
	body        []byte
	now         time.Time
	correlation string
	cookies     []*http.Cookie // for the answer
}

func (c *call) issuer() string { return c.auth + "/as" }

// answer is one response, whole before the first byte leaves, so that faults
// can break it.
type answer struct {
	status int
	header http.Header
	body   []byte
	edge   bool // not from PingOne itself: no headers of it
}

func newAnswer(status int, contentType string, body []byte) *answer {
	a := &answer{status: status, header: http.Header{}, body: body}
	if contentType != "" {
		a.header.Set("Content-Type", contentType)
	}
	return a
}

func jsonAnswer(status int, v any) *answer {
	body, err := json.Marshal(v)
	if err != nil { // nothing the sandbox builds fails to encode
		return newAnswer(http.StatusInternalServerError, "text/plain; charset=utf-8", []byte("cannot encode the answer"))
	}
	return newAnswer(status, "application/json;charset=UTF-8", body)
}

func redirect(location string) *answer {
	a := newAnswer(http.StatusFound, "", nil)
	a.header.Set("Location", location)
	return a
}

// otherEnvironment matches a path that begins with an environment ID.
var otherEnvironment = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(/.*)$`)
})

// route says how a path is handled.
type route struct {
	leg     string
	methods []string
	handle  func(*call) *answer
}

func (s *Sandbox) route(path string) (route, bool) {
	if id, ok := strings.CutPrefix(path, "/flows/"); ok && id != "" && !strings.Contains(id, "/") {
		return route{legFlow, []string{"GET", "POST"}, s.flow}, true
	}
	r, ok := map[string]route{
		"/as/authorize":                        {legAuthorize, []string{"GET", "POST"}, s.authorize},
		"/as/resume":                           {legResume, []string{"GET"}, s.resume},
		"/as/jwks":                             {legJWKS, []string{"GET"}, s.jwks},
		"/as/userinfo":                         {legUserinfo, []string{"GET", "POST"}, s.userinfo},
		"/as/signoff":                          {legSignoff, []string{"GET", "POST"}, s.signoff},
		"/as/idpSignoff":                       {legSignoff, []string{"GET", "POST"}, s.idpSignoff},
		"/as/idp-signoff":                      {legSignoff, []string{"GET", "POST"}, s.idpSignoff},
		"/as/.well-known/openid-configuration": {legDiscovery, []string{"GET"}, s.discovery},
		"/as/checksession":                     {legPage, []string{"GET"}, checkSession},
		"/as/par":                              {"", []string{"POST"}, s.needsSecret},
		"/as/token":                            {"", []string{"POST"}, s.needsSecret},
		"/as/introspect":                       {"", []string{"POST"}, s.needsSecret},
		"/as/revoke":                           {"", []string{"POST"}, s.needsSecret},
		"/as/device_authorization":             {"", []string{"POST"}, s.needsSecret},
		"/signon/":                             {legPage, []string{"GET", "POST"}, s.page},
		"/signon/signedoff":                    {legPage, []string{"GET"}, s.signedOffPage},
		"/rp/authenticate":                     {legPage, []string{"GET", "POST"}, s.providerPage},
	}[path]
	return r, ok
}

// needsSecret answers the endpoints that an implicit client cannot use: no
// application of the sandbox has a secret.
func (s *Sandbox) needsSecret(c *call) *answer {
	return jsonAnswer(http.StatusUnauthorized, map[string]string{
		"error": "invalid_client", "error_description": s.describe(c, "Request denied: Unsupported authentication method"),
	})
}

// ServeHTTP implements http.Handler.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return // the client went away
	}
	a, how, e := s.answer(r, body)
	s.record(e) // before the client has the answer, so that it finds it in the journal
	how.deliver(w, r, a)
}

func (s *Sandbox) answer(r *http.Request, body []byte) (*answer, delivery, Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.request = new(request)
	defer s.endRequest()
	c := s.newCall(r, body)
	a, how, leg := s.dispatch(c)
	return a, how, s.event(c, leg, a)
}

func (s *Sandbox) newCall(r *http.Request, body []byte) *call {
	c := &call{r: r, base: s.base, body: body, now: s.clock(), correlation: s.uuid()}
	if c.base == "" {
		c.base = "http://" + r.Host
		if r.TLS != nil {
			c.base = "https://" + r.Host
		}
	}
	c.auth = s.authURL(c.base)
	c.path = strings.TrimPrefix(c.auth, c.base)
	if rest, ok := strings.CutPrefix(r.URL.Path, c.path); ok {
		c.path = rest
	} else {
		c.path = ""
	}
	if m := otherEnvironment().FindStringSubmatch(r.URL.Path); m != nil {
		if _, known := s.route(m[1]); known {
			c.elsewhere = m[1]
		}
	}
	if r.URL.Path == "/.well-known/oauth-authorization-server"+strings.TrimPrefix(c.issuer(), c.base) {
		c.path = "/as/.well-known/openid-configuration" // RFC 8414 3.1
	}
	return c
}

// clock is the time the sandbox believes it is.
func (s *Sandbox) clock() time.Time {
	now := s.now().Add(s.shift)
	if s.on("clock-ahead") {
		now = now.Add(10 * time.Minute)
	}
	if s.on("clock-behind") {
		now = now.Add(-2 * time.Hour)
	}
	return now
}

// dispatch finds and runs the handler, with the faults of its leg around it.
func (s *Sandbox) dispatch(c *call) (*answer, delivery, string) {
	r, known := s.route(c.path)
	leg := r.leg
	switch {
	case c.isPreflight():
		leg = "" // faults are for the request that follows
	case leg == legFlow && c.r.Method == http.MethodPost:
		leg = legAction
	}
	s.sweep(c.now)
	if s.scoped || len(s.limited) > 0 || r.leg == legAuthorize || r.leg == legFlow || r.leg == legResume || r.leg == legPage {
		s.request.app = s.applicationOf(c, r.leg) // of the others only a signature shows it
	}
	how := s.delivery(leg)
	a := s.faultAnswer(c, leg)
	if a == nil {
		a = s.handle(c, r, known)
		s.vary(c, leg, a)
	}
	s.finish(c, leg, a)
	return a, how, leg
}

func (s *Sandbox) handle(c *call, r route, known bool) *answer {
	switch {
	case !known && c.elsewhere == "/as/authorize", s.on("unknown-environment") && r.leg == legAuthorize:
		return s.unknown(c)
	case known && s.on("unknown-environment") && r.leg != legPage:
		return s.notFound(c)
	case !known && c.elsewhere != "":
		return s.notFound(c)
	case !known:
		return s.edge(c)
	}
	allow := s.allowedOrigin(c, r.leg)
	a := s.handleRoute(c, r, allow)
	if !a.edge {
		maps.Copy(a.header, allow)
	}
	return a
}

func (s *Sandbox) handleRoute(c *call, r route, allow http.Header) *answer {
	switch {
	case c.isPreflight():
		return preflight(r, allow)
	case headerSize(c.r) > maxHeader && r.leg != legSignoff:
		return newAnswer(http.StatusRequestHeaderFieldsTooLarge, "text/html; charset=utf-8", []byte("<html><head><title>431 Request Header Fields Too Large</title></head></html>"))
	case len(c.body) > maxBody:
		return s.platformError(c, http.StatusRequestEntityTooLarge, "INVALID_REQUEST", "The request body is too large.")
	}
	for _, m := range r.methods {
		if m == c.r.Method {
			return r.handle(c)
		}
	}
	a := s.platformError(c, http.StatusMethodNotAllowed, "INVALID_REQUEST", "The method is not supported here.")
	a.header.Set("Allow", strings.Join(r.methods, ", "))
	return a
}

func headerSize(r *http.Request) int {
	n := len(r.Method) + len(r.RequestURI) + len(r.Host)
	for name, values := range r.Header {
		for _, v := range values {
			n += len(name) + len(v) + 4
		}
	}
	return n
}

// finish adds what every answer carries.
func (s *Sandbox) finish(c *call, leg string, a *answer) {
	for _, cookie := range c.cookies {
		a.header.Add("Set-Cookie", cookie.String())
	}
	a.header.Set("Date", c.now.UTC().Format(http.TimeFormat))
	a.header.Set("X-Content-Type-Options", "nosniff")
	if leg != legJWKS && leg != legDiscovery {
		a.header.Set("Cache-Control", "no-store")
	}
	if !s.on("no-correlation-id") && !a.edge {
		a.header.Set("Correlation-Id", c.correlation)
	}
}

// uuid returns a random UUID (RFC 9562 5.4).
func (s *Sandbox) uuid() string {
	var b [16]byte
	s.random(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
