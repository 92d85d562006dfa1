package adminjson

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// signOn signs a user on at the first application of an imported tenant, and returns
// where PingOne sends the browser.
func signOn(t *testing.T, r *Report, username string) string {
	t.Helper()
	tenant, err := sandbox.ReadTenant(sandbox.TenantFile{Name: "t", Text: r.Tenant})
	if err != nil {
		t.Fatal(err)
	}
	s, err := sandbox.New(sandbox.Options{Tenant: tenant, Keys: sandbox.SharedKeys(), BaseURL: "https://sandbox.test"})
	if err != nil {
		t.Fatal(err)
	}
	its := s.Settings()
	send := func(method, address, body string, cookies []*http.Cookie) *http.Response {
		req := httptest.NewRequest(method, address, strings.NewReader(body))
		req.Header.Set("Content-Type", "application/vnd.pingidentity.usernamePassword.check+json")
		for _, c := range cookies {
			req.AddCookie(c)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, req)
		return w.Result()
	}
	query := url.Values{"client_id": {its.ClientID}, "redirect_uri": {"https://shop.example.com/callback"}, "response_type": {"token id_token"},
		"scope": {"openid email orders:read"}, "nonce": {"n"}, "state": {"s"}}
	resp := send("GET", its.AuthURL+"/as/authorize?"+query.Encode(), "", nil)
	_, flow, _ := strings.Cut(resp.Header.Get("Location"), "flowId=")
	resp = send("POST", its.AuthURL+"/flows/"+flow, `{"username":"`+username+`","password":"whatever"}`, nil)
	return send("GET", its.AuthURL+"/as/resume?flowId="+flow, "", resp.Cookies()).Header.Get("Location")
}

// An imported user signs on at an imported application, and the tokens have what
// PingOne's settings say.
func TestSignsOn(t *testing.T) {
	r := imported(t, saved(t)...)
	location := signOn(t, r, "mia")
	_, fragment, _ := strings.Cut(location, "#")
	v, err := url.ParseQuery(fragment)
	if err != nil || v.Get("id_token") == "" {
		t.Fatalf("%s", location)
	}
	claims := func(token string) (c map[string]any) {
		payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
		if err != nil || json.Unmarshal(payload, &c) != nil {
			t.Fatalf("%v %s", err, token)
		}
		return c
	}
	id, access := claims(v.Get("id_token")), claims(v.Get("access_token"))
	for name, want := range map[string]any{
		"sub": "00000000-0000-4000-9000-000000000401", "email": "mia@example.com", "acr": "Shop_Login", "cost_center": 4711.0,
		"roles": []any{"Customers", "Staff"}, "env": "7b2f0a52-6c1e-4d0e-9a57-2f1f5d3c9b10", "p1.region": "EU",
	} {
		if !reflect.DeepEqual(id[name], want) {
			t.Errorf("ID token: %s is %v, want %v", name, id[name], want)
		}
	}
	if !reflect.DeepEqual(access["aud"], []any{"https://orders.example.com"}) || access["customer"] != "C-1007" || access["exp"].(float64)-access["iat"].(float64) != 300 {
		t.Errorf("access token: %v", access)
	}
	if location := signOn(t, r, "lars"); strings.Contains(location, "id_token") {
		t.Errorf("the locked user signed on: %s", location)
	}
}

// What belongs to something else is linked to it, in each form that PingOne has.
func TestParts(t *testing.T) {
	const api = `"https://api.pingone.com/v1/environments/` + envA
	const user = `{"id":"` + envB + `","username":"u"}`
	link := func(path, rest string) string { return `{"_links":{"self":{"href":` + api + path + `"}}` + rest + `}` }
	plan := `{"format_version":"1.2","planned_values":{"root_module":{"child_modules":[{"resources":[{"type":"pingone_sign_on_policy","values":{"id":"p","environment_id":"` + envA + `","name":"P"}},
		{"type":"pingone_sign_on_policy_action","values":{"id":"a","sign_on_policy_id":"p","priority":1,"progressive_profiling":[{"attribute":[{"name":"name.given","required":true}]}]}}]}]}}}`
	for name, row := range map[string]struct {
		text string
		want []string
	}{
		"a DaVinci policy":        {app(envA, "a", "") + link("/applications/a/flowPolicyAssignments/f", `,"id":"f","flowPolicy":{"id":"p"},"priority":1`), []string{"davinci: true"}},
		"a membership":            {user + link("/users/"+envB+"/memberOfGroups/g", `,"id":"g","name":"Staff","type":"DIRECT"`), []string{"groups: [Staff]"}},
		"an expanded membership":  {user + link("/users/"+envB+"/memberOfGroups/g", `,"id":"g","_embedded":{"group":{"id":"g","name":"Staff"}}`), []string{"groups: [Staff]"}},
		"a group by its ID":       {`{"id":"` + envB + `","username":"u","memberOfGroupIDs":["g"]}` + link("/groups/g", `,"id":"g","name":"Staff"`), []string{"groups: [Staff]"}},
		"a password's state":      {user + link("/users/"+envB+"/password", `,"status":"MUST_CHANGE_PASSWORD"`), []string{"password_state: MUST_CHANGE_PASSWORD"}},
		"a phone":                 {user + link("/users/"+envB+"/devices/d", `,"id":"d","type":"SMS","status":"ACTIVE","phone":"+1.5550142"`), []string{"- type: SMS", `phone: "+1.5550142"`}},
		"an e-mail device":        {user + link("/users/"+envB+"/devices/d", `,"id":"d","type":"EMAIL","email":"u@example.com"`), []string{"- type: EMAIL", "email: u@example.com"}},
		"another provider's user": {`{"id":"` + envB + `","username":"u","identityProvider":{"id":"i","type":"GOOGLE"}}`, []string{"external_identity_provider: true"}},
		"an unverified user":      {`{"id":"` + envB + `","username":"u","lifecycle":{"status":"VERIFICATION_REQUIRED"}}`, []string{"email_verified: false"}},
		"an address by its link":  {link("/resources/r", `,"id":"r","name":"R","type":"CUSTOM"`) + link("/resources/r/scopes/s", `,"id":"s","name":"a:b"`), []string{"scopes: ['a:b']"}},
		"administrators only":     {app(envA, "a", `,"accessControl":{"role":{"type":"ADMIN_USERS_ONLY"}}`), []string{"admins_only: true"}},
		"all groups":              {app(envA, "a", `,"accessControl":{"group":{"type":"ALL_GROUPS","groups":[{"id":"g"}]}}`), []string{"groups: [g]", "group_match: ALL_GROUPS"}},
		"its own client ID":       {app(envA, "a", `,"clientId":"my-client"`), []string{"client_id: my-client"}},
		"an unknown grant type":   {app(envA, "a", `,"grantTypes":["CIBA","IMPLICIT"]`), []string{"grant_types: [IMPLICIT]"}},
		"switches of PingOne":     {app(envA, "a", `,"enabled":false,"parRequirement":"REQUIRED","opSessionCheckEnabled":true`), []string{"enabled: false", "par_requirement: REQUIRED", "op_session_check_enabled: true"}},
		"a list of environments":  {`{"_embedded":{"environments":[` + link("", `,"id":"`+envA+`","name":"Mine","region":"CA"`) + `,{"id":"` + envB + `","name":"Other","region":"EU","license":{}}]}}` + app(envA, "a", ""), []string{"name: Mine", "region: CA"}},
		"a plan of Terraform":     {plan, []string{"- name: P", "- type: PROGRESSIVE_PROFILING", "- name: name.given"}},
		"words that YAML reads":   {`{"id":"` + envB + `","username":"no","custom":"yes","n":"007","e":""}`, []string{`- username: "no"`, `attributes: {custom: "yes", e: "", n: "007"}`}},
	} {
		t.Run(name, func(t *testing.T) { has(t, imported(t, File{"f", []byte(row.text)}), row.want...) })
	}
	// Objects without links, as pingcli may print them, are known by their file.
	r := imported(t, File{"x/signOnPolicies.json", []byte(`[{"id":"p","name":"P","default":true}]`)}, File{"actions.json", []byte(`{"id":"a","signOnPolicy":{"id":"p"},"priority":1,"type":"LOGIN"}`)})
	has(t, r, "- name: P", "- type: LOGIN")
}
