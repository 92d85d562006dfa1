package doctor

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// authorize inspects an answer to the configured request, or one that differs from it
// in one factor.
func (s *sights) authorize(x *exchange) {
	if x.sessionCookie() != nil {
		s.remember("cookie: authorize")
	}
	for _, c := range x.resp.Cookies() {
		if c.Name == "AWSELB" {
			s.see("load-balancer-cookie")
		}
	}
	to := s.redirect(x)
	if x.resp.StatusCode < 500 && x.resp.StatusCode != http.StatusTooManyRequests && x.resp.Header.Get("Correlation-Id") == "" {
		s.see("no-correlation-id")
	}
	hosted := to != nil && strings.HasSuffix(to.Path, "/signon/") && to.Query().Get("error") != ""
	if hosted {
		s.hosted(to.Query().Get("error"))
	}
	switch {
	case s.base == nil: // what is configured is not known
	case x.params.Get("response_mode") == "pi.flow":
		s.piFlow(x)
	case x.params.Get("client_id") != s.base.ClientID:
		if x.resp.StatusCode >= 400 && x.json()["code"] != nil {
			s.see("unknown-client-json")
		}
	case to != nil && to.Query().Get("flowId") != "":
		s.began(x, to)
	case withPortOf(x.params.Get("redirect_uri"), s.base.RedirectURI):
		if x.params.Get("prompt") == "" {
			s.remember("port refused")
		}
	case x.params.Get("prompt") == "none" && x.params.Get("redirect_uri") == s.base.RedirectURI:
		s.silent(x, to, hosted)
	}
}

// hosted inspects the error that PingOne's own page shows.
func (s *sights) hosted(text string) {
	again, err := url.QueryUnescape(text)
	switch {
	case json.Valid([]byte(text)):
	case strings.HasPrefix(strings.TrimSpace(text), "<"):
		s.see("hosted-error-html")
	case err == nil && again != text && json.Valid([]byte(again)):
		s.see("hosted-error-encoded")
	default:
		s.see("hosted-error-text")
	}
}

func (s *sights) piFlow(x *exchange) {
	if x.resp.StatusCode < 400 {
		return
	}
	if x.params.Get("redirect_uri") == "" {
		s.see("pi-flow-needs-redirect-uri")
	}
	if x.json()["error"] != nil {
		s.see("pi-flow-errors-oauth")
	}
}

// began inspects a sign-on that begins.
func (s *sights) began(x *exchange, to *url.URL) {
	if x.params.Get("redirect_uri") == s.base.RedirectURI {
		s.remember("request accepted")
	}
	if to.Host != x.req.URL.Host && !strings.HasPrefix(to.Host, "apps.pingone.") {
		s.see("login-page-url")
	}
}

// silent inspects the answer to prompt=none without a session: an error, and where it
// is.
func (s *sights) silent(x *exchange, to *url.URL, hosted bool) {
	mode := x.params.Get("response_mode")
	code := ""
	if to != nil && strings.HasPrefix(to.String(), s.base.RedirectURI) {
		code = s.atApplication(to, mode)
	} else if x.params.Get("nonce") != "" && x.params.Get("response_type") == s.base.ResponseType && mode == "fragment" {
		s.notAtApplication(x, hosted)
	}
	s.refused(x, cmp.Or(code, codeOf(x, to)))
}

// codeOf is the error code of an answer that is not in an address of the application.
func codeOf(x *exchange, to *url.URL) string {
	body := x.json()
	if to != nil {
		_ = json.Unmarshal([]byte(to.Query().Get("error")), &body)
	}
	details, _ := body["details"].([]any)
	for _, d := range details {
		if detail, _ := d.(map[string]any); detail["target"] != nil { // a parameter is wrong
			return "invalid_request"
		}
	}
	for _, name := range []string{"error", "code"} {
		if code, ok := body[name].(string); ok {
			return strings.ToLower(code)
		}
	}
	return ""
}

// refused inspects a code for which the one factor must be the reason: the configured
// request needs the user, and nothing else.
func (s *sights) refused(x *exchange, code string) {
	switch {
	case code == "unauthorized_client" && x.params.Get("response_type") == "code":
		s.see("unauthorized-response-type")
	case code != "invalid_request":
	case x.params.Get("nonce") == "":
		s.see("nonce-required")
	case x.params.Get("response_mode") == "query":
		s.see("query-mode-refused")
	}
}

// atApplication inspects an error in an address of the application, and returns its
// code.
func (s *sights) atApplication(to *url.URL, mode string) string {
	raw, inQuery := to.EscapedFragment(), false
	if raw == "" {
		raw, inQuery = strings.TrimPrefix(to.RawQuery, query(s.base.RedirectURI)), true
	}
	values, _ := url.ParseQuery(raw)
	switch {
	case values.Get("error") == "":
		return ""
	case inQuery && mode == "fragment":
		s.see("errors-in-query")
	case inQuery && mode == "":
		s.see("default-mode-query")
	}
	if strings.Contains(raw, "+") {
		s.see("scope-plus")
	}
	if values.Get("iss") != "" {
		s.see("iss-parameter")
	}
	return values.Get("error")
}

// query is that of a redirect URI, as far as an answer continues it.
func query(uri string) string {
	if u, err := url.Parse(uri); err == nil && u.RawQuery != "" {
		return u.RawQuery + "&"
	}
	return ""
}

// notAtApplication looks at an error that should be in an address of the application.
func (s *sights) notAtApplication(x *exchange, hosted bool) {
	body := x.json()
	switch {
	case hosted:
		s.see("errors-hosted")
	case x.resp.StatusCode < 400 || x.resp.StatusCode >= 500:
	case body["code"] != nil:
		s.see("errors-as-json")
	case body["error"] != nil:
		s.see("errors-as-oauth-json")
	case x.media() == "text/html":
		s.see("errors-as-html")
	}
}

// result inspects a response that was validated.
func (s *sights) result(r *implicit.Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if resp := r.Unverified.Response; resp != nil {
		s.response(resp)
	}
	id, access := r.Unverified.IDToken, r.Unverified.AccessToken
	if id != nil {
		s.idToken(id, access, r.Unverified.Response)
	}
	if access != nil && has(access, "jti") && has(access, "acr") && has(access, "auth_time") {
		s.see("more-claims")
	}
	for _, token := range []*implicit.Claims{id, access} {
		if token == nil {
			continue
		}
		var header map[string]any
		if json.Unmarshal(token.Header(), &header) == nil && header["typ"] != nil {
			s.see("typ-header")
		}
	}
}

func (s *sights) response(r *implicit.Response) {
	names := map[string]bool{}
	for _, name := range r.Names() {
		names[name] = true
	}
	switch {
	case r.TokenAlias && r.Channel == implicit.ChannelQuery:
		s.see("token-alias-query")
	case r.TokenAlias:
		s.see("token-alias")
	}
	if !r.AccessToken.Empty() && !names["scope"] && r.Channel != implicit.ChannelFlow {
		s.see("no-scope")
	}
	if names["session_state"] {
		s.see("session-state")
	}
	if names["iss"] {
		s.see("iss-parameter")
	}
}

func (s *sights) idToken(id, access *implicit.Claims, r *implicit.Response) {
	both, scope := r != nil && !r.AccessToken.Empty(), ""
	if both {
		scope = r.Scope
	}
	if access != nil && scope == "" {
		scope = access.Text("scope")
	}
	if both && !has(id, "at_hash") {
		s.see("no-at-hash")
	}
	if raw, ok := id.Lookup("aud"); ok && strings.HasPrefix(string(raw), "[") {
		s.see("aud-array")
	}
	if at, ok := id.Time("auth_time"); ok && at.Before(time.Unix(1e9, 0)) {
		s.see("auth-time-thousandth")
	}
	if !has(id, "env") && !has(id, "org") {
		s.see("no-env-org")
	}
	if both && strings.Contains(" "+scope+" ", " profile ") && !has(id, "preferred_username") {
		s.see("no-profile-in-id-token")
	}
}

func has(c *implicit.Claims, name string) bool {
	_, ok := c.Lookup(name)
	return ok
}
