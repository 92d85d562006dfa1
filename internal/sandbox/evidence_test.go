package sandbox

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// members returns the names of an object's own members in their order.
func members(t testing.TB, body []byte) []string {
	t.Helper()
	var names []string
	depth := 0
	for _, m := range regexp.MustCompile(`"(?:[^"\\]|\\.)*"\s*:?|[{}\[\]]`).FindAllString(string(body), -1) {
		switch {
		case m == "{" || m == "[":
			depth++
		case m == "}" || m == "]":
			depth--
		case depth == 1 && strings.HasSuffix(m, ":"):
			names = append(names, strings.Trim(m, `":`))
		}
	}
	return names
}

func sameOrder(t testing.TB, what string, got []string, want string) {
	t.Helper()
	if !slices.Equal(got, strings.Fields(want)) {
		t.Errorf("%s: members\n%v, want\n%v", what, got, strings.Fields(want))
	}
}

// A client in production posts the check without a cookie, and sends resume the
// cookies of the check's answer alone.
func TestCheckNeedsNoCookieAndResumeDoes(t *testing.T) {
	c := start(t)
	id := c.flowID(c.authorize("redirect_uri", "", "response_mode", "pi.flow"))
	if len(c.cookies) != 0 {
		t.Errorf("authorize set %v", c.cookies)
	}
	c.act(id, "usernamePassword.check", passwordOf("plain"))
	mine := c.cookies
	c.cookies = map[string]string{}
	if r := c.resume(id); r.status != 400 {
		t.Errorf("resume without the cookie: %d %s", r.status, r.body)
	}
	c.cookies = map[string]string{"ST": mine["ST"]}
	if r := c.resume(id); member(r.json(t), "authorizeResponse", "access_token") == nil {
		t.Errorf("resume with it: %s", r.body)
	}
}

// Steps after the credentials are for the browser that holds the cookie.
func TestStepsNeedTheCookie(t *testing.T) {
	c := start(t)
	id := c.toPasscode("sms")
	mine := c.cookies
	c.cookies = map[string]string{}
	if r := c.act(id, "otp.check", object{"otp": smsPasscode}); r.status != 400 || r.json(t)["code"] != "INVALID_REQUEST" {
		t.Errorf("passcode without the cookie: %d %s", r.status, r.body)
	}
	c.cookies = mine
	if r := c.act(id, "otp.check", object{"otp": smsPasscode}); r.json(t)["status"] != statusCompleted {
		t.Errorf("with it: %s", r.body)
	}
}

func TestFlowIsHAL(t *testing.T) {
	c := start(t)
	begun := c.authorize("response_mode", "pi.flow")
	id := c.flowID(begun)
	read := c.flow(id)
	acted := c.act(id, "usernamePassword.check", passwordOf("plain"))
	resumed := c.resume(id)
	for name, r := range map[string]*reply{"read": read, "acted": acted} {
		if got := r.header.Get("Content-Type"); got != "application/hal+json;charset=UTF-8" {
			t.Errorf("%s: %s", name, got)
		}
	}
	for name, r := range map[string]*reply{"authorize": begun, "resume": resumed} {
		if got := r.header.Get("Content-Type"); got != "application/json;charset=UTF-8" {
			t.Errorf("%s: %s", name, got)
		}
	}
	sameOrder(t, "begun", members(t, begun.body), "_links id environment resumeUrl status createdAt expiresAt _embedded")
	sameOrder(t, "done", members(t, acted.body), "_links id session resumeUrl status createdAt expiresAt _embedded authenticators")
	if links := acted.json(t)["_links"].(object); len(links) != 1 || links["self"] == nil {
		t.Errorf("links of a completed flow: %v", links)
	}
}

func TestExpiresAtSlides(t *testing.T) {
	c := start(t)
	id := c.flowID(c.authorize())
	c.clock.add(20 * time.Second)
	if j := c.flow(id).json(t); j["createdAt"] != "2026-03-04T05:06:07.000Z" || j["expiresAt"] != "2026-03-04T05:21:27.000Z" {
		t.Errorf("created %v, expires %v", j["createdAt"], j["expiresAt"])
	}
}

// A flow can fail with a reason before there is a session; resume reports it.
func TestFailedFlowSaysWhy(t *testing.T) {
	c := start(t)
	id := c.flowID(c.authorize("client_id", idOf(t, "MFA")))
	j := c.act(id, "usernamePassword.check", passwordOf("plain")).json(t)
	if j["status"] != statusFailed || member(j, "error", "code") != "NO_USABLE_DEVICES" || member(j, "error", "message") == nil {
		t.Errorf("no device: %v", j)
	}
	if _, v := answerOf(t, c.resume(id), "#"); v.Get("error") != "access_denied" {
		t.Errorf("resume: %v", v)
	}
	must(t, c.srv.Set("lockout-in-flow", true))
	c = c.fresh(t)
	id = c.flowID(c.authorize())
	c.act(id, "usernamePassword.check", passwordOf("locked"))
	if _, v := answerOf(t, c.resume(id), "#"); v.Get("error") != "access_denied" {
		t.Errorf("resume after a lock-out: %v", v)
	}
}

func TestDiscoveryIsComplete(t *testing.T) {
	c := start(t)
	r := c.discovery()
	sameOrder(t, "discovery", members(t, r.body), `issuer authorization_endpoint pushed_authorization_request_endpoint token_endpoint userinfo_endpoint jwks_uri
		end_session_endpoint check_session_iframe introspection_endpoint revocation_endpoint device_authorization_endpoint
		claims_parameter_supported request_parameter_supported request_uri_parameter_supported require_pushed_authorization_requests
		scopes_supported response_types_supported response_modes_supported grant_types_supported subject_types_supported
		id_token_signing_alg_values_supported userinfo_signing_alg_values_supported request_object_signing_alg_values_supported
		token_endpoint_auth_methods_supported token_endpoint_auth_signing_alg_values_supported claim_types_supported claims_supported
		code_challenge_methods_supported`)
	if frame, _ := r.json(t)["check_session_iframe"].(string); c.get(frame).status != 200 {
		t.Errorf("check_session_iframe %q", frame)
	}
}

func TestTokenShapes(t *testing.T) {
	c := start(t)
	v := c.values("scope", "openid profile email")
	for name, want := range map[string]string{
		"access_token": "client_id iss iat exp aud scope sub sid env org",
		"id_token": `iss sub aud iat exp acr amr auth_time at_hash sid nonce preferred_username given_name updated_at family_name email
			env org p1.region`,
	} {
		part := strings.Split(v.Get(name), ".")
		header, err := base64.RawURLEncoding.DecodeString(part[0])
		must(t, err)
		payload, err := base64.RawURLEncoding.DecodeString(part[1])
		must(t, err)
		sameOrder(t, "header of "+name, members(t, header), "kid alg")
		sameOrder(t, name, members(t, payload), want)
	}
}

// A path without a route never reaches PingOne: the gateway answers.
func TestEdgeErrors(t *testing.T) {
	c := start(t)
	for _, path := range []string{"/v1/environments", "/" + EnvironmentID + "/as/authorise", "/" + EnvironmentID + "/v1/as/authorize"} {
		r := c.get(c.srv.URL + path)
		if r.status != 403 || string(r.body) != `{"message":"Missing Authentication Token"}` || r.header.Get("Correlation-Id") != "" {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
	if r := c.get(c.auth+"/as/none", "Authorization", "Bearer x"); r.status != 403 || r.header.Get("X-Amzn-Errortype") != "IncompleteSignatureException" {
		t.Errorf("with a bearer token: %d %s", r.status, r.body)
	}
	must(t, c.srv.Set("cloudflare-429:discovery", true))
	r := c.get(c.auth+"/as/.well-known/openid-configuration", "Origin", "https://app.example.com")
	if r.status != 429 || !strings.HasPrefix(r.header.Get("Content-Type"), "text/html") || r.header.Get("Access-Control-Allow-Origin") != "" || r.header.Get("Retry-After") != "" {
		t.Errorf("rate limit: %d %v", r.status, r.header)
	}
	must(t, c.srv.Set("edge-403:jwks", true))
	if r := c.get(c.auth + "/as/jwks"); r.status != 403 || r.json(t)["message"] == nil || r.json(t)["code"] != nil {
		t.Errorf("edge-403: %d %s", r.status, r.body)
	}
}

func TestExternalAuthentication(t *testing.T) {
	c := start(t)
	id := c.flowID(c.authorize())
	j := c.act(id, "usernamePassword.check", passwordOf("external")).json(t)
	href, _ := member(j, "_embedded", "identityProvider", "_links", "authenticate", "href").(string)
	if !strings.HasPrefix(href, c.auth+"/rp/authenticate?providerId=") || member(j, "_links", "usernamePassword.check") != nil {
		t.Fatalf("external user: %v", j)
	}
	r := c.do("POST", href, "application/x-www-form-urlencoded", "")
	if _, v := answerOf(t, c.get(r.location()), "#"); v.Get("access_token") == "" {
		t.Errorf("after the provider: %v", v)
	}
}
