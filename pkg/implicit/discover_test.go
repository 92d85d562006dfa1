package implicit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/pkg/internal/web"
)

// quick is an HTTP that does not wait between its tries.
func quick() *Client {
	return &Client{Sleep: func(context.Context, time.Duration) error { return nil }}
}

// serveText answers every request with the text; SELF stands for its address.
func serveText(t *testing.T, media, text string) *httptest.Server {
	t.Helper()
	var srv *httptest.Server
	srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", media)
		fmt.Fprint(w, strings.ReplaceAll(text, "SELF", srv.URL))
	}))
	t.Cleanup(srv.Close)
	return srv
}

const metadata = `{"issuer":"SELF","authorization_endpoint":"SELF/a","jwks_uri":"SELF/k","id_token_signing_alg_values_supported":["RS256"]`

func TestDiscover(t *testing.T) {
	rows := []struct {
		name, body string
		want       any // kind of error; nil: none
		says       string
	}{
		{"what is needed", metadata + "}", nil, ""},
		{"what nobody knows", metadata + `,"x":{"y":[1,{"z":null}]}}`, nil, ""},
		{"another issuer", strings.Replace(metadata, "SELF", "https://evil.example", 1) + "}", new(*DocumentError), "evil.example"},
		{"issuer with a slash", strings.Replace(metadata, `"SELF"`, `"SELF/"`, 1) + "}", new(*DocumentError), "expected the issuer"},
		{"issuer twice, ours last", `{"issuer":"https://evil.example",` + metadata[1:] + "}", new(*DocumentError), ""},
		{"issuer twice, ours first", metadata + `,"issuer":"https://evil.example"}`, new(*DocumentError), "more than once"},
		{"keys twice", metadata + `,"jwks_uri":"SELF/k"}`, new(*DocumentError), "more than once"},
		{"names in other letters are other names", metadata + `,"Issuer":"x","JWKS_URI":7,"Authorization_Endpoint":"http://x"}`, nil, ""},
		{"members that are not needed, of other types", metadata + `,"response_types_supported":"token","response_modes_supported":7,"userinfo_endpoint":null,
			"end_session_endpoint":[],"authorization_response_iss_parameter_supported":"yes"}`, nil, ""},
		{"members that are not needed, twice", metadata + `,"x":1,"x":{"y":1,"y":2},"userinfo_endpoint":"SELF","userinfo_endpoint":"SELF"}`, nil, ""},
		{"issuer in other letters in addition", metadata + `,"Issuer":"https://evil.example"}`, nil, ""},
		{"issuer in other letters alone", strings.Replace(metadata, `"issuer"`, `"Issuer"`, 1) + "}", new(*DocumentError), "expected the issuer"},
		{"keys in other letters alone", strings.Replace(metadata, "jwks_uri", "JWKS_URI", 1) + "}", new(*DocumentError), ""},
		{"no issuer", strings.Replace(metadata, `"issuer":"SELF",`, "", 1) + "}", new(*DocumentError), "issuer"},
		{"no keys", strings.Replace(metadata, `"jwks_uri":"SELF/k",`, "", 1) + "}", new(*DocumentError), "jwks_uri is missing"},
		{"no authorization endpoint", strings.Replace(metadata, `"authorization_endpoint":"SELF/a",`, "", 1) + "}", new(*DocumentError), "authorization_endpoint is missing"},
		{"authorization endpoint over http", strings.Replace(metadata, "SELF/a", "http://login.example.com/a", 1) + "}", new(*DocumentError), "https"},
		{"keys over http", strings.Replace(metadata, "SELF/k", "http://login.example.com/k", 1) + "}", new(*DocumentError), "https"},
		{"userinfo with a user", metadata + `,"userinfo_endpoint":"https://me@login.example.com"}`, nil, ""},
		{"end of session in a script", metadata + `,"end_session_endpoint":"javascript:alert(1)"}`, nil, ""},
		{"a number as issuer", `{"issuer":7}`, new(*DocumentError), "expected the issuer"},
		{"an array", `[]`, new(*HTTPError), "in JSON"},
		{"cut off", metadata, new(*HTTPError), "in JSON"},
		{"a page", "<html>", new(*HTTPError), "<html>"},
		{"nothing", "", new(*HTTPError), "in JSON"},
		{"not UTF-8", metadata + ",\"x\":\"\xff\"}", new(*HTTPError), "in JSON"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			srv := serveText(t, "application/json", row.body)
			p, err := Discover(context.Background(), quick(), srv.URL)
			switch {
			case row.want == nil && (err != nil || p.AuthorizationEndpoint != srv.URL+"/a" || p.UserInfoEndpoint+p.EndSessionEndpoint != "" || p.IssuerInResponse):
				t.Errorf("%+v, %v", p, err)
			case row.want != nil && (p != nil || !asKind(err, row.want) || !strings.Contains(err.Error(), row.says)):
				t.Errorf("%T: %v", err, err)
			}
		})
	}
}

func asKind(err error, target any) bool { return err != nil && errors.As(err, target) }

func TestDiscoverIssuers(t *testing.T) {
	for _, issuer := range []string{"", "login.example.com", "http://login.example.com", "https://login.example.com?x", "https://login.example.com#x",
		"https://me@login.example.com", "ftp://login.example.com", "https://login.example.com/ x"} {
		_, err := Discover(context.Background(), quick(), issuer)
		var wrong *RequestError
		if !errors.As(err, &wrong) {
			t.Errorf("%q: %v", issuer, err)
		}
	}
	var asked string
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked = r.URL.Path }))
	defer srv.Close()
	for issuer, want := range map[string]string{"/tenant": "/tenant/.well-known/openid-configuration", "/tenant/": "/tenant/.well-known/openid-configuration"} {
		_, _ = Discover(context.Background(), quick(), srv.URL+issuer)
		if asked != want {
			t.Errorf("%s: asked for %s", issuer, asked)
		}
	}
}

func TestDiscoverStatus(t *testing.T) {
	for status, want := range map[int]any{404: new(*HTTPError), 302: new(*HTTPError), 500: new(*HTTPError)} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "https://evil.example/")
			w.WriteHeader(status)
		}))
		if _, err := Discover(context.Background(), quick(), srv.URL); !asKind(err, want) {
			t.Errorf("%d: %v", status, err)
		}
		srv.Close()
	}
}

// Whatever the document holds, it is trusted only where it names its issuer
// and every endpoint is safe.
func FuzzDiscover(f *testing.F) {
	const issuer = "https://login.example.com"
	for _, body := range []string{strings.ReplaceAll(metadata, "SELF", issuer) + "}", `{"issuer":"` + issuer + `"}`, "{", "null", `{"ISSUER":"` + issuer + `"}`, `{"issuer":"other"}`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		h := quick()
		h.Transport = transportFunc(func(*http.Request) (*http.Response, error) {
			w := httptest.NewRecorder()
			w.Header().Set("Content-Type", "application/json")
			_, err := w.Write(body)
			return w.Result(), err
		})
		p, err := Discover(context.Background(), h, issuer)
		if err == nil && (p.Issuer != issuer || web.CheckURL(p.AuthorizationEndpoint) != nil || web.CheckURL(p.JWKSURI) != nil) {
			t.Errorf("%q is trusted: %+v", body, p)
		}
		if (p == nil) != (err != nil) {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
