package sandbox

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// manyOf is a tenant with a number of applications and users, all needed ones last.
func manyOf(apps, users int) string {
	var b strings.Builder
	b.WriteString("applications:\n")
	for i := range apps {
		fmt.Fprintf(&b, "- {name: App %d, client_id: app-%d, scopes: [email, api:read]}\n", i, i)
	}
	b.WriteString("users:\n")
	for i := range users {
		fmt.Fprintf(&b, "- {username: user-%d, password: pw, email: u%d@example.com}\n", i, i)
	}
	return b.String() + "resources: [{name: API, scopes: [api:read]}]\n"
}

// A sign-on does as much in a large tenant as in a small one: it looks up, and never
// goes through lists.
func TestTenantSizeDoesNotMatter(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 100,000 users")
	}
	small, large := costOf(t, 10, 10), costOf(t, 1000, 100_000)
	if large > small*1.1 {
		t.Errorf("a sign-on allocates %.0f times with 10 users, %.0f times with 100,000", small, large)
	}
}

// costOf returns how often a sign-on with userinfo allocates.
func costOf(t *testing.T, apps, users int) float64 {
	t.Helper()
	s, err := New(Options{Tenant: readTenant(t, manyOf(apps, users)), Keys: SharedKeys(), BaseURL: "https://sandbox.test"})
	if err != nil {
		t.Fatal(err)
	}
	auth := s.Settings().AuthURL
	app, user := fmt.Sprintf("app-%d", apps-1), fmt.Sprintf("user-%d", users-1)
	return testing.AllocsPerRun(20, func() { signOnDirectly(t, s, auth, app, user) })
}

// signOnDirectly calls the handler, without a network.
func signOnDirectly(t *testing.T, s *Sandbox, auth, app, user string) {
	query := params("client_id", app, "scope", "openid email api:read").Encode()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("GET", auth+"/as/authorize?"+query, nil))
	_, id, _ := strings.Cut(w.Header().Get("Location"), "flowId=")
	check := httptest.NewRequest("POST", auth+"/flows/"+id, strings.NewReader(`{"username":"`+user+`","password":"pw"}`))
	check.Header.Set("Content-Type", "application/vnd.pingidentity.usernamePassword.check+json")
	w = httptest.NewRecorder()
	s.ServeHTTP(w, check)
	resume := httptest.NewRequest("GET", auth+"/as/resume?flowId="+id, nil)
	for _, cookie := range w.Result().Cookies() {
		resume.AddCookie(cookie)
	}
	w = httptest.NewRecorder()
	s.ServeHTTP(w, resume)
	_, fragment, _ := strings.Cut(w.Header().Get("Location"), "#")
	v, err := url.ParseQuery(fragment)
	if err != nil || v.Get("access_token") == "" {
		t.Fatalf("%d %s", w.Code, w.Header().Get("Location"))
	}
	info := httptest.NewRequest("GET", auth+"/as/userinfo", nil)
	info.Header.Set("Authorization", "Bearer "+v.Get("access_token"))
	w = httptest.NewRecorder()
	if s.ServeHTTP(w, info); !strings.Contains(w.Body.String(), "@example.com") {
		t.Fatalf("userinfo: %s", w.Body)
	}
}
