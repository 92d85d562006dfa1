package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"
)

// idOf returns the client ID of an application by its name.
func idOf(t testing.TB, name string) string {
	t.Helper()
	for _, a := range Applications() {
		if a.Name == name {
			return a.ClientID
		}
	}
	t.Fatalf("no application %q", name)
	return ""
}

func TestAuthorizeRefusesWithoutRedirecting(t *testing.T) {
	c := start(t)
	for name, changes := range map[string][]string{
		"foreign redirect URI":          {"redirect_uri", "https://attacker.example.com/callback"},
		"other path":                    {"redirect_uri", "http://127.0.0.1/callback/"},
		"other path with port":          {"redirect_uri", "http://127.0.0.1:8400/callback2"},
		"https for http":                {"redirect_uri", "https://127.0.0.1:8400/callback"},
		"user in loopback":              {"redirect_uri", "http://127.0.0.1:80@attacker.example.com/callback"},
		"loopback look-alike":           {"redirect_uri", "http://127.0.0.1.example.com/callback"},
		"fragment":                      {"redirect_uri", "http://127.0.0.1:8400/callback#x"},
		"query":                         {"redirect_uri", "http://127.0.0.1:8400/callback?x=y"},
		"no redirect URI":               {"redirect_uri", ""},
		"fixed port registered":         {"redirect_uri", "http://127.0.0.1:7465/callback", "client_id", idOf(t, "Fixed Port")},
		"pattern across a segment":      {"redirect_uri", "https://app.example.com/th/is/cb", "client_id", idOf(t, "Wildcard")},
		"pattern with other prefix":     {"redirect_uri", "https://app.example.com/oidc/cb", "client_id", idOf(t, "Wildcard")},
		"pattern with a dot segment":    {"redirect_uri", "http://127.0.0.1/cb/..", "client_id", idOf(t, "Wildcard")},
		"pattern taken as a literal":    {"redirect_uri", "https://app.example.com/th*/cb", "client_id", idOf(t, "Plain")},
		"pattern in front of the query": {"redirect_uri", "https://app.example.com/th?x=/cb", "client_id", idOf(t, "Wildcard")},
	} {
		t.Run(name, func(t *testing.T) {
			r := c.authorize(changes...)
			uri, v := answerOf(t, r, "?")
			if r.status != 302 || uri != c.auth+"/signon/" {
				t.Fatalf("authorize = %d %q, want the hosted page", r.status, r.location())
			}
			var hosted struct {
				ID, Code, Message string
				Details           []struct{ Code, Target, Message string }
			}
			err := json.Unmarshal([]byte(v.Get("error")), &hosted)
			if err != nil || hosted.Code != "INVALID_DATA" || len(hosted.Details) != 1 || hosted.Details[0].Code != "INVALID_VALUE" || hosted.Details[0].Target != "redirect_uri" {
				t.Fatalf("hosted error = %q, %v", v.Get("error"), err)
			}
			message := hosted.Details[0].Message
			if changes[1] != "" && !strings.Contains(message, "Redirect URI mismatch") || !strings.Contains(message, "(Correlation ID: "+hosted.ID+")") {
				t.Errorf("message = %q, want Redirect URI mismatch and the correlation ID", message)
			}
		})
	}
	for name, changes := range map[string][]string{
		"unknown client":  {"client_id", "c11e0000-0000-4000-8000-123456789012"},
		"no client":       {"client_id", ""},
		"disabled client": {"client_id", idOf(t, "Disabled")},
	} {
		for _, mode := range []string{"fragment", "pi.flow"} {
			r := c.authorize(append(changes, "response_mode", mode)...)
			c.hostedNotFound(name+" "+mode, r)
		}
	}
	c.hostedNotFound("unknown environment", c.get(c.srv.URL+"/11111111-1e00-4000-8000-00005a4db0c5/as/authorize?"+params().Encode()))
}

func (c *client) hostedNotFound(name string, r *reply) {
	c.t.Helper()
	_, v := answerOf(c.t, r, "?")
	var hosted object
	if err := json.Unmarshal([]byte(v.Get("error")), &hosted); err != nil || hosted["code"] != "NOT_FOUND" || !strings.HasPrefix(r.location(), c.auth+"/signon/?error=") {
		c.t.Errorf("%s: authorize = %d %q, want the hosted page with NOT_FOUND", name, r.status, r.location())
	}
}

func TestAuthorizeAcceptsRegisteredRedirectURIs(t *testing.T) {
	c := start(t)
	for uri, app := range map[string]string{
		"http://127.0.0.1/callback":                 "Plain",
		"http://127.0.0.1:1/callback":               "Plain",
		"http://localhost:65535/callback":           "Plain",
		"http://[::1]:8400/callback":                "Plain",
		"https://app.example.com/callback":          "Plain",
		"https://app.example.com/this/cb":           "Wildcard",
		"http://127.0.0.1/cb/x":                     "Wildcard",
		"http://127.0.0.1:7464/callback":            "Fixed Port",
		"https://app.example.com/callback?tenant=a": "Fixed Port",
	} {
		if r := c.authorize("redirect_uri", uri, "client_id", idOf(t, app)); r.status != 302 || !strings.Contains(r.location(), "?flowId=") {
			t.Errorf("%s: authorize = %d %q, want a flow", uri, r.status, r.location())
		}
	}
}

// Once the redirect URI has matched, errors are sent to it, with state.
func TestAuthorizeErrors(t *testing.T) {
	c := start(t)
	par := idOf(t, "PAR")
	rows := map[string]struct {
		code    string
		about   string
		changes []string
	}{
		"grant off":                {"unsupported_response_type", "Request failed: Unsupported response type: token id_token", []string{"client_id", idOf(t, "No Implicit")}},
		"token app, both asked":    {"unsupported_response_type", "", []string{"client_id", idOf(t, "Token Only")}},
		"id_token app, token":      {"unsupported_response_type", "", []string{"client_id", idOf(t, "ID Token Only"), "response_type", "token"}},
		"code in the fragment":     {"unsupported_response_type", "", []string{"response_type", "code", "response_mode", "fragment"}},
		"hybrid":                   {"unsupported_response_type", "", []string{"response_type", "code id_token"}},
		"a type twice":             {"unsupported_response_type", "", []string{"response_type", "token token"}},
		"no response type":         {"invalid_request", "response_type", []string{"response_type", ""}},
		"unknown mode":             {"invalid_request", "response_mode", []string{"response_mode", "web_message"}},
		"nothing granted":          {"invalid_scope", "At least one scope must be granted", []string{"scope", "orders:read"}},
		"id_token without openid":  {"invalid_scope", "openid", []string{"response_type", "id_token", "scope", "profile"}},
		"two resources":            {"invalid_scope", "multiple resources", []string{"client_id", idOf(t, "Resources"), "scope", "openid orders:read invoices:read"}},
		"API and custom resource":  {"invalid_scope", "multiple resources", []string{"client_id", idOf(t, "Resources"), "scope", "orders:read p1:read:user"}},
		"prompt=none, no session":  {"login_required", "", []string{"prompt", "none"}},
		"prompt=none login":        {"invalid_request", "prompt", []string{"prompt", "none login"}},
		"max_age in words":         {"invalid_request", "max_age", []string{"max_age", "soon"}},
		"max_age negative":         {"invalid_request", "max_age", []string{"max_age", "-1"}},
		"policy not assigned":      {"invalid_request", "acr_values", []string{"acr_values", "Agreement"}},
		"no pushed request":        {"invalid_request", "pushed", []string{"client_id", par}},
		"request_uri made up":      {"invalid_request_uri", "", []string{"client_id", par, "request_uri", "urn:ietf:params:oauth:request_uri:x"}},
		"request object forbidden": {"invalid_request_object", "", []string{"request", "e30.e30."}},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			uri, v := answerOf(t, c.authorize(row.changes...), "#")
			if uri != "http://127.0.0.1:8400/callback" || v.Get("error") != row.code || v.Get("state") != "a=state==" {
				t.Errorf("error at %q: %v, want %s", uri, v, row.code)
			}
			if d := v.Get("error_description"); !strings.Contains(d, row.about) || !strings.Contains(d, "(Correlation ID: ") || !strings.HasSuffix(d, ")") {
				t.Errorf("description = %q, want %q and a Correlation ID", d, row.about)
			}
		})
	}
	if uri, v := answerOf(t, c.authorize("response_type", "code"), "?"); uri != "http://127.0.0.1:8400/callback" || v.Get("error") != "unsupported_response_type" {
		t.Errorf("code: %q %v", uri, v)
	}
	repeated := c.get(c.auth + "/as/authorize?" + params().Encode() + "&scope=email")
	if _, v := answerOf(t, repeated, "#"); v.Get("error") != "invalid_request" {
		t.Errorf("repeated parameter: %v", v)
	}
	if r := c.authorize("response_mode", "pi.flow", "redirect_uri", "https://attacker.example.com/"); r.status != 400 || member(r.json(t), "code") != "INVALID_DATA" || member(r.json(t), "details", "target") != "redirect_uri" {
		t.Errorf("pi.flow mismatch = %d %s", r.status, r.body)
	}
	if r := c.authorize("response_mode", "pi.flow", "prompt", "none"); r.status != 400 || member(r.json(t), "error") != "login_required" {
		t.Errorf("pi.flow prompt=none = %d %s", r.status, r.body)
	}
	if r := c.authorize("response_mode", "form_post", "prompt", "none"); r.status != 200 || c.valuesOf(r, "form_post").Get("error") != "login_required" {
		t.Errorf("form_post prompt=none = %d %s", r.status, r.body)
	}
}

func TestAuthorizePostTakesFormsAlone(t *testing.T) {
	c := start(t)
	body, err := json.Marshal(params())
	if err != nil {
		t.Fatal(err)
	}
	for contentType, content := range map[string]string{"application/json": string(body), "": params().Encode(), "text/plain": params().Encode()} {
		if r := c.do("POST", c.auth+"/as/authorize", contentType, content); r.status != 415 {
			t.Errorf("POST of %q = %d, want 415", contentType, r.status)
		}
	}
	if r := c.do("PUT", c.auth+"/as/authorize", "", ""); r.status != 405 || r.header.Get("Allow") != "GET, POST" {
		t.Errorf("PUT = %d, Allow %q", r.status, r.header.Get("Allow"))
	}
	long := strings.Repeat("x", 7000)
	if r := c.authorize("state", long); r.status != 431 {
		t.Errorf("7 kB of request line = %d, want 431", r.status)
	}
	if r := c.do("POST", c.auth+"/as/authorize", "application/x-www-form-urlencoded", params("state", long).Encode()); r.status != 302 {
		t.Errorf("7 kB of form = %d, want 302", r.status)
	}
}

func TestScopesDecideTokens(t *testing.T) {
	c := start(t)
	r := c.signOn("plain", "client_id", idOf(t, "Resources"), "scope", "openid orders:read nobody:knows email")
	_, v := answerOf(t, r, "#")
	if v.Get("scope") != "openid orders:read email" || v.Get("expires_in") != "300" {
		t.Errorf("scope %q for %q s", v.Get("scope"), v.Get("expires_in"))
	}
	_, claims := parts(t, v.Get("access_token"))
	if aud, _ := claims["aud"].([]any); len(aud) != 1 || aud[0] != "orders" || claims["exp"].(float64)-claims["iat"].(float64) != 300 {
		t.Errorf("access token for %v", claims["aud"])
	}
	_, v = answerOf(t, c.signOn("plain", "client_id", idOf(t, "Many Resources"), "scope", "orders:read invoices:read", "prompt", "login"), "#")
	_, claims = parts(t, v.Get("access_token"))
	if aud, _ := claims["aud"].([]any); len(aud) != 2 || v.Get("id_token") != "" {
		t.Errorf("access token for %v, ID token without openid: %v", claims["aud"], v.Get("id_token") != "")
	}
}

func TestAccessControlIsEvaluatedAtIssue(t *testing.T) {
	c := start(t)
	_, v := answerOf(t, c.signOn("plain", "client_id", idOf(t, "Staff")), "#")
	if v.Get("error") != "access_denied" || v.Get("access_token") != "" {
		t.Errorf("user outside the group: %v", v.Get("error"))
	}
	_, v = answerOf(t, c.signOn("staff", "client_id", idOf(t, "Staff"), "prompt", "login"), "#")
	if v.Get("access_token") == "" {
		t.Errorf("user in the group: %v", v.Get("error"))
	}
}

func TestExistingSession(t *testing.T) {
	c := start(t)
	id := sid(t, c.signOn("plain"))

	if got := sid(t, c.authorize("prompt", "none")); got != id {
		t.Errorf("prompt=none: session %q, want %q", got, id)
	}
	r := c.authorize("response_mode", "pi.flow")
	if j := r.json(t); j["status"] != statusCompleted || member(j, "authorizeResponse", "access_token") == nil || member(j, "session", "id") != id {
		t.Errorf("pi.flow with a session: %s", r.body)
	}
	if r := c.authorize("prompt", "login"); c.statusOf(r) != statusUsernamePassword {
		t.Errorf("prompt=login: %s", c.statusOf(r))
	}
	c.clock.add(61 * time.Second)
	if _, v := answerOf(t, c.authorize("max_age", "60", "prompt", "none"), "#"); v.Get("error") != "login_required" {
		t.Errorf("max_age exceeded under prompt=none: %v", v)
	}
	if r := c.authorize("max_age", "0"); c.statusOf(r) != statusPassword {
		t.Errorf("max_age=0: %s", c.statusOf(r))
	}
	if r := c.authorize("client_id", idOf(t, "Identifier First"), "prompt", "none"); !hasTokens(r) {
		t.Errorf("identifier of a session: %q", r.location())
	}
	if r := c.authorize("max_age", "61"); !strings.Contains(r.location(), "access_token") {
		t.Errorf("max_age kept: %q", r.location())
	}
	old := c.flowID(c.authorize("max_age", "60"))
	if got := c.flow(old).json(t); got["status"] != statusPassword || member(got, "_embedded", "user", "username") != "plain" {
		t.Errorf("max_age exceeded: %v", got["status"])
	}
	c.act(old, "usernamePassword.check", credentials{Password: passwordOf("plain").Password})
	if got := sid(t, c.resume(old)); got != id {
		t.Errorf("the same user again: session %q, want %q", got, id)
	}
	if got := sid(t, c.signOn("staff", "prompt", "login")); got == id {
		t.Error("another user got the session of the first")
	}
	if r := c.authorize("client_id", idOf(t, "Password Again")); c.statusOf(r) != statusPassword {
		t.Errorf("re-authenticating policy: %s", c.statusOf(r))
	}
	if _, v := answerOf(t, c.authorize("prompt", "none", "acr_values", "Multi_Factor"), "#"); v.Get("error") != "login_required" {
		t.Errorf("MFA at prompt=none: %v", v)
	}
	if _, v := answerOf(t, c.authorize("prompt", "none", "client_id", idOf(t, "Agreement")), "#"); v.Get("error") != "interaction_required" {
		t.Errorf("agreement at prompt=none: %v", v)
	}
}

func (c *client) statusOf(r *reply) string {
	c.t.Helper()
	status, _ := c.flow(c.flowID(r)).json(c.t)["status"].(string)
	return status
}

func sid(t testing.TB, r *reply) string {
	t.Helper()
	_, v := answerOf(t, r, "#")
	_, claims := parts(t, v.Get("id_token"))
	id, _ := claims["sid"].(string)
	return id
}

func TestUnsignedRequestObject(t *testing.T) {
	c := start(t)
	object := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." +
		base64.RawURLEncoding.EncodeToString([]byte(`{"state":"from the object","max_age":0}`)) + "."
	_, v := answerOf(t, c.signOn("plain", "client_id", idOf(t, "Request Object"), "request", object), "#")
	if v.Get("state") != "from the object" {
		t.Errorf("state = %q", v.Get("state"))
	}
	signed := url.QueryEscape(object + "c2ln")
	if _, v := answerOf(t, c.authorize("client_id", idOf(t, "Request Object"), "request", signed), "#"); v.Get("error") != "invalid_request_object" {
		t.Errorf("signed request object: %v", v)
	}
}

func TestApplicationsThatLeaveTheFlowsAPI(t *testing.T) {
	c := start(t)
	r := c.authorize("client_id", idOf(t, "Custom Sign-On"))
	if want := "https://login.example.com/sign-on?environmentId=" + EnvironmentID + "&flowId="; !strings.HasPrefix(r.location(), want) {
		t.Errorf("loginPageUrl: %q, want %s...", r.location(), want)
	}
	if c.statusOf(r) != statusUsernamePassword {
		t.Errorf("its flow: %s", c.statusOf(r))
	}
	da := idOf(t, "DaVinci")
	r = c.authorize("client_id", da)
	for _, want := range []string{"skProps", `"policyId":"` + flowPolicyID, `name="state"`, `name="dvResponse"`, "/as/resume"} {
		if r.status != 200 || r.location() != "" || !strings.Contains(string(r.body), want) {
			t.Errorf("DaVinci: %d %q lacks %s", r.status, r.body, want)
		}
	}
	if r := c.authorize("client_id", da, "acr_values", "no-such-policy"); r.status != 400 || r.json(t)["message"] != "Invalid DV Flow Policy ID: no-such-policy" {
		t.Errorf("another flow policy: %d %s", r.status, r.body)
	}
	if r := c.authorize("client_id", da, "response_mode", "pi.flow"); r.status != 200 || !strings.HasPrefix(r.header.Get("Content-Type"), "text/html") {
		t.Errorf("DaVinci pi.flow: %d %s", r.status, r.header.Get("Content-Type"))
	}
	r = c.get(c.auth+"/as/authorize?"+params("client_id", da, "response_mode", "pi.flow").Encode(), "X-Requested-With", "ping-sdk")
	if r.json(t)["interactionId"] == nil || r.json(t)["_links"] != nil {
		t.Errorf("DaVinci for the SDK: %s", r.body)
	}
}
