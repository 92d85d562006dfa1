package sandbox

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// The two curl commands of PingOne's documentation, as they are printed: one
// GET with %20 for spaces and no nonce, one GET with the session cookie.
func TestDocumentedCurlCommands(t *testing.T) {
	c := start(t)
	app := Applications()[0]
	r := c.get(c.auth + "/as/authorize?response_type=token%20id_token&client_id=" + app.ClientID +
		"&redirect_uri=https://app.example.com/callback&scope=openid%20profile%20p1:read:user&acr_values=Single_Factor&prompt=login")
	if want := regexp.MustCompile("^" + regexp.QuoteMeta(c.auth) + `/signon/\?flowId=[0-9a-f-]{36}$`); r.status != 302 || !want.MatchString(r.location()) {
		t.Fatalf("authorize = %d %q, want 302 to %s", r.status, r.location(), want)
	}
	id := c.flowID(r)
	if r := c.act(id, "usernamePassword.check", passwordOf("plain")); r.status != 200 {
		t.Fatalf("check = %d %s", r.status, r.body)
	}
	st := c.cookies["ST"]
	c.cookies = nil
	r = c.get(c.auth+"/as/resume?flowId="+id, "Cookie", "ST="+st)
	if r.status != 302 {
		t.Fatalf("resume = %d %s, want 302", r.status, r.body)
	}
	uri, v := answerOf(t, r, "#")
	if uri != "https://app.example.com/callback" || v.Get("token_type") != "Bearer" || v.Get("expires_in") != "3600" || v.Get("scope") != "openid profile p1:read:user" {
		t.Errorf("resume landed at %q with %v", uri, v)
	}
	for _, name := range []string{"access_token", "id_token"} {
		if !c.verify(v.Get(name)) {
			t.Errorf("%s does not verify", name)
		}
	}
	if _, claims := parts(t, v.Get("id_token")); claims["nonce"] != nil {
		t.Errorf("a nonce that was not sent: %v", claims["nonce"])
	}
}

func TestEveryMethodTypeAndMode(t *testing.T) {
	if testing.Short() {
		t.Skip("a matrix")
	}
	c := start(t)
	for _, method := range []string{"GET", "POST"} {
		for _, kind := range []string{"token", "id_token", "token id_token", "id_token token"} {
			for _, mode := range []string{"", "fragment", "query", "form_post", "pi.flow"} {
				t.Run(method+" "+kind+" "+mode, func(t *testing.T) {
					c := &client{t: t, srv: c.srv, auth: c.auth, http: c.http, cookies: map[string]string{}}
					got := c.tokensBy(method, mode, kind)
					for _, name := range []string{"token", "id_token"} {
						asked := strings.Contains(" "+kind+" ", " "+name+" ")
						key := strings.Replace(name, "token", "access_token", 1)
						if name == "id_token" {
							key = name
						}
						if (got.Get(key) != "") != asked {
							t.Errorf("%s present: %v, asked for: %v", key, got.Get(key) != "", asked)
						}
					}
					if got.Get("state") != "a=state==" {
						t.Errorf("state = %q", got.Get("state"))
					}
				})
			}
		}
	}
}

// tokensBy signs the plain user on and returns the response parameters.
func (c *client) tokensBy(method, mode, kind string) url.Values {
	c.t.Helper()
	v := params("response_type", kind, "response_mode", mode)
	var r *reply
	if method == "POST" {
		r = c.do("POST", c.auth+"/as/authorize", "application/x-www-form-urlencoded; charset=UTF-8", v.Encode())
	} else {
		r = c.get(c.auth + "/as/authorize?" + v.Encode())
	}
	if want := map[bool]int{true: 200, false: 302}[mode == "pi.flow"]; r.status != want {
		c.t.Fatalf("authorize = %d %s, want %d", r.status, r.body, want)
	}
	id := c.flowID(r)
	c.act(id, "usernamePassword.check", passwordOf("plain"))
	return c.valuesOf(c.resume(id), mode)
}

func (c *client) valuesOf(r *reply, mode string) url.Values {
	c.t.Helper()
	v := url.Values{}
	switch mode {
	case "pi.flow":
		response, _ := r.json(c.t)["authorizeResponse"].(map[string]any)
		for name, value := range response {
			if text, ok := value.(string); ok {
				v.Set(name, text)
			}
		}
	case "form_post":
		for _, m := range regexp.MustCompile(`name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(string(r.body), -1) {
			v.Set(m[1], m[2])
		}
		if !strings.Contains(string(r.body), `action="http://127.0.0.1:8400/callback"`) {
			c.t.Errorf("form page does not go to the redirect URI: %s", r.body)
		}
	case "query":
		_, v = answerOf(c.t, r, "?")
	default:
		_, v = answerOf(c.t, r, "#")
	}
	return v
}

func TestResumeIsForTheFlowsBrowserOnce(t *testing.T) {
	c := start(t)
	id := c.flowID(c.authorize())
	if r := c.resume(id); r.status != 302 || r.location() != c.auth+"/signon/?flowId="+id {
		t.Errorf("unfinished resume = %d %q, want the sign-on page", r.status, r.location())
	}
	c.act(id, "usernamePassword.check", passwordOf("plain"))
	mine := c.cookies

	for name, cookies := range map[string]map[string]string{
		"no cookie":      {},
		"wrong cookie":   {"ST": "0e5a11ab-0000-4000-8000-000000000000"},
		"other browser":  {"ST": newBrowser(c).cookies["ST"]},
		"other's cookie": {"OTHER": mine["ST"]},
	} {
		c.cookies = cookies
		if r := c.resume(id); r.status != 400 || strings.Contains(r.location()+string(r.body), "access_token") {
			t.Errorf("%s: resume = %d %q", name, r.status, r.location())
		}
	}
	c.cookies = map[string]string{"ST-NO-SS": mine["ST-NO-SS"]} // the twin alone will do
	if r := c.resume(id); r.status != 302 || !strings.Contains(r.location(), "#access_token=") {
		t.Errorf("resume = %d %q, want tokens", r.status, r.location())
	}
	if r := c.resume(id); r.status != 404 {
		t.Errorf("second resume = %d, want 404", r.status)
	}
}

// newBrowser signs the same user on in another browser.
func newBrowser(c *client) *client {
	other := c.fresh(c.t)
	other.signOn("plain")
	return other
}

func TestConcurrentSignOns(t *testing.T) {
	c := start(t)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if r := c.fresh(t).signOn("plain"); !hasTokens(r) {
				t.Errorf("resume = %d %s", r.status, r.body)
			}
		})
	}
	wg.Wait()
}

func TestCookies(t *testing.T) {
	for _, plain := range []bool{false, true} {
		c := startWith(t, Options{}, ListenOptions{Plain: plain}, nil)
		r := c.authorize()
		if none := r.header.Values("Set-Cookie"); none != nil {
			t.Errorf("authorize sets %q", none)
		}
		got := strings.Join(c.act(c.flowID(r), "usernamePassword.check", passwordOf("plain")).header.Values("Set-Cookie"), "\n")
		value := c.cookies["ST"]
		want := "ST=" + value + "; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=None\nST-NO-SS=" + value + "; Path=/; Max-Age=3600; HttpOnly; Secure"
		if plain {
			want = strings.NewReplacer("; Secure", "", "; SameSite=None", "").Replace(want)
		}
		if got != want {
			t.Errorf("plain %v: cookies\n%s\nwant\n%s", plain, got, want)
		}
	}
}

func TestCustomDomainHasNoEnvironmentInPaths(t *testing.T) {
	c := startWith(t, Options{CustomDomain: true}, ListenOptions{}, nil)
	if c.auth != c.srv.URL {
		t.Fatalf("auth URL = %q, want %q", c.auth, c.srv.URL)
	}
	_, v := answerOf(t, c.signOn("plain"), "#")
	if _, claims := parts(t, v.Get("id_token")); claims["iss"] != c.srv.URL+"/as" {
		t.Errorf("iss = %v", claims["iss"])
	}
	if r := c.get(c.srv.URL + "/" + EnvironmentID + "/as/jwks"); r.status != http.StatusNotFound {
		t.Errorf("environment path = %d, want 404", r.status)
	}
}
