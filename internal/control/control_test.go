package control

import (
	"context"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

const testKey = "0123456789abcdef0123456789abcdef"

type client struct {
	t   *testing.T
	box *sandbox.Server
	url string
}

func start(t *testing.T) *client { return startWith(t, sandbox.Options{}) }

func startWith(t *testing.T, o sandbox.Options) *client {
	t.Helper()
	o.Keys = sandbox.SharedKeys()
	box, err := sandbox.Start(t.Context(), o, sandbox.ListenOptions{Plain: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	srv := httptest.NewServer(New(box.Environments(), Access{Key: testKey}))
	t.Cleanup(srv.Close)
	return &client{t, box, srv.URL}
}

// send sends a request with the key; change may alter it.
func (c *client) send(method, path, body string, change ...func(*http.Request)) (int, string) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+testKey)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, f := range change {
		f(req)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func TestOnlyTheKeyOpensIt(t *testing.T) {
	t.Parallel()
	c := start(t)
	host := func(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }
	for name, row := range map[string]struct {
		change func(*http.Request)
		body   string
		status int
	}{
		"the key":                    {func(*http.Request) {}, "", 200},
		"localhost, any port":        {host("localhost:1"), "", 200},
		"typed by a user":            {header("Sec-Fetch-Site", "none"), "", 200},
		"no key":                     {func(r *http.Request) { r.Header.Del("Authorization") }, "", 401},
		"an empty key":               {header("Authorization", "Bearer "), "", 401},
		"a longer key":               {header("Authorization", "Bearer "+testKey+"0"), "", 401},
		"a shorter key":              {header("Authorization", "Bearer "+testKey[1:]), "", 401},
		"another scheme":             {header("Authorization", "Basic "+testKey), "", 401},
		"DNS rebinding":              {host("attacker.example.com"), "", 421},
		"a name that ends in ours":   {host("localhost.attacker.example.com"), "", 421},
		"no host":                    {host("."), "", 421},
		"a page, with the key":       {header("Origin", "https://app.example.com"), "", 403},
		"a page without an origin":   {header("Origin", "null"), "", 403},
		"an empty origin":            {header("Origin", ""), "", 403},
		"a page of this machine":     {header("Sec-Fetch-Site", "same-site"), "", 403},
		"a form":                     {header("Content-Type", "application/x-www-form-urlencoded"), `{}`, 415},
		"text":                       {header("Content-Type", "text/plain"), `{}`, 415},
		"no type":                    {func(r *http.Request) { r.Header.Del("Content-Type") }, `{}`, 415},
		"chunks of text":             {func(r *http.Request) { r.ContentLength = -1; r.Header.Set("Content-Type", "text/plain") }, `{}`, 415},
		"a large body":               {func(*http.Request) {}, `{"nonce":"` + strings.Repeat("x", maxBody) + `"}`, 413},
		"a large body in chunks":     {func(r *http.Request) { r.ContentLength = -1 }, `{"nonce":"` + strings.Repeat("x", maxBody) + `"}`, 413},
		"an unknown member":          {func(*http.Request) {}, `{"usr":"x"}`, 400},
		"a member of another type":   {func(*http.Request) {}, `{"claims":[]}`, 400},
		"two values":                 {func(*http.Request) {}, `{}{}`, 400},
		"a type with a parameter":    {header("Content-Type", "application/json; charset=utf-8"), `{}`, 200},
		"a type that begins as JSON": {header("Content-Type", "application/jsonp"), `{}`, 415},
	} {
		method, path := "GET", "/v1/clock"
		if row.body != "" {
			method, path = "POST", "/v1/tokens"
		}
		if status, answer := c.send(method, path, row.body, row.change); status != row.status {
			t.Errorf("%s: status %d: %s", name, status, answer[:min(len(answer), 200)])
		} else if status != 200 && !strings.Contains(answer, `"hint"`) {
			t.Errorf("%s: nothing says what to do: %s", name, answer)
		}
	}
	if err := CheckKey("short"); err == nil {
		t.Error("a short key was taken")
	}
}

// signOn is a user at a browser, who signs on with a password.
func signOn(t *testing.T, c *client) (browser *http.Client) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser = &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(r.URL.String(), c.box.URL) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	s := c.box.Settings()
	page, err := browser.Get(authorizeURL(s, "state-1", "login"))
	if err != nil {
		t.Fatal(err)
	}
	page.Body.Close()
	resp, err := browser.PostForm(page.Request.URL.String(), url.Values{"action": {"usernamePassword.check"}, "username": {s.Users[0].Username}, "password": {s.Users[0].Password}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if !strings.Contains(resp.Header.Get("Location"), "access_token=") {
		t.Fatalf("no tokens: %s", resp.Status)
	}
	return browser
}

func authorizeURL(s sandbox.Settings, state, prompt string) string {
	return s.Issuer + "/authorize?" + url.Values{
		"client_id": {s.ClientID}, "redirect_uri": {"https://app.example.com/callback"}, "response_type": {"token id_token"},
		"scope": {"openid"}, "nonce": {"n-1"}, "state": {state}, "prompt": {prompt},
	}.Encode()
}

// TestJournalHoldsNoSecret: whatever a client sends, wherever it puts it.
func TestJournalHoldsNoSecret(t *testing.T) {
	t.Parallel()
	c := start(t)
	browser := signOn(t, c)
	s := c.box.Settings()
	resp, err := browser.Get(authorizeURL(s, "state-2", "none"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	to, _ := url.Parse(resp.Header.Get("Location"))
	tokens, _ := url.ParseQuery(to.Fragment)
	base, _ := url.Parse(c.box.URL)
	secrets := []string{s.Users[0].Password, tokens.Get("access_token"), tokens.Get("id_token")}
	for _, cookie := range browser.Jar.Cookies(base) {
		secrets = append(secrets, cookie.Value)
	}
	if len(secrets) < 4 {
		t.Fatal("no cookie")
	}
	for _, secret := range secrets { // a careless client
		for _, address := range []string{
			authorizeURL(s, secret, ""), s.Issuer + "/authorize?client_id=" + s.ClientID + "&redirect_uri=" + url.QueryEscape("https://app.example.com/cb?t="+url.QueryEscape(secret)),
			s.AuthURL + "/" + url.PathEscape(secret), s.Issuer + "/userinfo?" + url.QueryEscape(secret), s.Issuer + "/userinfo?access_token=" + url.QueryEscape(secret),
			s.Issuer + "/authorize?client_id=" + url.QueryEscape(secret), s.AuthURL + "/signon/?flowId=" + url.QueryEscape(secret) + "&username=" + url.QueryEscape("x"+secret),
			s.Issuer + "/signoff?id_token_hint=" + url.QueryEscape(secret) + "&state=" + url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(secret))),
		} {
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
			req.Header.Set("Authorization", "Bearer "+secret)
			if resp, err := browser.Do(req); err == nil {
				resp.Body.Close()
			}
		}
	}
	_, journal := c.send("GET", "/v1/journal", "")
	for i, secret := range secrets {
		for _, form := range []string{secret, url.QueryEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret))} {
			if strings.Contains(journal, form) {
				t.Errorf("secret %d is in the journal", i)
			}
		}
	}
	if !strings.Contains(journal, `"password":["[redacted]"]`) || !strings.Contains(journal, "state-2") {
		t.Error("the journal lacks parameters")
	}
}

func TestWaitForARequest(t *testing.T) {
	t.Parallel()
	c := start(t)
	var waiting sync.WaitGroup
	for range 10 {
		waiting.Go(func() {
			if _, answer := c.send("GET", "/v1/journal?leg=resume&outcome=tokens&wait=30s", ""); !strings.Contains(answer, `"outcome":"tokens"`) {
				t.Errorf("the wait ended with %s", answer)
			}
		})
	}
	signOn(t, c)
	waiting.Wait()
	if _, answer := c.send("GET", "/v1/journal?leg=userinfo&wait=10ms", ""); !strings.Contains(answer, `"entries":[]`) {
		t.Errorf("nothing to wait for, but %s", answer)
	}
}

func TestOneOfSeveralEnvironments(t *testing.T) {
	t.Parallel()
	staging, err := sandbox.ReadTenant(sandbox.TenantFile{Text: []byte("{environment_id: 11111111-2222-4333-8444-555555555555, users: [{username: ada}]}")})
	if err != nil {
		t.Fatal(err)
	}
	c := startWith(t, sandbox.Options{Others: []*sandbox.Tenant{staging}})
	prefix := "/v1/environments/11111111-2222-4333-8444-555555555555"
	if status, answer := c.send("DELETE", prefix+"/users/ad%61", ""); status != 400 || !strings.Contains(answer, "only user") {
		t.Errorf("its only user: %d %s", status, answer)
	}
	if status, answer := c.send("GET", prefix+"/environment", ""); status != 200 || !strings.Contains(answer, "11111111") {
		t.Errorf("where it is: %d %s", status, answer)
	}
	if status, _ := c.send("GET", "/v1/environments/"+sandbox.EnvironmentID+"/users/plain/totp", ""); status != 404 {
		t.Errorf("the first one: %d", status)
	}
	if status, answer := c.send("GET", "/v1/environments/another/users", ""); status != 404 || !strings.Contains(answer, "environment") {
		t.Errorf("an unknown one: %d %s", status, answer)
	}
}

// TestAllAtOnce is for the race detector.
func TestAllAtOnce(t *testing.T) {
	t.Parallel()
	c := start(t)
	var work sync.WaitGroup
	for _, f := range []func(){
		func() { signOn(t, c) },
		func() {
			c.send("POST", "/v1/users", `{"username":"plain","password":"fake-password-1","claims":{"a":1}}`)
		},
		func() { c.send("POST", "/v1/users", `{"username":"more"}`) },
		func() { c.send("DELETE", "/v1/users/more", "") },
		func() { c.send("POST", "/v1/switches", `{"name":"short-waits","for":3}`) },
		func() { c.send("POST", "/v1/clock", `{"add":"1s"}`) },
		func() { c.send("DELETE", "/v1/flows?user=more", "") },
		func() { c.send("POST", "/v1/tokens", `{"switches":["expired"]}`) },
		func() { c.send("GET", "/v1/journal?wait=1ms&after=1", "") },
		func() { c.send("GET", "/v1/applications", "") },
		func() { c.box.Settings() },
	} {
		work.Go(func() {
			for range 10 {
				f()
			}
		})
	}
	work.Wait()
}

func TestServeEndsWithItsContext(t *testing.T) {
	t.Parallel()
	c := start(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, ln, c.box.Environments(), Access{Key: testKey}) }()
	api, err := NewClient("http://"+ln.Addr().String(), testKey, nil)
	if err != nil {
		t.Fatal(err)
	}
	var clock struct{ Now time.Time }
	if err := api.Do(t.Context(), "GET", "/v1/clock", nil, &clock); err != nil || clock.Now.IsZero() {
		t.Errorf("clock %v, %v", clock, err)
	}
	go func() { _ = api.Do(t.Context(), "GET", "/v1/journal?wait=1m", nil, &clock) }() // must not hold it up
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := NewClient("http://pingone.example.com", testKey, nil); err == nil {
		t.Error("the key would go over plain http")
	}
}

func TestWrongRequestsNameWhatIsWrong(t *testing.T) {
	t.Parallel()
	c := start(t)
	for _, row := range []struct{ method, path, body, want string }{
		{"GET", "/v1/journal?leg=resumed&wait=30s", "", `unknown leg \"resumed\"; known are discovery`},
		{"POST", "/v1/switches", `{"name":"wrong-nonce","for":"two"}`, `"for: expected another type, found string"`},
		{"POST", "/v1/switches", `[]`, `"the body: expected an object, found array"`},
		{"POST", "/v1/clock", `{"set":"0001-01-01T00:00:00Z"}`, "between the years 1970 and 2200"},
		{"POST", "/v1/keys/rotate", `{"keep":1}`, `"keep: expected another type, found number"`},
		{"POST", "/v1/users", `[{"username":"q"},{"username":"q"}]`, `"[1]: the user \"q\" is taken: 1:2"`},
	} {
		if status, answer := c.send(row.method, row.path, row.body); status != http.StatusBadRequest || !strings.Contains(answer, row.want) {
			t.Errorf("%s %s: %d %s", row.path, row.body, status, answer)
		}
	}
}
