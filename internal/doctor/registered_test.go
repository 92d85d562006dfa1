package doctor

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/config"
)

const (
	testEnvironment = "8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5"
	testClient      = "1a2b3c4d-5e6f-4a1b-8c2d-3e4f5a6b7c8d"
)

// testRun has the settings of a registered application; more are NAME=VALUE.
func testRun(t testing.TB, more ...string) *Run {
	t.Helper()
	env := map[string]string{"IMPLICIT_ENVIRONMENT_ID": testEnvironment, "IMPLICIT_REGION": "EU", "IMPLICIT_CLIENT_ID": testClient,
		"IMPLICIT_REDIRECT_URI": "https://app.example.com/callback"}
	for _, pair := range more {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	settings, err := config.Resolve(config.Sources{Getenv: func(name string) string { return env[name] }, File: &config.File{Default: "default"}, Need: config.NeedClient})
	if err != nil {
		t.Fatal(err)
	}
	return &Run{Settings: settings, Budget: new(Budget), Now: time.Now, Random: rand.Reader}
}

// registered is the JSON of an application with which the request of testRun works,
// but for what change makes of it.
func registered(t testing.TB, change string) []byte {
	t.Helper()
	app := map[string]any{
		"_links": map[string]any{"self": map[string]string{"href": "https://api.pingone.eu/v1/environments/x/applications/y"}},
		"id":     testClient, "name": "Shop", "enabled": true, "type": "SINGLE_PAGE_APP", "protocol": "OPENID_CONNECT",
		"environment": map[string]string{"id": testEnvironment}, "grantTypes": []string{"IMPLICIT"}, "responseTypes": []string{"TOKEN", "ID_TOKEN"},
		"redirectUris": []string{"https://app.example.com/callback"}, "postLogoutRedirectUris": []string{"https://app.example.com/bye"},
		"pkceEnforcement": "OPTIONAL", "parRequirement": "OPTIONAL", "tokenEndpointAuthMethod": "NONE",
		"corsSettings": map[string]any{"behavior": "ALLOW_SPECIFIC_ORIGINS", "origins": []string{"https://*.example.com"}},
	}
	changes := map[string]any{}
	if err := json.Unmarshal([]byte("{"+change+"}"), &changes); err != nil {
		t.Fatal(err)
	}
	for name, value := range changes {
		app[name] = value
	}
	text, err := json.Marshal(app)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func compare(t *testing.T, r *Run, text []byte) map[string]Finding {
	t.Helper()
	app, err := ReadRegistered(text, testClient)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]Finding{}
	for _, f := range CompareWith(app).Ask(t.Context(), r) {
		if _, twice := found[f.Name]; twice {
			t.Errorf("two findings %s", f.Name)
		}
		found[f.Name] = f
	}
	return found
}

func TestAnApplicationThatFits(t *testing.T) {
	r := testRun(t)
	for name, f := range compare(t, r, registered(t, "")) {
		if f.Status != OK || f.Change != "" {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if r.Budget.Sent(Anonymous) != 0 {
		t.Error("a request was sent")
	}
}

// Each difference names the setting, and the box of the console.
func TestDifferences(t *testing.T) {
	rows := []struct {
		change, settings string
		finding          string
		status           Status
		exit             int
		says             string
	}{
		{`"id":"another"`, "", "application_id", Failed, 2, "--client-id another"},
		{`"environment":{"id":"00000000-0000-4000-8000-000000000000"}`, "", "application_id", Failed, 2, "--environment-id 00000000"},
		{`"protocol":"SAML"`, "", "application_type", Failed, 3, "Single-Page"},
		{`"type":"WORKER"`, "", "application_type", Failed, 3, "Single-Page"},
		{`"type":"WEB_APP"`, "", "application_type", Warning, 0, "Single-Page"},
		{`"enabled":false`, "", "application_enabled", Failed, 3, "toggle"},
		{`"enabled":null`, "", "application_enabled", CouldNotTell, 0, ""},
		{`"grantTypes":["AUTHORIZATION_CODE"]`, "", "application_grant", Failed, 3, "Grant Type"},
		{`"responseTypes":["CODE"]`, "", "application_response_types", Failed, 3, "tick Token and ID Token"},
		{`"responseTypes":["TOKEN"]`, "", "application_response_types", Failed, 3, "tick ID Token"},
		{`"responseTypes":["TOKEN"]`, "IMPLICIT_RESPONSE_TYPE=token", "application_response_types", OK, 0, ""},
		{`"redirectUris":["https://app.example.com/callback/"]`, "", "application_redirect_uris", Failed, 3, "Redirect URIs"},
		{`"redirectUris":[],"loginPageUrl":"https://app.example.com/callback"`, "", "application_redirect_uris", Failed, 3, "Signon URL"},
		{`"redirectUris":[],"loginPageUrl":"https://app.example.com/callback"`, "", "application_sign_on_page", Warning, 0, "Signon URL"},
		{`"redirectUris":["https://app.example.com/*"]`, "", "application_redirect_uris", Failed, 3, "Redirect URIs"},
		{`"redirectUris":["https://app.example.com/c*k"],"allowWildcardInRedirectUris":true`, "", "application_redirect_uris", OK, 0, ""},
		{`"redirectUris":["https://*.example.com/callback"],"allowWildcardInRedirectUris":true`, "", "application_redirect_uris", Failed, 3, ""},
		{`"redirectUris":["http://127.0.0.1/callback"],"type":"NATIVE_APP"`, "IMPLICIT_REDIRECT_URI=http://127.0.0.1:8080/callback", "application_redirect_uris", OK, 0, ""},
		{`"redirectUris":["http://127.0.0.1/callback"]`, "IMPLICIT_REDIRECT_URI=http://127.0.0.1:8080/callback", "application_redirect_uris", Warning, 0, "127.0.0.1:8080"},
		{`"redirectUris":["http://127.0.0.1/callback"]`, "IMPLICIT_REDIRECT_URI=http://127.0.0.1/callback", "application_redirect_uris", Warning, 0, "fixed port"},
		{`"redirectUris":["http://localhost:8080/callback"]`, "IMPLICIT_REDIRECT_URI=http://127.0.0.1:8080/callback", "application_redirect_uris", Failed, 3, "--redirect-uri http://localhost:8080/callback"},
		{`"parRequirement":"REQUIRED"`, "", "application_par", Failed, 3, "Pushed"},
		{`"requireSignedRequestObject":true`, "", "application_request_object", Failed, 3, "Default"},
		{`"requireSignedRequestObject":true,"supportUnsignedRequestObject":true`, "", "application_request_object", Warning, 0, "choose"},
		{`"pkceEnforcement":"S256_REQUIRED"`, "", "application_pkce", OK, 0, ""},
		{`"name":"x"`, "IMPLICIT_SCOPE=openid p1:read:user orders", "application_scopes", Warning, 0, "one resource"},
		{`"name":"x"`, "IMPLICIT_SCOPE=openid orders bills", "application_scopes", Warning, 0, "Resources tab"},
		{`"requestScopesForMultipleResourcesEnabled":true`, "IMPLICIT_SCOPE=openid orders bills", "application_scopes", OK, 0, ""},
		{`"accessControl":{"role":{"type":"ADMIN_USERS_ONLY"}}`, "", "application_access", Warning, 0, "Access tab"},
		{`"accessControl":{"group":{"type":"ANY_GROUP","groups":[{"id":"g"}]}}`, "", "application_access", Warning, 0, "Access tab"},
		{`"corsSettings":{"behavior":"ALLOW_NO_ORIGINS"}`, "", "application_cors", Warning, 0, "CORS Settings"},
		{`"corsSettings":{"behavior":"ALLOW_SPECIFIC_ORIGINS","origins":["https://other.example"]}`, "", "application_cors", Warning, 0, "https://app.example.com"},
		{`"corsSettings":null`, "", "application_cors", OK, 0, ""},
		{`"name":"x"`, "IMPLICIT_REDIRECT_URI=http://127.0.0.1/callback", "application_cors", Skipped, 0, ""},
		{`"postLogoutRedirectUris":[]`, "", "application_signoff_urls", OK, 0, ""},
	}
	for _, row := range rows {
		f := compare(t, testRun(t, row.settings), registered(t, row.change))[row.finding]
		if f.Status != row.status || f.Exit != row.exit || !strings.Contains(f.Change, row.says) {
			t.Errorf("%s %s: %+v", row.change, row.settings, f)
		}
	}
}

func TestReadRegistered(t *testing.T) {
	one := string(registered(t, ""))
	list := fmt.Sprintf(`{"_embedded":{"applications":[{"id":"other","protocol":"SAML"},%s]},"count":2,"size":2}`, one)
	for name, text := range map[string]string{"object": one, "list": list, "after a line": "SUCCESS: Custom request successful\n" + one + "\n"} {
		app, err := ReadRegistered([]byte(text), strings.ToUpper(testClient))
		if err != nil || app.ID != testClient || app.Name != "Shop" {
			t.Errorf("%s: %+v, %v", name, app, err)
		}
	}
	for name, text := range map[string]string{
		"none": "", "a sentence": "no JSON", "half": one[:len(one)/2], "two": one + one, "another object": `{"a":1}`,
		"an error":           `{"id":"x","code":"ACCESS_FAILED","message":"no"}`,
		"a list without it":  `{"_embedded":{"applications":[]}}`,
		"an array":           `[1]`,
		"a number for a URI": strings.Replace(one, `"https://app.example.com/callback"`, "1", 1),
		"too long":           strings.Repeat(" ", MaxRegistered) + one,
	} {
		var wrong *RegisteredError
		if app, err := ReadRegistered([]byte(text), testClient); !errors.As(err, &wrong) || app != nil || wrong.Hint() == "" || wrong.Kind() != "usage" {
			t.Errorf("%s: %+v, %v", name, app, err)
		}
	}
}

func FuzzReadRegistered(f *testing.F) {
	f.Add(registered(f, ""))
	f.Add([]byte(`{"_embedded":{"applications":[{"id":"` + testClient + `","protocol":"OPENID_CONNECT","redirectUris":["http://127.0.0.1/*"],"allowWildcardInRedirectUris":true}]}}`))
	f.Add([]byte(`{"id":"` + testClient + `","protocol":"","accessControl":{"group":{"groups":[{}]}},"corsSettings":{"origins":["*."]}}`))
	r := testRun(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		app, err := ReadRegistered(text, testClient)
		if err != nil {
			return
		}
		for _, found := range CompareWith(app).Ask(t.Context(), r) {
			if found.Status == "" || found.Name == "" {
				t.Errorf("%+v", found)
			}
		}
	})
}
