package implicit

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

func goodRequest() *Request {
	r := NewRequest("https://login.example.com/as/authorize", "app", "https://app.example.com/callback")
	r.State, r.Nonce = "the-state", "the-nonce"
	return r
}

func TestRequestURL(t *testing.T) {
	zero := int64(0)
	rows := []struct {
		name   string
		change func(*Request)
		want   string // the query
	}{
		{"as NewRequest makes it", func(*Request) {}, "response_type=token%20id_token&client_id=app&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcallback&scope=openid&response_mode=fragment&state=the-state&nonce=the-nonce"},
		{"the other order", func(r *Request) { r.ResponseType = "id_token token" }, "response_type=id_token%20token&"},
		{"one token needs no nonce", func(r *Request) { r.ResponseType, r.Nonce = "token", "" }, "state=the-state"},
		{"max_age zero is sent", func(r *Request) { r.MaxAge = &zero }, "&max_age=0"},
		{"what would break out is escaped", func(r *Request) { r.LoginHint = "a&b=c#d+e%f ü\n" }, "&login_hint=a%26b%3Dc%23d%2Be%25f%20%C3%BC%0A"},
		{"further parameters last", func(r *Request) { r.Params = []Param{{"x", "1"}, {"a b", "ü"}} }, "&x=1&a%20b=%C3%BC"},
		{"a resource may repeat", func(r *Request) { r.Params = []Param{{"resource", "a"}, {"resource", "b"}} }, "&resource=a&resource=b"},
		{"no response mode", func(r *Request) { r.ResponseMode = "" }, "scope=openid&state"},
		{"pi.flow without a redirect URI", func(r *Request) { r.ResponseMode, r.RedirectURI = "pi.flow", "" }, "client_id=app&scope"},
		{"the ID token hint in clear", func(r *Request) { r.IDTokenHint = NewSecret("a.b.c") }, "&id_token_hint=a.b.c"},
	}
	for _, row := range rows {
		r := goodRequest()
		row.change(r)
		address, err := r.URL()
		if err != nil || !strings.Contains(address, row.want) || !strings.HasPrefix(address, r.Endpoint+"?response_type=") {
			t.Errorf("%s: %v, %s", row.name, err, address)
		}
	}
}

// The endpoint's own query is kept, whichever way the request goes.
func TestRequestToAnEndpointWithQuery(t *testing.T) {
	r := goodRequest()
	r.Endpoint += "?tenant=a"
	address, err := r.URL()
	if err != nil || !strings.HasPrefix(address, "https://login.example.com/as/authorize?tenant=a&response_type=") {
		t.Errorf("%v, %s", err, address)
	}
	r.Method = http.MethodPost
	req, err := r.HTTP()
	if err != nil || req.URL.RawQuery != "tenant=a" {
		t.Errorf("%v, %v", err, req.URL)
	}
}

func TestRequestAsPOST(t *testing.T) {
	r := goodRequest()
	r.Method, r.LoginHint = http.MethodPost, "a b+c&d"
	req, err := r.HTTP()
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		t.Fatal(err)
	}
	if req.Method != "POST" || req.URL.RawQuery != "" || req.Header.Get("Content-Type") != "application/x-www-form-urlencoded" ||
		!strings.Contains(string(body), "response_type=token+id_token&") || !strings.Contains(string(body), "login_hint=a+b%2Bc%26d") {
		t.Errorf("%s %s %v\n%s", req.Method, req.URL, req.Header, body)
	}
	values, err := url.ParseQuery(string(body))
	if err != nil || values.Get("login_hint") != r.LoginHint || len(values) != len(r.Parameters()) {
		t.Errorf("%v, %v", err, values)
	}
}

func TestRequestErrors(t *testing.T) {
	minus := int64(-1)
	rows := []struct {
		name      string
		parameter string
		change    func(*Request)
	}{
		{"endpoint missing", "authorization endpoint", func(r *Request) { r.Endpoint = "" }},
		{"endpoint relative", "authorization endpoint", func(r *Request) { r.Endpoint = "/as/authorize" }},
		{"endpoint over http", "authorization endpoint", func(r *Request) { r.Endpoint = "http://login.example.com/" }},
		{"endpoint with a fragment", "authorization endpoint", func(r *Request) { r.Endpoint += "#x" }},
		{"endpoint with a user", "authorization endpoint", func(r *Request) { r.Endpoint = "https://me:pw@login.example.com/" }},
		{"method", "method", func(r *Request) { r.Method = "get" }},
		{"client missing", "client_id", func(r *Request) { r.ClientID = "" }},
		{"client with a space", "client_id", func(r *Request) { r.ClientID = "a b" }},
		{"client with a newline", "client_id", func(r *Request) { r.ClientID = "a\n" }},
		{"redirect URI missing", "redirect_uri", func(r *Request) { r.RedirectURI = "" }},
		{"redirect URI relative", "redirect_uri", func(r *Request) { r.RedirectURI = "/callback" }},
		{"redirect URI with a fragment", "redirect_uri", func(r *Request) { r.RedirectURI += "#" }},
		{"redirect URI with a user", "redirect_uri", func(r *Request) { r.RedirectURI = "https://u@app.example.com/" }},
		{"redirect URI with a space", "redirect_uri", func(r *Request) { r.RedirectURI += " " }},
		{"redirect URI without a host", "redirect_uri", func(r *Request) { r.RedirectURI = "https:///cb" }},
		{"redirect URI with a bad escape", "redirect_uri", func(r *Request) { r.RedirectURI += "%zz" }},
		{"response type empty", "response_type", func(r *Request) { r.ResponseType = "" }},
		{"response type code", "response_type", func(r *Request) { r.ResponseType = "code" }},
		{"response type hybrid", "response_type", func(r *Request) { r.ResponseType = "code id_token" }},
		{"response type twice", "response_type", func(r *Request) { r.ResponseType = "token token" }},
		{"response type with two spaces", "response_type", func(r *Request) { r.ResponseType = "token  id_token" }},
		{"response type in capitals", "response_type", func(r *Request) { r.ResponseType = "TOKEN" }},
		{"response mode query", "response_mode", func(r *Request) { r.ResponseMode = "query" }},
		{"response mode of JARM", "response_mode", func(r *Request) { r.ResponseMode = "fragment.jwt" }},
		{"scope empty", "scope", func(r *Request) { r.Scope = " " }},
		{"scope with a quote", "scope", func(r *Request) { r.Scope = `a"b` }},
		{"scope with a tab", "scope", func(r *Request) { r.Scope = "a\tb" }},
		{"scope outside ASCII", "scope", func(r *Request) { r.Scope = "ä" }},
		{"state empty", "state", func(r *Request) { r.State = "" }},
		{"nonce empty", "nonce", func(r *Request) { r.Nonce = "" }},
		{"max_age negative", "max_age", func(r *Request) { r.MaxAge = &minus }},
		{"parameter without a name", "parameter", func(r *Request) { r.Params = []Param{{"", "x"}} }},
		{"parameter that has a field", "nonce", func(r *Request) { r.Params = []Param{{"nonce", "x"}} }},
		{"parameter twice", "x", func(r *Request) { r.Params = []Param{{"x", "1"}, {"x", "2"}} }},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r := goodRequest()
			row.change(r)
			var wrong *RequestError
			if _, err := r.HTTP(); !errors.As(err, &wrong) || wrong.Parameter != row.parameter {
				t.Errorf("%v, expected one about %s", err, row.parameter)
			}
			if _, err := r.URL(); err == nil {
				t.Error("it is still an address")
			}
			if _, err := r.HTTP(); err == nil {
				t.Error("it is still sent")
			}
		})
	}
	r := goodRequest()
	r.ResponseMode, r.AllowQuery = "query", true
	if _, err := r.HTTP(); err != nil {
		t.Error(err)
	}
}

func TestRandomValue(t *testing.T) {
	safe := regexp.MustCompile(`^[A-Za-z0-9_-]{22,43}$`)
	seen := map[string]bool{}
	for range 100 {
		r := NewRequest("https://login.example.com", "app", "https://app.example.com")
		for _, v := range []string{r.State, r.Nonce} {
			if !safe.MatchString(v) || seen[v] {
				t.Errorf("%q does not survive everywhere, or came twice", v)
			}
			seen[v] = true
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("without randomness a value is made up")
		}
	}()
	randomValue(bytes.NewReader(make([]byte, 10)))
}
