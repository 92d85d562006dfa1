package web

import (
	"net/http"
	"net/url"
	"testing"
)

func TestRedirect(t *testing.T) {
	base := "https://login.example.com/as/resume?flowId=x"
	rows := []struct {
		name     string
		status   int
		location []string
		want     string // empty: none
	}{
		{"absolute", 302, []string{"https://app.example.com/cb#a=b"}, "https://app.example.com/cb#a=b"},
		{"relative", 302, []string{"/signon/?flowId=x"}, "https://login.example.com/signon/?flowId=x"},
		{"without a scheme", 302, []string{"//app.example.com/cb"}, "https://app.example.com/cb"},
		{"the fragment as it was sent", 302, []string{"https://app.example.com/cb#a=%zz&b=%20+"}, "https://app.example.com/cb#a=%zz&b=%20+"},
		{"own scheme", 302, []string{"com.example.app:/cb#a=b"}, "com.example.app:/cb#a=b"},
		{"no Location", 302, nil, ""},
		{"an empty Location", 302, []string{""}, ""},
		{"two Locations", 302, []string{"https://a.example", "https://b.example"}, ""},
		{"another status", 200, []string{"https://a.example"}, ""},
		{"300", 300, []string{"https://a.example"}, ""},
		{"304", 304, []string{"https://a.example"}, ""},
		{"what is no address", 302, []string{"https://a example/%zz"}, ""},
	}
	for _, row := range rows {
		from, err := url.Parse(base)
		if err != nil {
			t.Fatal(err)
		}
		a := &Reply{URL: from, Status: row.status, Header: http.Header{"Location": row.location}}
		if got, ok := a.Redirect(); got != row.want || ok != (row.want != "") {
			t.Errorf("%s: %q, %v", row.name, got, ok)
		}
	}
}

func TestCheckURL(t *testing.T) {
	for raw, ok := range map[string]bool{
		"https://login.example.com": true, "https://login.example.com:8443/a?b=c": true, "HTTPS://login.example.com": true,
		"http://127.0.0.1:8080": true, "http://[::1]": true, "http://localhost/x": true, "http://127.9.9.9": true, "http://LOCALHOST": true,
		"http://login.example.com": false, "http://localhost.example.com": false, "http://127.0.0.1.example.com": false, "http://0.0.0.0": false,
		"login.example.com": false, "": false, "/x": false, "//login.example.com": false, "https://": false, "https:///x": false,
		"https://me@login.example.com": false, "https://login.example.com#": false, "https://login.example.com#x": false,
		"https://login.example.com/ x": false, "https://login.example.com/\n": false, "ftp://login.example.com": false, "file:///etc/passwd": false, "https://%zz": false,
	} {
		if err := CheckURL(raw); (err == nil) != ok {
			t.Errorf("%q: %v", raw, err)
		}
	}
}
