package sandbox

import (
	"crypto/sha256"
	"encoding/base64"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// param is one parameter of an authorization response. The order is kept, and
// a name may appear more than once.
type param struct{ name, value string }

// percentEncode encodes a query component with %20 for a space.
func percentEncode(value string) string {
	return strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
}

// allows checks the application's access control, which PingOne evaluates
// when an implicit token is issued.
func (a *application) allows(user *account) bool {
	in := func(g string) bool { return slices.Contains(user.groups, g) }
	switch {
	case a.admins && !user.admin:
		return false
	case a.allGroups:
		return !slices.ContainsFunc(a.groups, func(g string) bool { return !in(g) })
	}
	return a.groups == nil || slices.ContainsFunc(a.groups, in)
}

// issue makes the tokens a request asked for.
func (s *Sandbox) issue(c *call, req *authRequest, sess *session) ([]param, *refusal) {
	s.request.account = sess.account
	if !req.app.allows(sess.account) {
		return nil, &refusal{code: "access_denied", description: "The user is not in a group that may access the application"}
	}
	name := req.app.lacks(sess.account)
	if s.on("attribute-missing") {
		name = "costCenter"
	}
	if name != "" {
		return nil, &refusal{code: "invalid_request", description: invalidMessage + ": The required attribute " + name + " has no value"}
	}
	g := grant{
		app: req.app, account: sess.account, sessionID: sess.id, scopes: req.scopes,
		nonce: req.nonce, acr: req.policy.name, amr: sess.amr, authTime: sess.authTime,
	}
	var params []param
	var accessToken string
	if req.token {
		token, lifetime, err := s.accessToken(c, g)
		if err != nil {
			return nil, s.issueFailed(err)
		}
		accessToken = token
		params = []param{{"access_token", token}, {"token_type", "Bearer"}, {"expires_in", strconv.Itoa(lifetime)}}
		if len(req.scopes) > 0 {
			params = append(params, param{"scope", strings.Join(req.scopes, " ")})
		}
	}
	if req.idToken {
		token, err := s.idToken(c, g, accessToken)
		if err != nil {
			return nil, s.issueFailed(err)
		}
		params = append(params, param{"id_token", token})
	}
	if req.state != "" {
		params = append(params, param{"state", req.state})
	}
	if req.app.sessionCheck || s.on("session-state") {
		params = append(params, param{"session_state", s.sessionState(req, sess)})
	}
	if s.on("iss-parameter") {
		params = append(params, param{"iss", c.issuer()})
	}
	return s.alterParams(params), nil
}

func (s *Sandbox) issueFailed(err error) *refusal {
	s.logError(err)
	return &refusal{code: "server_error", description: "An unexpected error has occurred"}
}

// sessionState is the value of OpenID Connect Session Management 2.
func (s *Sandbox) sessionState(req *authRequest, sess *session) string {
	origin := ""
	if u, err := url.Parse(req.redirectURI); err == nil {
		origin = u.Scheme + "://" + u.Host
	}
	salt := s.uuid()
	sum := sha256.Sum256([]byte(req.app.ClientID + " " + origin + " " + sess.id + " " + salt))
	return base64.RawURLEncoding.EncodeToString(sum[:]) + "." + salt
}

// alterParams applies the switches that act on the response.
func (s *Sandbox) alterParams(params []param) []param {
	drop := func(names ...string) {
		params = slices.DeleteFunc(params, func(p param) bool { return slices.Contains(names, p.name) })
	}
	replace := func(name, value string) {
		for i := range params {
			if params[i].name == name {
				params[i].value = value
			}
		}
	}
	if s.on("no-scope") {
		drop("scope")
	}
	if s.on("no-access-token") {
		drop("access_token", "token_type", "expires_in", "scope")
	}
	if s.on("no-id-token") {
		drop("id_token")
	}
	if s.on("no-state") {
		drop("state")
	}
	if s.on("wrong-state") {
		drop("state")
		params = append(params, param{"state", "a-state-that-was-not-sent"})
	}
	if s.on("wrong-token-type") {
		replace("token_type", "mac")
	}
	if s.on("wrong-iss-parameter") {
		drop("iss")
		params = append(params, param{"iss", "https://attacker.example.com/as"})
	}
	if s.on("surplus-code") {
		params = append(params, param{"code", s.uuid()})
	}
	if s.on("error-beside-tokens") {
		params = append(params, param{"error", "temporarily_unavailable"})
	}
	if s.on("duplicate-parameter") {
		params = append(params, params...)
	}
	if s.on("token-alias") || s.on("token-alias-query") {
		for i := range params {
			if params[i].name == "access_token" {
				params[i].name = "token"
			}
		}
	}
	return params
}

// respond answers with the tokens, or why there are none, where the request
// asked for them. It is not for pi.flow.
func (s *Sandbox) respond(c *call, req *authRequest, sess *session) *answer {
	params, refused := s.issue(c, req, sess)
	if refused != nil {
		return s.refuse(c, req, refused)
	}
	mode := req.mode
	if mode == modeFlow {
		mode = modeFragment
	}
	if s.on("token-alias-query") && mode == modeFragment {
		mode = modeQuery
	}
	return s.sendParams(req.redirectURI, mode, params)
}

// responseValues are the members of authorizeResponse.
func (s *Sandbox) responseValues(c *call, req *authRequest, sess *session) (map[string]any, *refusal) {
	params, refused := s.issue(c, req, sess)
	if refused != nil {
		return nil, refused
	}
	values := map[string]any{}
	for _, p := range params {
		values[p.name] = p.value
		if n, err := strconv.Atoi(p.value); p.name == "expires_in" && err == nil {
			values[p.name] = n
		}
		if s.on("bare-authorize-response") && p.name != "access_token" && p.name != "id_token" && p.name != "token" {
			delete(values, p.name)
		}
	}
	return values, nil
}

// sendParams carries parameters to a redirect URI: OAuth 2.0 Multiple
// Response Type Encoding Practices 2.1, OAuth 2.0 Form Post Response Mode.
func (s *Sandbox) sendParams(redirectURI, mode string, params []param) *answer {
	if mode == modeForm {
		return formPost(redirectURI, params)
	}
	encoded := make([]string, len(params))
	for i, p := range params {
		encoded[i] = percentEncode(p.name) + "=" + percentEncode(p.value)
		if s.on("scope-plus") {
			encoded[i] = strings.ReplaceAll(encoded[i], "%20", "+")
		}
	}
	tail := strings.Join(encoded, "&")
	separator := "?"
	if strings.Contains(redirectURI, "?") {
		separator = "&"
	}
	switch {
	case s.on("two-channels"):
		return redirect(redirectURI + separator + tail + "#" + tail)
	case mode == modeQuery:
		return redirect(redirectURI + separator + tail)
	}
	return redirect(redirectURI + "#" + tail)
}

const submitScript = "document.forms[0].submit()"

// formPost is a page that submits itself, by hand where scripts are off.
func formPost(action string, params []param) *answer {
	var b strings.Builder
	b.WriteString("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Signing on</title></head><body>\n<form method=\"post\" action=\"" + html.EscapeString(action) + "\">\n")
	for _, p := range params {
		b.WriteString("<input type=\"hidden\" name=\"" + html.EscapeString(p.name) + "\" value=\"" + html.EscapeString(p.value) + "\">\n")
	}
	b.WriteString("<noscript><button>Continue</button></noscript>\n</form>\n<script>" + submitScript + "</script>\n</body></html>\n")
	a := newAnswer(http.StatusOK, "text/html; charset=utf-8", []byte(b.String()))
	sum := sha256.Sum256([]byte(submitScript))
	a.header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; script-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	a.header.Set("Referrer-Policy", "no-referrer")
	return a
}
