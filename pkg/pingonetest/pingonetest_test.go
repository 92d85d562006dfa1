package pingonetest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
	"github.com/implicit-cli/implicit/pkg/pingonetest"
)

func TestExample(t *testing.T) { testApp(t) }

// authorizeURL is a request for an application's tokens.
func authorizeURL(s *pingonetest.Server, application string, changes ...string) string {
	app := s.Application(application)
	v := url.Values{
		"client_id": {app.ClientID}, "redirect_uri": {"http://127.0.0.1:8400/callback"},
		"response_type": {"token id_token"}, "scope": {"openid"}, "state": {"a-state"}, "nonce": {"a-nonce"},
	}
	for i := 0; i+1 < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
	}
	return s.URL + "/as/authorize?" + v.Encode()
}

// signOn returns the parameters of the fragment that a sign-on ends with.
func signOn(t *testing.T, s *pingonetest.Server, address string, user pingonetest.User) url.Values {
	t.Helper()
	location, form, err := s.SignOn(t.Context(), address, user)
	if err != nil {
		t.Fatal(err)
	}
	uri, fragment, ok := strings.Cut(location, "#")
	if uri != "http://127.0.0.1:8400/callback" || !ok || form != nil {
		t.Fatalf("the browser went to %q with form %v", location, form)
	}
	v, err := url.ParseQuery(fragment)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSignOn(t *testing.T) {
	s := pingonetest.Start(t)
	plain := s.Users[0]
	for _, app := range []string{"Plain", "Identifier First", "Agreement", "Profile", "Confirmation", "Linking"} {
		if v := signOn(t, s, authorizeURL(s, app), plain); v.Get("access_token") == "" || v.Get("id_token") == "" || v.Get("state") != "a-state" {
			t.Errorf("%s: %v", app, v)
		}
	}
	if v := signOn(t, s, authorizeURL(s, "Plain", "prompt", "none"), plain); v.Get("error") != "login_required" {
		t.Errorf("prompt=none: %v", v)
	}
	if v := signOn(t, s, authorizeURL(s, "Staff"), plain); v.Get("error") != "access_denied" {
		t.Errorf("a user without access: %v", v)
	}
	location, form, err := s.SignOn(t.Context(), authorizeURL(s, "Plain", "response_mode", "form_post"), plain)
	if err != nil || location != "http://127.0.0.1:8400/callback" || form.Get("access_token") == "" || form.Get("state") != "a-state" {
		t.Errorf("form post: %q %v, %v", location, form, err)
	}
}

// SignOn is a browser: it gets along with every reading.
func TestSignOnUnderEveryReading(t *testing.T) {
	if testing.Short() {
		t.Skip("a matrix")
	}
	s := pingonetest.Start(t)
	for _, reading := range pingonetest.Readings() {
		s.Set(reading, true)
		location, _, err := s.SignOn(t.Context(), authorizeURL(s, "Plain", "redirect_uri", "http://127.0.0.1/callback"), s.Users[0])
		if err != nil || !strings.Contains(location, "token=") && !strings.HasPrefix(location, s.Application("Custom Sign-On").LoginPageURL) {
			t.Errorf("%s: %q, %v", reading, location, err)
		}
		s.Set(reading, false)
	}
}

func TestScopesOfAnApplication(t *testing.T) {
	s := pingonetest.Start(t, pingonetest.WithApplications(pingonetest.Application{Name: "Shop", Scopes: []string{"shop:buy"}}))
	if v := signOn(t, s, authorizeURL(s, "Shop", "scope", "openid shop:buy shop:sell"), s.Users[0]); v.Get("scope") != "openid shop:buy" {
		t.Errorf("granted %q", v.Get("scope"))
	}
	if app := s.Application("Shop"); len(app.RedirectURIs) != len(s.Applications[0].RedirectURIs) || app.ClientID == "" || len(app.Scopes) != 1 {
		t.Errorf("registered as %+v", app)
	}
}

func TestCodesOfAUser(t *testing.T) {
	now := time.Now()
	s := pingonetest.Start(t, pingonetest.WithClock(func() time.Time { return now }))
	env, err := pingone.ParseEnvironment(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	for username, code := range map[string]func() string{
		"totp": func() string { return s.TOTPCode("totp") },
		"sms":  func() string { return s.Messages("sms")[0].Code },
	} {
		client := &pingone.Client{Environment: env, HTTP: &implicit.Client{Transport: s.Client().Transport}}
		_, err := client.SignOn(t.Context(), client.NewRequest(s.Application("MFA").ClientID, "https://app.example.com/callback"),
			pingone.AnswerFunc(func(ctx context.Context, q pingone.Question) (pingone.Answer, error) {
				values := pingone.Answers{pingone.FieldUsername: implicit.NewSecret(username), pingone.FieldPassword: implicit.NewSecret(s.User(username).Password)}
				if q.Flow.Status == "OTP_REQUIRED" {
					values[pingone.FieldPasscode] = implicit.NewSecret(code())
				}
				return values.Answer(ctx, q)
			}))
		if err != nil {
			t.Errorf("%s: %v", username, err)
		}
	}
}

func TestSignOnErrors(t *testing.T) {
	s := pingonetest.Start(t)
	for _, row := range []struct{ name, address, username, want string }{
		{"wrong redirect URI", authorizeURL(s, "Plain", "redirect_uri", "https://attacker.example.com/"), "plain", "Redirect URI mismatch"},
		{"unknown client", authorizeURL(s, "Plain", "client_id", "nobody"), "plain", "Unable to find"},
		{"wrong password", authorizeURL(s, "Plain"), "disabled", "Invalid username"},
		{"MFA", authorizeURL(s, "MFA"), "sms", "asks for otp.check"},
		{"new password", authorizeURL(s, "Plain"), "must-change", "asks for password.reset"},
		{"external provider", authorizeURL(s, "External IdP"), "plain", "no way to sign on"},
	} {
		location, form, err := s.SignOn(t.Context(), row.address, s.User(row.username))
		if err == nil || !strings.Contains(err.Error(), row.want) || location != "" || form != nil {
			t.Errorf("%s: %q %v, error %v, want one with %q", row.name, location, form, err, row.want)
		}
	}
}

// The client goes nowhere else with what the server gives it.
func TestClientStaysOnTheServer(t *testing.T) {
	s := pingonetest.Start(t, pingonetest.WithApplications(pingonetest.Application{Name: "Other", RedirectURIs: []string{"https://app.example.com/callback"}}))
	c := s.Client()
	var err error
	if c.Jar, err = cookiejar.New(nil); err != nil {
		t.Fatal(err)
	}
	resp, err := c.Get(authorizeURL(s, "Other", "redirect_uri", "https://app.example.com/callback", "prompt", "none"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusFound || !strings.HasPrefix(resp.Header.Get("Location"), "https://app.example.com/callback#error=login_required") {
		t.Errorf("%s to %q", resp.Status, resp.Header.Get("Location"))
	}
	resp, err = c.Get(authorizeURL(s, "Plain"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK || !strings.HasSuffix(resp.Request.URL.Path, "/signon/") {
		t.Errorf("%s at %s, want the sign-on page", resp.Status, resp.Request.URL)
	}
	if s.Client().Jar != nil {
		t.Error("a new client shares the cookie jar")
	}
	s.Set(pingonetest.Loop.On(pingonetest.LegKeys), true)
	if resp, err := c.Get(s.Issuer + "/jwks"); err == nil {
		resp.Body.Close()
		t.Error("followed redirects without end")
	}
}

func TestOptions(t *testing.T) {
	var seen atomic.Int32
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	s := pingonetest.Start(t,
		pingonetest.WithPlainHTTP(), pingonetest.WithCustomDomain(),
		pingonetest.WithClock(func() time.Time { return now }),
		pingonetest.WithSwitches(pingonetest.NoState, pingonetest.NoScope),
		pingonetest.WithMiddleware(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				seen.Add(1)
				next.ServeHTTP(w, r)
			})
		}))
	if !strings.HasPrefix(s.URL, "http://127.0.0.1:") || strings.Count(s.URL, "/") != 2 || s.Issuer != s.URL+"/as" || s.Certificate != nil {
		t.Errorf("URL %s, issuer %s, certificate %q", s.URL, s.Issuer, s.Certificate)
	}
	if v := signOn(t, s, authorizeURL(s, "Plain"), s.Users[0]); v.Has("state") || v.Has("scope") || seen.Load() == 0 {
		t.Errorf("%v after %d requests", v, seen.Load())
	}
	resp, err := s.Client().Get(s.Issuer + "/jwks")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if date := resp.Header.Get("Date"); date != now.Format(http.TimeFormat) {
		t.Errorf("Date %s", date)
	}
}

func TestNewRefuses(t *testing.T) {
	for name, option := range map[string]pingonetest.Option{
		"unknown switch": pingonetest.WithSwitches("no-such-switch"),
		"leg of another": pingonetest.WithSwitches(pingonetest.WrongNonce.On(pingonetest.LegKeys)),
		"application":    pingonetest.WithApplications(pingonetest.Application{Name: "x", Origins: []string{"localhost"}}),
	} {
		if s, err := pingonetest.New(option); err == nil {
			s.Close()
			t.Errorf("%s: started", name)
		}
	}
	s := pingonetest.Start(t)
	for name, wrong := range map[string]func(){
		"user":        func() { s.User("no such user") },
		"application": func() { s.Application("no such application") },
		"switch":      func() { s.Set("no-such-switch", true) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			wrong()
		}()
	}
}

// A page of another origin calls the server from a script, and rotation
// publishes other keys.
func TestCORSAndRotation(t *testing.T) {
	s := pingonetest.Start(t, pingonetest.WithApplications(pingonetest.Application{Name: "Script", Origins: []string{"http://localhost:3000"}}))
	req, err := http.NewRequestWithContext(t.Context(), "GET", authorizeURL(s, "Script", "response_mode", "pi.flow"), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", "http://localhost:3000")
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 || resp.Header.Get("Access-Control-Allow-Origin") != "http://localhost:3000" {
		t.Errorf("%s, %v", resp.Status, resp.Header)
	}
	before := keyIDs(t, s)
	if err := s.RotateKeys(); err != nil {
		t.Fatal(err)
	}
	if after := keyIDs(t, s); len(after) != 2 || after[0] != before[1] || slices.Contains(after, before[0]) {
		t.Errorf("keys %v after %v", after, before)
	}
}

func keyIDs(t *testing.T, s *pingonetest.Server) (ids []string) {
	t.Helper()
	resp, err := s.Client().Get(s.Issuer + "/jwks")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var set struct{ Keys []struct{ Kid string } }
	if err := json.NewDecoder(resp.Body).Decode(&set); err != nil {
		t.Fatal(err)
	}
	for _, k := range set.Keys {
		ids = append(ids, k.Kid)
	}
	return ids
}

func TestServersInParallel(t *testing.T) {
	for range 8 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			s := pingonetest.Start(t)
			if v := signOn(t, s, authorizeURL(s, "Plain"), s.Users[0]); v.Get("access_token") == "" {
				t.Errorf("%v", v)
			}
		})
	}
}

// Start's server ends with its test.
func TestStartCloses(t *testing.T) {
	var s *pingonetest.Server
	t.Run("inner", func(t *testing.T) { s = pingonetest.Start(t) })
	if resp, err := s.Client().Get(s.Issuer + "/jwks"); err == nil {
		resp.Body.Close()
		t.Error("the server answers after its test")
	}
}

// Every switch of the sandbox has a constant, and every constant works.
func TestSwitchConstants(t *testing.T) {
	declared := constants(t)
	var known []string
	for _, sw := range sandbox.Switches() {
		known = append(known, sw.Name)
	}
	slices.Sort(known)
	slices.Sort(declared)
	if !slices.Equal(declared, known) {
		t.Errorf("constants and switches differ; make them the same\nconstants: %q\n switches: %q", declared, known)
	}
	listed := slices.Concat(pingonetest.Faults(), pingonetest.Readings())
	for _, sw := range listed {
		if sw.Does() == "" {
			t.Errorf("%s: no description", sw)
		}
	}
	if len(listed) != len(known) {
		t.Errorf("%d faults and readings, want %d", len(listed), len(known))
	}
	if does := pingonetest.Switch("no-such-switch").Does(); does != "" {
		t.Errorf("unknown switch: %q", does)
	}
}
