package pingonetest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingonetest"
)

// app is the application under test: a web server that greets who signed on.
type app struct {
	verifier *implicit.Verifier
	request  *implicit.Request // a real one makes a request for each browser, and uses it once
}

func newApp(issuer, clientID string, client *http.Client) *app {
	keys := implicit.NewRemoteKeySet(&implicit.Client{Transport: client.Transport}, issuer+"/jwks", nil)
	req := implicit.NewRequest(issuer+"/authorize", clientID, "https://shop.example.com/signed-on")
	req.ResponseMode, req.ResponseType = "form_post", "id_token"
	return &app{&implicit.Verifier{Issuer: issuer, ClientID: clientID, Keys: keys}, req}
}

func (a *app) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/" {
		address, err := a.request.URL()
		if err != nil {
			http.Error(w, "sign-on is not possible", http.StatusInternalServerError)
			return
		}
		http.Redirect(w, r, address, http.StatusFound)
		return
	}
	resp, err := implicit.ParseFormRequest(r)
	if err != nil {
		http.Error(w, "not a sign-on", http.StatusBadRequest)
		return
	}
	result, err := a.verifier.Verify(r.Context(), a.request, resp)
	if err != nil {
		http.Error(w, "sign-on failed", http.StatusForbidden)
		return
	}
	fmt.Fprintln(w, "Hello", result.IDTokenClaims.Subject())
}

// testApp is what you would call TestApp: one sign-on that works, and one with
// a token that the application must refuse.
func testApp(t *testing.T) {
	pingone := pingonetest.Start(t, pingonetest.WithApplications(pingonetest.Application{
		Name: "Shop", RedirectURIs: []string{"https://shop.example.com/signed-on"},
	}))
	shop := newApp(pingone.Issuer, pingone.Application("Shop").ClientID, pingone.Client())

	signOn := func() int {
		start := httptest.NewRecorder()
		shop.ServeHTTP(start, httptest.NewRequest("GET", "/", nil))
		location, form, err := pingone.SignOn(t.Context(), start.Header().Get("Location"), pingone.User("plain"))
		if err != nil {
			t.Fatal(err)
		}
		return post(shop, location, form).Code
	}
	if got := signOn(); got != http.StatusOK {
		t.Errorf("status %d, want 200", got)
	}
	pingone.Set(pingonetest.BadSignature, true)
	if got := signOn(); got != http.StatusForbidden {
		t.Errorf("a token with a bad signature: status %d, want 403", got)
	}
}

// post is the browser's last step: it brings the form to the application.
func post(h http.Handler, location string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", location, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// A web application and its test, testApp.
func Example() {
	_ = testApp
}
