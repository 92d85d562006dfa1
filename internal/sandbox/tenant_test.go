package sandbox

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func readTenant(t testing.TB, texts ...string) *Tenant {
	t.Helper()
	var files []TenantFile
	for i, text := range texts {
		files = append(files, TenantFile{fmt.Sprintf("%d.yaml", i), []byte(text)})
	}
	tenant, err := ReadTenant(files...)
	if err != nil {
		t.Fatal(err)
	}
	return tenant
}

func startTenant(t testing.TB, texts ...string) *client {
	t.Helper()
	k := newClock()
	return startWith(t, Options{Tenant: readTenant(t, texts...), Now: k.now}, ListenOptions{}, k)
}

// signOnAs signs a user of a tenant on at its first application.
func (c *client) signOnAs(username, password string, changes ...string) *reply {
	c.t.Helper()
	its := c.srv.Settings()
	changes = append([]string{"client_id", its.ClientID, "redirect_uri", its.RedirectURI}, changes...)
	id := c.flowID(c.authorize(changes...))
	if r := c.act(id, "usernamePassword.check", credentials{username, password}); r.status != 200 {
		return r
	}
	return c.resume(id)
}

func TestTenantExampleSignsOn(t *testing.T) {
	c := startTenant(t, string(ExampleTenant()))
	r := c.signOnAs("ada", "Sandbox-Ada-1", "scope", "openid email orders:read")
	id, access := claimsOf(t, r)
	want := map[string]any{
		"email": "ada@example.com", "roles": []any{"Staff", "Buyers"}, "tier": 3.0, "acr": "Single_Factor", "p1.region": "EU",
		"https://shop.example.com/limits": map[string]any{"daily": 500.0, "currency": "EUR"}, "aud": "shop",
	}
	for name, value := range want {
		if !reflect.DeepEqual(id[name], value) {
			t.Errorf("ID token: %s is %v, want %v", name, id[name], value)
		}
	}
	if got := access["aud"]; !reflect.DeepEqual(got, []any{"https://orders.example.com"}) || access["tier"] != 3.0 || access["exp"].(float64)-access["iat"].(float64) != 300 {
		t.Errorf("access token: %v", access)
	}
	c.cookies = map[string]string{} // another browser
	if r := c.signOnAs("bob", "whatever"); !strings.Contains(r.location(), "id_token=") {
		t.Errorf("any password: %d %s", r.status, r.body)
	}
	c.cookies = map[string]string{}
	id2 := c.flowID(c.authorize("client_id", "shop-staff"))
	if flow := c.act(id2, "usernamePassword.check", credentials{"ada", "Sandbox-Ada-1"}).json(t); flow["status"] != "DEVICE_SELECTION_REQUIRED" {
		t.Errorf("staff: %v", flow)
	}
	if code, err := c.srv.TOTPCode("ada"); err != nil || len(code) != 6 {
		t.Errorf("TOTP of ada: %q, %v", code, err)
	}
}

// claimsOf returns the claims of the ID token and of the access token.
func claimsOf(t testing.TB, r *reply) (id, access map[string]any) {
	t.Helper()
	_, v := answerOf(t, r, "#")
	_, id = parts(t, v.Get("id_token"))
	_, access = parts(t, v.Get("access_token"))
	return id, access
}

func TestTenantFilesMerge(t *testing.T) {
	c := startTenant(t,
		"name: one\nusers: [{username: a, any_password: true}]\nswitches: [no-scope]",
		`{"name": "two", "users": [{"username": "b", "password": "b-password"}], "environment_id": "11111111-2222-4333-8444-555555555555"}`,
		"custom_domain: login.example.com")
	its := c.srv.Settings()
	if len(its.Users) != 2 || its.EnvironmentID != "11111111-2222-4333-8444-555555555555" || its.AuthURL != c.srv.URL {
		t.Errorf("settings: %+v", its)
	}
	if len(its.Applications) != len(Applications()) {
		t.Errorf("%d applications, want the built-in ones", len(its.Applications))
	}
	r := c.signOnAs("b", "b-password")
	if id, _ := claimsOf(t, r); strings.Contains(r.location(), "scope=") || id["env"] != its.EnvironmentID || id["iss"] != c.srv.URL+"/as" {
		t.Errorf("%s %v", r.location(), id)
	}
}

func TestTenantIDsStayTheSame(t *testing.T) {
	const text = "applications: [{name: Mine}]\nusers: [{username: a, any_password: true, devices: [{type: TOTP}]}]"
	one, two := startTenant(t, text), startTenant(t, "users: [{username: z}]", text)
	if one.srv.Settings().ClientID != two.srv.Settings().ClientID {
		t.Error("the client ID changed")
	}
	a, _ := claimsOf(t, one.signOnAs("a", "x"))
	b, _ := claimsOf(t, two.signOnAs("a", "x"))
	if a["sub"] != b["sub"] {
		t.Errorf("sub %v, then %v", a["sub"], b["sub"])
	}
	if user := two.srv.Settings().Users[1]; user.TOTPSecret == "" || user.TOTPSecret != one.srv.Settings().Users[0].TOTPSecret {
		t.Errorf("TOTP secret: %+v", user)
	}
}

// What a key changes, as an application and its user notice it.
func TestTenantKeys(t *testing.T) {
	const user = "\nusers: [{username: a, any_password: true, groups: [G], attributes: {n: {x: [1, null]}, s: v}}]"
	app := func(keys string) string {
		return "applications: [{name: A, client_id: a, redirect_uris: ['https://a.example.com/cb']" + keys + "}]" + user
	}
	authorized := func(c *client, changes ...string) string { return c.signOnAs("a", "x", changes...).location() }
	for name, row := range map[string]struct {
		text  string
		shows func(c *client) any
		want  any
	}{
		"enabled":        {app(", enabled: false"), func(c *client) any { return strings.Contains(refused(c), "NOT_FOUND") }, true},
		"grant_types":    {app(", grant_types: [AUTHORIZATION_CODE]"), errorOf, "unsupported_response_type"},
		"response_types": {app(", response_types: [ID_TOKEN]"), errorOf, "unsupported_response_type"},
		"redirect_uris": {app(""), func(c *client) any {
			return strings.Contains(refused(c, "redirect_uri", "https://a.example.com/other"), "mismatch")
		}, true},
		"patterns": {strings.Replace(app(", allow_wildcard_in_redirect_uris: true"), "/cb'", "/*/cb'", 1), func(c *client) any {
			return strings.HasPrefix(authorized(c, "redirect_uri", "https://a.example.com/x/cb"), "https://a.example.com/x/cb#")
		}, true},
		"loopback": {strings.Replace(app(""), "https://a.example.com/cb", "http://127.0.0.1/cb", 1), func(c *client) any {
			return strings.HasPrefix(authorized(c, "redirect_uri", "http://127.0.0.1:4711/cb"), "http://127.0.0.1:4711/cb#")
		}, true},
		"post_logout_redirect_uris": {app(", post_logout_redirect_uris: ['https://a.example.com/bye']"), func(c *client) any {
			return c.get(c.auth + "/as/signoff?post_logout_redirect_uri=https://a.example.com/bye").location()
		}, "https://a.example.com/bye"},
		"login_page_url": {app(", login_page_url: 'https://a.example.com/login'"), func(c *client) any {
			return strings.HasPrefix(refused(c), "https://a.example.com/login?environmentId=")
		}, true},
		"origins": {app(", origins: ['https://a.example.com']"), func(c *client) any {
			return c.get(c.auth+"/as/authorize?client_id=a", "Origin", "https://a.example.com").header.Get("Access-Control-Allow-Origin")
		}, "https://a.example.com"},
		"scopes": {app(", scopes: [r]") + "\nresources: [{name: R, audience: aud, scopes: [r]}]", func(c *client) any {
			_, at := claimsOf(c.t, c.signOnAs("a", "x", "scope", "openid email r"))
			return fmt.Sprint(at["scope"], at["aud"])
		}, "openid r[aud]"},
		"one resource": {app(", scopes: [r, q]") + "\nresources: [{name: R, scopes: [r]}, {name: Q, scopes: [q]}]", func(c *client) any { return errorAt(c, "scope", "openid r q") }, "invalid_scope"},
		"many resources": {app(", scopes: [r, q], request_scopes_for_multiple_resources_enabled: true") + "\nresources: [{name: R, scopes: [r]}, {name: Q, scopes: [q]}]", func(c *client) any {
			_, at := claimsOf(c.t, c.signOnAs("a", "x", "scope", "r q openid"))
			return fmt.Sprint(at["aud"])
		}, "[R Q]"},
		"groups":            {app(", groups: [H, G]"), func(c *client) any { return strings.Contains(authorized(c), "access_token=") }, true},
		"groups, all":       {app(", groups: [H, G], group_match: ALL_GROUPS"), func(c *client) any { return strings.Contains(authorized(c), "error=access_denied") }, true},
		"admins_only":       {app(", admins_only: true"), func(c *client) any { return strings.Contains(authorized(c), "error=access_denied") }, true},
		"policies":          {app(", policies: [P]") + "\npolicies: [{name: P, actions: [IDENTIFIER_FIRST, LOGIN]}]", statusOf, "SIGN_ON_REQUIRED"},
		"default policy":    {app("") + "\npolicies: [{name: O, actions: [LOGIN]}, {name: P, default: true, actions: [IDENTITY_PROVIDER]}]", statusOf, "EXTERNAL_AUTHENTICATION_REQUIRED"},
		"no default policy": {app("") + "\npolicies: [{name: O, actions: [IDENTITY_PROVIDER]}]", statusOf, "USERNAME_PASSWORD_REQUIRED"},
		"registration":      {app("") + "\npolicies: [{name: P, default: true, actions: [{type: LOGIN, registration: true}]}]", func(c *client) any { return strings.Contains(flowOf(c), "user.register") }, true},
		"davinci": {app(", davinci: true"), func(c *client) any {
			return strings.Contains(string(c.authorize("client_id", "a", "redirect_uri", "https://a.example.com/cb").body), "skWidget")
		}, true},
		"attributes": {app(", attributes: {j: '${user.n}', t: 'is ${user.s}/${user.n.x}', c: 7, none: '${user.none}'}"), func(c *client) any {
			id, _ := claimsOf(c.t, c.signOnAs("a", "x"))
			return compact(id["j"], id["t"], id["c"], id["none"])
		}, `[{"x":[1,null]},"is v/[1,null]",7,null]`},
		"a required attribute": {app(", attributes: {none: {value: '${user.none}', required: true}}"), func(c *client) any { return strings.Contains(authorized(c), "required%20attribute%20none") }, true},
		"lifetimes": {app(", id_token_lifetime: 10m, access_token_lifetime: 60"), func(c *client) any {
			id, at := claimsOf(c.t, c.signOnAs("a", "x"))
			return compact(lifetime(id), lifetime(at))
		}, "[600,60]"},
		"attributes of a resource": {app(", scopes: [r]") + "\nresources: [{name: R, scopes: [r], attributes: {g: '${user.groups}'}}]", func(c *client) any {
			_, at := claimsOf(c.t, c.signOnAs("a", "x", "scope", "openid r"))
			return compact(at["g"])
		}, `[["G"]]`},
		"par_requirement":            {app(", par_requirement: REQUIRED"), errorOf, "invalid_request"},
		"include_x5t":                {app(", include_x5t: true"), func(c *client) any { return strings.Contains(headerOf(c), "x5t") }, true},
		"op_session_check_enabled":   {app(", op_session_check_enabled: true"), func(c *client) any { return strings.Contains(authorized(c), "session_state=") }, true},
		"switches of an application": {app(", switches: [wrong-nonce]"), func(c *client) any { id, _ := claimsOf(c.t, c.signOnAs("a", "x")); return id["nonce"] }, "not-a-nonce"},
		"switches of another":        {app("}, {name: B, switches: [wrong-nonce]"), func(c *client) any { id, _ := claimsOf(c.t, c.signOnAs("a", "x")); return id["nonce"] }, "a-nonce"},
		"a leg of an application":    {app(", switches: ['404:resume']"), func(c *client) any { return c.signOnAs("a", "x").status }, 404},
		"always_reauthenticate":      {app(", always_reauthenticate: true"), func(c *client) any { c.signOnAs("a", "x"); return statusOf(c) }, "PASSWORD_REQUIRED"},
		"idp_signoff": {app(", idp_signoff: true"), func(c *client) any {
			_, v := answerOf(c.t, c.signOnAs("a", "x"), "#")
			return c.get(c.auth + "/as/idpSignoff?id_token_hint=" + v.Get("id_token")).status
		}, 302},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := row.shows(startTenant(t, row.text)); got != row.want {
				t.Errorf("got %v, want %v", got, row.want)
			}
		})
	}
}

func refused(c *client, changes ...string) string {
	its := c.srv.Settings()
	return c.authorize(append([]string{"client_id", its.ClientID, "redirect_uri", its.RedirectURI}, changes...)...).location()
}

func errorOf(c *client) any { return errorAt(c) }

func errorAt(c *client, changes ...string) any {
	_, after, _ := strings.Cut(refused(c, changes...), "error=")
	code, _, _ := strings.Cut(after, "&")
	return code
}

func flowOf(c *client) string {
	its := c.srv.Settings()
	return string(c.flow(c.flowID(c.authorize("client_id", its.ClientID, "redirect_uri", its.RedirectURI))).body)
}

func statusOf(c *client) any {
	var flow struct{ Status string }
	json.Unmarshal([]byte(flowOf(c)), &flow)
	return flow.Status
}

func compact(values ...any) string {
	b, _ := json.Marshal(values)
	return string(b)
}

func lifetime(claims map[string]any) any { return claims["exp"].(float64) - claims["iat"].(float64) }

func headerOf(c *client) string {
	_, v := answerOf(c.t, c.signOnAs("a", "x"), "#")
	header, _ := parts(c.t, v.Get("id_token"))
	return compact(header)
}

// A sandbox that is started again with its state is trusted, and its tokens verify.
func TestStateIsKept(t *testing.T) {
	k := newClock()
	first := startWith(t, Options{Now: k.now}, ListenOptions{}, k)
	_, v := answerOf(t, first.signOn("plain"), "#")
	state, err := first.srv.State()
	if err != nil {
		t.Fatal(err)
	}
	second := startWith(t, Options{Now: k.now, State: state}, ListenOptions{}, k)
	if string(second.srv.CACert) != string(first.srv.CACert) {
		t.Error("a new authority")
	}
	if !second.verify(v.Get("id_token")) || string(second.get(second.auth+"/as/jwks").body) != string(first.get(first.auth+"/as/jwks").body) {
		t.Error("the token of the first run does not verify in the second")
	}
	for _, wrong := range []string{"{", `{"signing_keys":[{},{}]}`, `{"authority":{"key":"x"}}`} {
		if srv, err := Start(t.Context(), Options{State: []byte(wrong)}, ListenOptions{}); err == nil {
			srv.Close()
			t.Errorf("state %s is taken", wrong)
		}
	}
}
