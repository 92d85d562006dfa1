package sandbox

import (
	"net/http"
	"net/http/httptest"
	"net/url"
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
