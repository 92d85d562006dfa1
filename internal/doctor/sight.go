package doctor

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// maxSight is how much of an answer is inspected, in bytes.
const maxSight = 1 << 20

// sights are the readings that the answers of a run show, and what decides between
// two of them. No value of an answer is kept.
type sights struct {
	mu     sync.Mutex
	base   *implicit.Request // as configured
	seen   map[string]bool   // by reading
	events map[string]bool   // what a reading follows from together with another
	acted  map[string]bool   // flows, by their IDs, that were acted on
}

func (s *sights) note(set *map[string]bool, name string) {
	if *set == nil {
		*set = map[string]bool{}
	}
	(*set)[name] = true
}

func (s *sights) see(name string)       { s.note(&s.seen, name) }
func (s *sights) remember(event string) { s.note(&s.events, event) }

func (s *sights) configure(base *implicit.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.base = base
}

// readings decides what follows from several answers, and leaves out what another
// reading explains.
func (s *sights) readings() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]bool{}
	for name := range s.seen {
		all[name] = true
	}
	e := s.events
	switch {
	case e["cookie: flow"]:
		all["cookies-on-every-leg"] = true
	case e["cookie: authorize"] && e["cookie: action"]:
		all["cookies-at-authorize"] = true
	case e["cookie: authorize"] && e["action"]:
		all["cookies-at-authorize-only"] = true
	}
	all["exact-loopback-port"] = e["request accepted"] && e["port refused"]
	for name, by := range explained() {
		all[name] = all[name] && !slices.ContainsFunc(by, func(other string) bool { return all[other] })
	}
	return sorted(all)
}

// explained are readings that look like another one.
func explained() map[string][]string {
	return map[string][]string{
		"default-mode-query":   {"errors-in-query"},
		"pi-flow-errors-oauth": {"errors-as-oauth-json"},
		"short-discovery":      {"discovery-2020"},
		"token-alias":          {"token-alias-query"},
	}
}

// watching is a transport whose answers are inspected.
type watching struct {
	sights *sights
	next   http.RoundTripper
}

func (w watching) RoundTrip(req *http.Request) (*http.Response, error) {
	params := parametersOf(req)
	resp, err := w.next.RoundTrip(req)
	if err != nil {
		return resp, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxSight))
	rest := resp.Body
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(body), after{err, rest}), rest}
	if err == nil {
		w.sights.look(&exchange{req: req, params: params, resp: resp, body: body})
	}
	return resp, nil
}

// after is what follows a body that was read: the error that ended it, or the rest.
type after struct {
	err  error
	rest io.Reader
}

func (a after) Read(p []byte) (int, error) {
	if a.err != nil {
		return 0, a.err
	}
	return a.rest.Read(p)
}

// parametersOf reads the query of a GET or the form of a POST, which stays as it is.
func parametersOf(req *http.Request) url.Values {
	if req.Method != http.MethodPost || req.GetBody == nil {
		return req.URL.Query()
	}
	body, err := req.GetBody()
	if err != nil {
		return nil
	}
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, maxSight))
	if err != nil || !strings.HasPrefix(req.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return nil
	}
	values, _ := url.ParseQuery(string(text))
	return values
}

// exchange is a request with its answer.
type exchange struct {
	req    *http.Request
	params url.Values
	resp   *http.Response
	body   []byte
}

// json returns the members of a JSON object; none for anything else.
func (x *exchange) json() map[string]any {
	var object map[string]any
	if json.Unmarshal(x.body, &object) != nil {
		return nil
	}
	return object
}

func (x *exchange) media() string {
	media, _, _ := strings.Cut(x.resp.Header.Get("Content-Type"), ";")
	return strings.TrimSpace(media)
}

// sessionCookie returns the session cookie that the answer sets.
func (x *exchange) sessionCookie() *http.Cookie {
	for _, c := range x.resp.Cookies() {
		if c.Name == "ST" && c.Value != "" {
			return c
		}
	}
	return nil
}

// look dispatches by the path of PingOne's endpoints.
func (s *sights) look(x *exchange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := x.req.URL.Path
	if c := x.sessionCookie(); c != nil && c.Path != "/" && c.Path != "" {
		s.see("cookie-path-environment")
	}
	_, flow, isFlow := strings.Cut(path, "/flows/")
	switch {
	case strings.HasSuffix(path, "/as/authorize"):
		s.authorize(x)
	case isFlow && x.req.Method == http.MethodPost:
		s.action(x, flow)
	case isFlow:
		s.flow(x)
	case strings.HasSuffix(path, "/as/resume"):
		s.resume(x)
	case strings.HasSuffix(path, "/as/userinfo"):
		s.userinfo(x)
	case strings.HasSuffix(path, "/as/jwks"):
		s.keys(x)
	case strings.HasSuffix(path, "/.well-known/openid-configuration"):
		s.discovery(x)
	case x.resp.StatusCode == http.StatusNotFound:
		s.see("edge-404")
	}
}

func (s *sights) discovery(x *exchange) {
	doc := x.json()
	if x.resp.StatusCode != http.StatusOK || doc == nil {
		return
	}
	if doc["authorization_response_iss_parameter_supported"] == true {
		s.see("iss-parameter")
	}
	if doc["claims_parameter_supported"] == true {
		s.see("discovery-2020")
	}
	if doc["subject_types_supported"] == nil {
		s.see("short-discovery")
	}
}

func (s *sights) keys(x *exchange) {
	list, _ := x.json()["keys"].([]any)
	for _, k := range list {
		key, _ := k.(map[string]any)
		if key["alg"] != nil {
			s.see("jwks-with-alg")
		}
		if key["kid"] == "default" {
			s.see("kid-default")
		}
	}
}

func (s *sights) flow(x *exchange) {
	if x.sessionCookie() != nil {
		s.remember("cookie: flow")
	}
	switch {
	case x.resp.StatusCode == http.StatusNotAcceptable && x.req.Header.Get("Accept") == "application/json":
		s.see("vendor-media-type")
	case x.resp.StatusCode == http.StatusOK && x.media() == "application/json":
		s.see("flow-json")
	}
}

func (s *sights) action(x *exchange, id string) {
	s.note(&s.acted, id)
	flow := x.json()
	if x.resp.StatusCode != http.StatusOK || flow == nil {
		return
	}
	s.remember("action")
	if x.sessionCookie() != nil {
		s.remember("cookie: action")
	}
	if x.media() == "application/json" {
		s.see("flow-json")
	}
	if next, ok := flow["id"].(string); ok && next != id {
		s.note(&s.acted, next)
		s.see("new-flow-id")
	}
	if flow["status"] == "COMPLETE" {
		s.see("complete-slip")
	}
}

func (s *sights) resume(x *exchange) {
	to := s.redirect(x)
	if s.base != nil && to != nil && strings.HasPrefix(to.String(), s.base.RedirectURI) && strings.Contains(to.EscapedFragment(), "+") {
		s.see("scope-plus")
	}
	if x.resp.StatusCode == http.StatusBadRequest && !s.acted[x.params.Get("flowId")] {
		s.see("unfinished-resume-400")
	}
}

func (s *sights) userinfo(x *exchange) {
	info := x.json()
	switch {
	case info == nil:
	case x.resp.StatusCode == http.StatusOK && info["env"] == nil:
		s.see("plain-userinfo")
	case x.resp.StatusCode >= 400 && info["error"] != nil:
		s.see("userinfo-oauth-errors")
	}
}

// redirect inspects how an answer redirects, and returns where.
func (s *sights) redirect(x *exchange) *url.URL {
	raw := x.resp.Header.Get("Location")
	to, err := url.Parse(raw)
	if raw == "" || err != nil {
		return nil
	}
	switch status := x.resp.StatusCode; status {
	case 301, 303, 307, 308:
		s.see(map[int]string{301: "redirect-301", 303: "redirect-303", 307: "redirect-307", 308: "redirect-308"}[status])
	}
	if !to.IsAbs() {
		s.see("relative-location")
	}
	return x.req.URL.ResolveReference(to)
}
