package sandbox

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is a clock that tests move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// client is a plain HTTP client that follows no redirect and replays every
// cookie by hand.
type client struct {
	t       testing.TB
	srv     *Server
	auth    string
	http    *http.Client
	cookies map[string]string
	clock   *clock
}

func start(t testing.TB, switches ...string) *client {
	t.Helper()
	k := newClock()
	return startWith(t, Options{Switches: switches, Now: k.now}, ListenOptions{}, k)
}

func startWith(t testing.TB, o Options, l ListenOptions, k *clock) *client {
	t.Helper()
	if o.Keys == nil {
		o.Keys = SharedKeys()
	}
	srv, err := Start(t.Context(), o, l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(srv.CACert)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &client{
		t: t, srv: srv, auth: srv.Settings().AuthURL, cookies: map[string]string{}, clock: k,
		http: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
}

type reply struct {
	status int
	header http.Header
	body   []byte
}

func (r *reply) json(t testing.TB) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(r.body, &v); err != nil {
		t.Fatalf("answer %d is not JSON: %v: %.200q", r.status, err, r.body)
	}
	return v
}

func (r *reply) location() string { return r.header.Get("Location") }

// do sends a request with the cookies so far and keeps the new ones.
func (c *client) do(method, url, contentType, body string, headers ...string) *reply {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	for name, value := range c.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	res, err := c.http.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, cookie := range res.Cookies() {
		c.cookies[cookie.Name] = cookie.Value
		if cookie.Value == "" {
			delete(c.cookies, cookie.Name)
		}
	}
	return &reply{res.StatusCode, res.Header, b}
}

func (c *client) get(url string, headers ...string) *reply {
	c.t.Helper()
	return c.do("GET", url, "", "", headers...)
}

// params are the parameters of a good request for the plain application,
// changed by name, value pairs; an empty value drops the name.
func params(changes ...string) url.Values {
	v := url.Values{
		"client_id": {Applications()[0].ClientID}, "redirect_uri": {"http://127.0.0.1:8400/callback"},
		"response_type": {"token id_token"}, "scope": {"openid"}, "state": {"a=state=="}, "nonce": {"a-nonce"},
	}
	for i := 0; i+1 < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			v.Del(changes[i])
		}
	}
	return v
}

func (c *client) authorize(changes ...string) *reply {
	c.t.Helper()
	return c.get(c.auth + "/as/authorize?" + params(changes...).Encode())
}

// flowID reads the flow of an authorize answer, by Location or as JSON.
func (c *client) flowID(r *reply) string {
	c.t.Helper()
	if r.status == 200 {
		id, _ := r.json(c.t)["id"].(string)
		return id
	}
	u, err := url.Parse(r.location())
	if err != nil || u.Query().Get("flowId") == "" {
		c.t.Fatalf("authorize answered %d with Location %q and %.300q, want a flowId", r.status, r.location(), r.body)
	}
	return u.Query().Get("flowId")
}

func (c *client) flow(id string) *reply {
	c.t.Helper()
	return c.get(c.auth + "/flows/" + id)
}

func (c *client) act(id, action string, body any) *reply {
	c.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.do("POST", c.auth+"/flows/"+id, "application/vnd.pingidentity."+action+"+json", string(b))
}

type credentials struct {
	Username string `json:"username,omitempty"`
	Password string `json:"password,omitempty"`
}

func passwordOf(username string) credentials {
	for _, u := range Users() {
		if u.Username == username {
			return credentials{u.Username, u.Password}
		}
	}
	return credentials{username, "no such user"}
}

func (c *client) resume(id string) *reply {
	c.t.Helper()
	return c.get(c.auth + "/as/resume?flowId=" + id)
}

// signOn runs a redirect-mode sign-on with a password to its resume.
func (c *client) signOn(username string, changes ...string) *reply {
	c.t.Helper()
	id := c.flowID(c.authorize(changes...))
	if r := c.act(id, "usernamePassword.check", passwordOf(username)); r.json(c.t)["status"] != statusCompleted {
		c.t.Fatalf("sign-on ended at %s", r.body)
	}
	return c.resume(id)
}

// answerOf splits a redirect into its URI and the parameters of its channel.
func answerOf(t testing.TB, r *reply, separator string) (string, url.Values) {
	t.Helper()
	uri, tail, ok := strings.Cut(r.location(), separator)
	if !ok {
		t.Fatalf("answer %d: Location %q has no %q; body %.300q", r.status, r.location(), separator, r.body)
	}
	v, err := url.ParseQuery(tail)
	if err != nil {
		t.Fatal(err)
	}
	return uri, v
}

// parts decodes a token without checking it.
func parts(t testing.TB, token string) (header, claims map[string]any) {
	t.Helper()
	p := strings.Split(token, ".")
	if len(p) != 3 {
		t.Fatalf("token %.40q has %d parts, want 3", token, len(p))
	}
	for i, into := range []*map[string]any{&header, &claims} {
		b, err := base64.RawURLEncoding.DecodeString(p[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, into); err != nil {
			t.Fatal(err)
		}
	}
	return header, claims
}

// verify checks a token against the published keys: its kid, and RS256 alone.
func (c *client) verify(token string) bool {
	c.t.Helper()
	header, _ := parts(c.t, token)
	if header["alg"] != "RS256" {
		return false
	}
	var set struct {
		Keys []struct{ Kid, N, E string }
	}
	if err := json.Unmarshal(c.get(c.auth+"/as/jwks").body, &set); err != nil {
		c.t.Fatal(err)
	}
	input, encoded, _ := cutLast(token, ".")
	signature, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		c.t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(input))
	for _, k := range set.Keys {
		if k.Kid != header["kid"] {
			continue
		}
		n, _ := base64.RawURLEncoding.DecodeString(k.N)
		e, _ := base64.RawURLEncoding.DecodeString(k.E)
		key := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
		if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) == nil {
			return true
		}
	}
	return false
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// member walks into JSON: objects by name, arrays by their first element.
func member(v any, path ...string) any {
	for _, name := range path {
		if list, ok := v.([]any); ok && len(list) > 0 {
			v = list[0]
		}
		object, _ := v.(map[string]any)
		v = object[name]
	}
	return v
}
