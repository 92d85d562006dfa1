package sandbox

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// Whatever is sent, the sandbox answers, and never with a failure of its own.
func FuzzServe(f *testing.F) {
	s, err := New(Options{Keys: SharedKeys(), BaseURL: "http://sandbox.test"})
	if err != nil {
		f.Fatal(err)
	}
	form, check := "application/x-www-form-urlencoded", "application/vnd.pingidentity.usernamePassword.check+json"
	f.Add("GET", "/as/authorize?"+params().Encode(), "", "", "")
	f.Add("POST", "/as/authorize", form, params("response_mode", "pi.flow").Encode(), "")
	f.Add("POST", "/flows/F", check, `{"username":"plain","password":"fake-password-1"}`, "")
	f.Add("POST", "/flows/F", "application/vnd.pingidentity.device.select+json", `{"device":{"id":1}}`, "")
	f.Add("POST", "/signon/?flowId=F", form, "action=usernamePassword.check&username=plain&password=x", "")
	f.Add("GET", "/signon/?error=%7B%22message%22%3A1%7D", "", "", "")
	f.Add("GET", "/as/resume?flowId=F", "", "", "")
	f.Add("GET", "/as/userinfo", "", "", "Bearer a.b.c")
	f.Add("GET", "/as/signoff?id_token_hint=a.b.c", "", "", "")
	f.Add("GET", "/as/authorize?"+params("client_id", "c11e0000-0000-4000-8000-000000000027", "request", "e30.eyJtYXhfYWdlIjoxZTk5fQ.").Encode(), "", "", "")
	f.Fuzz(func(t *testing.T, method, target, contentType, body, authorization string) {
		u, err := url.Parse("http://sandbox.test/" + EnvironmentID + target)
		if err != nil || !strings.HasPrefix(target, "/") {
			return
		}
		// A flow to act on, in place of F.
		begin := httptest.NewRecorder()
		s.ServeHTTP(begin, httptest.NewRequest("GET", "/"+EnvironmentID+"/as/authorize?"+params().Encode(), nil))
		_, id, _ := strings.Cut(begin.Header().Get("Location"), "flowId=")
		if u, err = url.Parse(strings.ReplaceAll(u.String(), "F", id)); err != nil {
			return
		}
		r := &http.Request{Method: method, URL: u, Host: u.Host, Header: http.Header{}, Body: http.NoBody, RequestURI: u.RequestURI()}
		r.Body = httptest.NewRequest("POST", "/", strings.NewReader(body)).Body
		r.Header.Set("Content-Type", contentType)
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		for _, cookie := range begin.Result().Cookies() {
			r.AddCookie(cookie)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%s %s: %d %s", method, target, w.Code, w.Body)
		}
	})
}

// A redirect URI that matches stays on a registered origin and path.
func FuzzMatchRedirect(f *testing.F) {
	for _, uri := range []string{
		"http://127.0.0.1:8400/callback", "http://[::1]:1/callback", "https://app.example.com/this/cb", "http://localhost/callback",
		"http://127.0.0.1:80@attacker.example.com/callback", "https://app.example.com/th/../cb", "http://127.0.0.1/cb/%2e%2e",
		"https://app.example.com.attacker.example.com/th/cb", "https://app.example.com/th\\/cb", "http://127.0.0.1:/callback",
	} {
		f.Add(uri)
	}
	registered := []string{"http://127.0.0.1/callback", "http://localhost/callback", "http://[::1]/callback", "https://app.example.com/th*/cb"}
	f.Fuzz(func(t *testing.T, uri string) {
		if !matchRedirect(registered, uri, true, true) {
			return
		}
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatalf("%q matches but does not parse: %v", uri, err)
		}
		ours := u.Scheme == "http" && isLoopback(u.Hostname()) && u.Path == "/callback" ||
			u.Scheme == "https" && u.Host == "app.example.com" && strings.HasPrefix(u.Path, "/th") && strings.HasSuffix(u.Path, "/cb")
		if !ours || u.User != nil || u.Fragment != "" {
			t.Errorf("%q matches", uri)
		}
	})
}

// Whatever is sent as users or applications is taken over, or a mistake with its place;
// the sandbox answers as before.
func FuzzItems(f *testing.F) {
	for _, text := range []string{
		`{"username":"ada","password":"Sandbox-Ada-1","claims":{"roles":["a",{"b":null}]},"devices":[{"type":"TOTP"}]}`,
		`[{"username":"plain","id":"05e20000-0000-4000-8000-000000000001"},{"username":"\ud83d\ude00"}]`,
		`{"name":"Shop","client_id":"shop","redirect_uris":["https://a.example/cb"],"attributes":{"a":"${user.id}"},"switches":["expired"]}`,
		`{"username":"a"}{}`, `[[]]`, `"x"`, `{"username":1e999}`, `{"username":"a","claims":{"exp":1}}`, "", "{\"username\":\"\\u0000\"}",
	} {
		f.Add(text)
	}
	s, err := New(Options{BaseURL: "https://127.0.0.1:1", Keys: SharedKeys()})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, put := range []func([]byte) ([]string, error){s.PutUsers, s.PutApplications} {
			var wrong *TenantError
			if names, err := put([]byte(text)); err != nil && !errors.As(err, &wrong) || err == nil && len(names) != len(slices.Compact(slices.Sorted(slices.Values(names)))) {
				t.Errorf("%q: %q, %v", text, names, err)
			}
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest("GET", "https://127.0.0.1:1/"+EnvironmentID+"/as/authorize?"+params("redirect_uri", "https://app.example.com/callback").Encode(), nil))
		if w.Code != 302 {
			t.Errorf("%q: authorize answers %d", text, w.Code)
		}
		if err := s.Reset(); err != nil {
			t.Fatal(err)
		}
	})
}

// A password is not in the journal, whatever it is and whatever else the form has.
func FuzzJournalHoldsNoPassword(f *testing.F) {
	f.Add("Sandbox-Ada-1", "username", "password", "/as/authorize")
	f.Add("p+w %&=\"x\\", "state", "newPassword", "/signon/")
	f.Add("eyJhbGciOiJub25lIn0.e30.", "redirect_uri", "otp", "/flows/x")
	s, err := New(Options{BaseURL: "https://127.0.0.1:1", Keys: SharedKeys()})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, secret, other, name, path string) {
		if len(secret) < 8 || len(secret) > 200 || !slices.Contains(secretParameters(), name) || slices.Contains([]string{"username", "choose", "client_id"}, other) || strings.Contains(redacted, secret) || strings.Contains(path, secret) {
			return
		}
		form := url.Values{name: {secret}}
		form.Add(other, "a "+secret+" b")
		r := httptest.NewRequest("POST", "https://127.0.0.1:1/"+EnvironmentID+"/x", strings.NewReader(form.Encode()))
		r.URL.Path += path
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		s.ServeHTTP(httptest.NewRecorder(), r)
		entries, _ := s.Journal().Read(JournalFilter{})
		e := entries[len(entries)-1]
		for name, values := range e.Parameters {
			for _, value := range values {
				if strings.Contains(value, secret) {
					t.Errorf("%q is in %s: %q", secret, name, value)
				}
			}
		}
		s.Journal().Clear()
	})
}
