package sandbox

import (
	"net/url"
	"strings"
	"testing"
)

const otherOrigin = "https://attacker.example.com"

// corsRequests are one request of a script for each kind of endpoint, made by
// an application that registers http://localhost:8080.
func corsRequests(t *testing.T, c *client) map[string]struct {
	method, address string
	policy          corsPolicy
} {
	app := idOf(t, "Sample Sign-On")
	query := params("client_id", app, "redirect_uri", "http://localhost:8080").Encode()
	id := c.flowID(c.get(c.auth + "/as/authorize?" + query))
	return map[string]struct {
		method, address string
		policy          corsPolicy
	}{
		"authorize":               {"GET", "/as/authorize?response_mode=pi.flow&" + query, corsRegistered},
		"read a flow":             {"GET", "/flows/" + id, corsRegistered},
		"act on a flow":           {"POST", "/flows/" + id, corsRegistered},
		"resume":                  {"GET", "/as/resume?flowId=" + id, corsRegistered},
		"signoff without a hint":  {"GET", "/as/signoff", corsRegistered},
		"userinfo":                {"GET", "/as/userinfo", corsAny},
		"discovery":               {"GET", "/as/.well-known/openid-configuration", corsAny},
		"keys":                    {"GET", "/as/jwks", corsAny},
		"sign-on page":            {"GET", "/signon/?flowId=" + id, corsNone},
		"authorize, Plain":        {"GET", "/as/authorize?" + params().Encode(), corsNone},
		"authorize, unknown":      {"GET", "/as/authorize?client_id=nobody", corsNone},
		"a flow that is not live": {"GET", "/flows/0e5a11ab-0000-4000-8000-000000000000", corsNone},
	}
}

func TestCORS(t *testing.T) {
	c := start(t)
	for name, row := range corsRequests(t, c) {
		for _, origin := range []string{samplePage, otherOrigin, "null"} {
			allowed := row.policy == corsAny || row.policy == corsRegistered && origin == samplePage
			want := map[corsPolicy]string{corsAny: "*", corsRegistered: origin}[row.policy]
			if !allowed {
				want = ""
			}
			pre := c.do("OPTIONS", c.auth+row.address, "", "", "Origin", origin, "Access-Control-Request-Method", row.method, "Access-Control-Request-Headers", "content-type")
			if got := pre.header.Get("Access-Control-Allow-Origin"); got != want || (pre.status == 204) != allowed {
				t.Errorf("%s, preflight from %s: %d, allows %q, want %q", name, origin, pre.status, got, want)
			}
			if allowed && (!strings.Contains(pre.header.Get("Access-Control-Allow-Methods"), row.method) || !strings.Contains(pre.header.Get("Access-Control-Allow-Headers"), "Content-Type") || strings.Contains(pre.header.Get("Access-Control-Allow-Headers"), "X-Requested-With")) {
				t.Errorf("%s, preflight from %s: %v", name, origin, pre.header)
			}
			r := c.do(row.method, c.auth+row.address, "", "", "Origin", origin)
			if got := r.header.Get("Access-Control-Allow-Origin"); got != want {
				t.Errorf("%s from %s: %d, allows %q, want %q", name, origin, r.status, got, want)
			}
			if credentials := r.header.Get("Access-Control-Allow-Credentials") == "true"; credentials != (allowed && row.policy == corsRegistered) {
				t.Errorf("%s from %s: credentials %v", name, origin, credentials)
			}
			if exposes := r.header.Get("Access-Control-Expose-Headers"); allowed && exposes != "Correlation-Id" {
				t.Errorf("%s from %s: exposes %q", name, origin, exposes)
			}
		}
		if r := c.do(row.method, c.auth+row.address, "", ""); r.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s without an origin: %v", name, r.header)
		}
	}
	if r := c.do("OPTIONS", c.auth+"/as/jwks", "", ""); r.status != 405 {
		t.Errorf("OPTIONS that is not a preflight: %d", r.status)
	}
}

// A resume that gives the tokens forgets its flow, and still lets the page read.
func TestCORSOfTheWholeSignOn(t *testing.T) {
	c := start(t)
	from := []string{"Origin", samplePage}
	query := params("client_id", idOf(t, "Sample"), "redirect_uri", "", "response_mode", "pi.flow").Encode()
	id := c.flowID(c.get(c.auth+"/as/authorize?"+query, from...))
	c.act(id, "usernamePassword.check", passwordOf("plain"))
	r := c.get(c.auth+"/as/resume?flowId="+id, from...)
	if member(r.json(t), "authorizeResponse", "access_token") == nil || r.header.Get("Access-Control-Allow-Origin") != samplePage {
		t.Errorf("resume: %s, %v", r.body, r.header)
	}
	token, _ := member(r.json(t), "authorizeResponse", "id_token").(string)
	r = c.get(c.auth+"/as/signoff?post_logout_redirect_uri="+samplePage+"&id_token_hint="+token, from...)
	if r.status != 302 || r.location() != samplePage || r.header.Get("Access-Control-Allow-Origin") != samplePage {
		t.Errorf("signoff: %d %q, %v", r.status, r.location(), r.header)
	}
}

// A fault for the first request is not used up by the browser's preflight.
func TestPreflightIsNotTheFirstRequest(t *testing.T) {
	c := start(t, "html-502-once:userinfo")
	if r := c.do("OPTIONS", c.auth+"/as/userinfo", "", "", "Origin", samplePage, "Access-Control-Request-Method", "GET"); r.status != 204 {
		t.Errorf("preflight: %d", r.status)
	}
	if r := c.userinfo("x"); r.status != 502 {
		t.Errorf("request: %d, want 502", r.status)
	}
}

func TestMatchOrigin(t *testing.T) {
	for _, row := range []struct {
		registered, origin string
		want               bool
	}{
		{"https://app.example.com", "https://app.example.com", true},
		{"https://app.example.com", "http://app.example.com", false},
		{"https://app.example.com", "https://app.example.com:8443", false},
		{"https://*.example.com", "https://app.example.com", true},
		{"https://*.example.com", "https://example.com", false},
		{"https://*.example.com", "https://attacker-example.com", false},
		{"https://*.example.com", "https://attacker.com/.example.com", false},
		{"https://*.example.com", "http://app.example.com", false},
		{"http://localhost:8080", "null", false},
	} {
		if got := matchOrigin(row.registered, row.origin); got != row.want {
			t.Errorf("matchOrigin(%q, %q) = %v", row.registered, row.origin, got)
		}
	}
}

// PingOne's sample makes its nonce of an alphabet with a semicolon, and sends
// it as it is.
func TestSemicolonInAParameter(t *testing.T) {
	c := start(t)
	const nonce = "ab;cd:_-.()!"
	r := c.get(c.auth + "/as/authorize?" + params("nonce", "").Encode() + "&nonce=" + nonce)
	id := c.flowID(r)
	c.act(id, "usernamePassword.check", passwordOf("plain"))
	_, v := answerOf(t, c.resume(id), "#")
	if _, claims := parts(t, v.Get("id_token")); claims["nonce"] != nonce {
		t.Errorf("nonce = %v, want %s", claims["nonce"], nonce)
	}
	r = c.do("POST", c.auth+"/as/authorize", "application/x-www-form-urlencoded", params("nonce", "").Encode()+"&nonce="+nonce)
	if r.status != 302 {
		t.Errorf("POST: %d %s", r.status, r.body)
	}
	if r := c.get(c.auth + "/as/resume?x=;&flowId=" + url.QueryEscape(id)); r.status != 404 {
		t.Errorf("resume again: %d", r.status)
	}
}
