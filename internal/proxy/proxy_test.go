package proxy

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// api is an API, and what it was sent.
type api struct {
	*httptest.Server
	mu      sync.Mutex
	list    []received
	handler http.HandlerFunc // nil: 200 and the path
}

type received struct {
	*http.Request
	body string
}

func (u *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	u.mu.Lock()
	u.list = append(u.list, received{r, string(body)})
	u.mu.Unlock()
	if u.handler != nil {
		u.handler(w, r)
		return
	}
	fmt.Fprint(w, r.RequestURI)
}

func (u *api) requests() []received {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.list)
}

// rig is a running proxy in front of an API.
type rig struct {
	t   *testing.T
	api *api
	*Proxy

	mu     sync.Mutex
	now    time.Time
	events []Event
	given  int // tokens
	err    error
	others []string
}

const life = time.Hour // of a token

func start(t *testing.T, handler http.HandlerFunc, change ...func(*Options)) *rig {
	t.Helper()
	g := &rig{t: t, now: time.Now(), api: &api{handler: handler}}
	g.api.Server = httptest.NewServer(g.api)
	t.Cleanup(g.api.Close)
	to, err := ParseTarget(g.api.URL + "/v1")
	if err != nil {
		t.Fatal(err)
	}
	o := Options{To: to, Listen: "127.0.0.1:0", Transport: &http.Transport{DisableCompression: true}, Random: rand.Reader, Now: g.clock,
		Log:      func(e Event) { g.mu.Lock(); defer g.mu.Unlock(); g.events = append(g.events, e) },
		Refused:  func(user string) { g.mu.Lock(); defer g.mu.Unlock(); g.others = append(g.others, user) },
		Describe: func(err error) *fault.Fault { return fault.Of(err, fault.Context{}) },
		Tokens:   &Tokens{Obtain: g.obtain, Run: t.Context(), MinTTL: time.Minute, Now: g.clock}}
	for _, c := range change {
		c(&o)
	}
	if g.Proxy, err = Start(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	return g
}

func (g *rig) clock() time.Time { g.mu.Lock(); defer g.mu.Unlock(); return g.now }

func (g *rig) pass(d time.Duration) { g.mu.Lock(); defer g.mu.Unlock(); g.now = g.now.Add(d) }

// obtain gives token-1, token-2 and so on.
func (g *rig) obtain(context.Context, implicit.Secret) (Token, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err != nil {
		return Token{}, g.err
	}
	g.given++
	return Token{Value: implicit.NewSecret(fmt.Sprintf("token-%d", g.given)), Type: "Bearer", Until: g.now.Add(life)}, nil
}

func (g *rig) fails(err error) { g.mu.Lock(); defer g.mu.Unlock(); g.err = err }

func (g *rig) logged() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return fmt.Sprintf("%+v", g.events)
}

// get sends a request with the key, and headers name, value and so on.
func (g *rig) get(method, path, body string, headers ...string) (*http.Response, string) {
	g.t.Helper()
	req, err := http.NewRequest(method, "http://"+g.address+path, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	if body == "" {
		req.Body = nil
	}
	req.Header.Set(KeyHeader, g.Key().Reveal())
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		g.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return resp, string(text)
}

// raw sends bytes, in which KEY and HOST are replaced, and returns all answers.
func (g *rig) raw(text string) string {
	g.t.Helper()
	conn, err := net.Dial("tcp", g.address)
	if err != nil {
		g.t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	text = strings.NewReplacer("KEY", KeyHeader+": "+g.Key().Reveal(), "HOST", g.address).Replace(text)
	if _, err := io.WriteString(conn, text); err != nil {
		g.t.Fatal(err)
	}
	all, _ := io.ReadAll(conn) // a reset, where it was refused
	return string(all)
}

func TestSent(t *testing.T) {
	g := start(t, nil)
	resp, _ := g.get("POST", "/orders/a%20b;x=1?q=1&q=2;3&%zz", "body",
		"Authorization", "Basic eDp5", "Cookie", "a=b", "Origin-Of", "kept", "Referer", "http://x/", "Sec-Fetch-Site", "none",
		"Connection", "X-Hop", "X-Hop", "1", "Keep-Alive", "1", "Proxy-Authorization", "Basic x", "Te", "gzip",
		"Forwarded", "for=1", "X-Forwarded-For", "1.2.3.4", "X-Custom", "1", "X-Custom", "2")
	sent := g.api.requests()
	if resp.StatusCode != 200 || len(sent) != 1 {
		t.Fatalf("status %d, the API was sent %d requests", resp.StatusCode, len(sent))
	}
	r := sent[0]
	if r.RequestURI != "/v1/orders/a%20b;x=1?q=1&q=2;3&%zz" || r.body != "body" || r.Host != strings.TrimPrefix(g.api.URL, "http://") {
		t.Errorf("sent %s with the body %q to %s", r.RequestURI, r.body, r.Host)
	}
	var names []string
	for name := range r.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	if want := []string{"Accept-Encoding", "Authorization", "Content-Length", "Origin-Of", "User-Agent", "X-Custom"}; !slices.Equal(names, want) {
		t.Errorf("sent the headers %q, expected %q", names, want)
	}
	if got := r.Header["Authorization"]; !slices.Equal(got, []string{"Bearer token-1"}) {
		t.Errorf("sent Authorization %q", got)
	}
	if got := r.Header["X-Custom"]; len(got) != 2 {
		t.Errorf("a header with two values was sent with %q", got)
	}
	if log := g.logged(); !strings.Contains(log, "/orders/a%20b;x=1?q=…&q=…&…") {
		t.Errorf("logged %s", log)
	}
}

func TestKeyInPath(t *testing.T) {
	g := start(t, nil, func(o *Options) { o.KeyInPath = true })
	for _, row := range []struct{ path, sent string }{
		{"/orders?x=1", "/v1/orders?x=1"}, {"/", "/v1/"}, {"", "/v1"},
	} {
		req, _ := http.NewRequest("GET", g.URL()+row.path, nil)
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if string(body) != row.sent {
			t.Errorf("%q was sent as %s, expected %s", row.path, body, row.sent)
		}
	}
	if resp, _ := g.get("GET", "/orders", ""); resp.StatusCode != 403 {
		t.Errorf("the key in the header: status %d", resp.StatusCode)
	}
	if log := g.logged(); strings.Contains(log, g.Key().Reveal()) {
		t.Errorf("the log has the key: %s", log)
	}
}

func TestPassedBack(t *testing.T) {
	g := start(t, func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Link", "</style.css>")
		h.Set("Set-Cookie", "interim=1")
		w.WriteHeader(http.StatusEarlyHints)
		for name, value := range map[string]string{
			"Set-Cookie": "a=b", "Clear-Site-Data": `"*"`, "Alt-Svc": "h3", "Access-Control-Allow-Origin": "*", "Keep-Alive": "1",
			"Connection": "X-Hop", "X-Hop": "1", "Location": "https://elsewhere.example/x", "X-Rate": "9",
		} {
			h.Set(name, value)
		}
		h["Content-Type"] = nil
		w.WriteHeader(http.StatusFound)
		io.WriteString(w, "<script>")
	})
	resp, body := g.get("GET", "/", "")
	if resp.StatusCode != http.StatusFound || resp.Header.Get("Location") != "https://elsewhere.example/x" || body != "<script>" || len(g.api.requests()) != 1 {
		t.Errorf("status %d, Location %s, body %q, %d requests; expected the redirect as it was, not followed",
			resp.StatusCode, resp.Header.Get("Location"), body, len(g.api.requests()))
	}
	for name := range resp.Header {
		if !slices.Contains([]string{"Content-Length", "Content-Security-Policy", "Date", "Link", "Location", "Vary", "X-Content-Type-Options", "X-Rate"}, name) {
			t.Errorf("passed back %s: %q", name, resp.Header[name])
		}
	}
	if all := g.raw("GET / HTTP/1.1\r\nHost: HOST\r\nKEY\r\nConnection: close\r\n\r\n"); strings.Contains(all, "interim") {
		t.Errorf("an interim answer was passed back: %q", all)
	}
	if resp.Header.Get("Content-Security-Policy") != "sandbox" {
		t.Error("a page of the API has the proxy's origin")
	}
}

// TestRefused sends what must not reach the API; the key is right unless the row is
// about it.
func TestRefused(t *testing.T) {
	g := start(t, nil, func(o *Options) { o.Origins = []string{"http://app.example"} })
	get := func(target, more string) string {
		return "GET " + target + " HTTP/1.1\r\nHost: HOST\r\nKEY\r\nConnection: close\r\n" + more + "\r\n"
	}
	for _, row := range []struct{ name, request, want string }{
		{"CONNECT", "CONNECT api.example.com:443 HTTP/1.1\r\nHost: HOST\r\nKEY\r\n\r\n", "400"},
		{"CONNECT with a path", "CONNECT / HTTP/1.1\r\nHost: HOST\r\nKEY\r\n\r\n", "400"},
		{"absolute form", get("http://HOST/orders", ""), "400"},
		{"absolute form of another host", get("http://169.254.169.254/latest", ""), "400"},
		{"authority as path", get("//evil.example/x", ""), "400"},
		{"asterisk", "OPTIONS * HTTP/1.1\r\nHost: HOST\r\nKEY\r\nConnection: close\r\n\r\n", "400"},
		{"dot segments", get("/../admin", ""), "400"},
		{"dot segments inside", get("/orders/../../admin", ""), "400"},
		{"one dot", get("/./x", ""), "400"},
		{"dots at the end", get("/orders/..", ""), "400"},
		{"dots with a parameter", get("/..;/admin", ""), "400"},
		{"encoded dots", get("/%2e%2E/admin", ""), "400"},
		{"half encoded dots", get("/.%2e/admin", ""), "400"},
		{"doubly encoded dots", get("/%252e%252e/admin", ""), "400"},
		{"three times encoded dots", get("/%25252e%25252e/admin", ""), "400"},
		{"encoded slash", get("/..%2fadmin", ""), "400"},
		{"doubly encoded slash", get("/x%252Fadmin", ""), "400"},
		{"backslash", get(`/..\admin`, ""), "400"},
		{"encoded backslash", get("/..%5Cadmin", ""), "400"},
		{"empty segment", get("/orders//admin", ""), "400"},
		{"NUL", get("/orders%00.json", ""), "400"},
		{"bad escape", get("/%zz", ""), "400"},
		{"DNS rebinding", "GET / HTTP/1.1\r\nHost: evil.example\r\nKEY\r\nConnection: close\r\n\r\n", "421"},
		{"the name localhost, which another user may share", "GET / HTTP/1.1\r\nHost: localhost:1\r\nKEY\r\nConnection: close\r\n\r\n", "421"},
		{"no host", "GET / HTTP/1.0\r\nKEY\r\n\r\n", "421"},
		{"two hosts", "GET / HTTP/1.1\r\nHost: HOST\r\nHost: HOST\r\nKEY\r\n\r\n", "400"},
		{"WebSocket", get("/", "Connection: Upgrade\r\nUpgrade: websocket\r\n"), "501"},
		{"upgrade to HTTP/2", get("/", "Connection: Upgrade\r\nUpgrade: h2c\r\n"), "501"},
		{"HTTP/2 without TLS", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400"},
		{"TRACE", "TRACE / HTTP/1.1\r\nHost: HOST\r\nKEY\r\nConnection: close\r\n\r\n", "405"},
		{"no key", "GET / HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n", "403"},
		{"wrong key", "GET / HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n" + KeyHeader + ": " + strings.Repeat("A", 43) + "\r\n\r\n", "403"},
		{"key twice", get("/", "KEY\r\n"), "403"},
		{"fetch of another origin", get("/", "Origin: http://evil.example\r\n"), "403"},
		{"fetch of an opaque origin", get("/", "Origin: null\r\n"), "403"},
		{"fetch of two origins", get("/", "Origin: http://app.example\r\nOrigin: http://evil.example\r\n"), "403"},
		{"origin that begins like an allowed one", get("/", "Origin: http://app.example.evil.example\r\n"), "403"},
		{"image of another site", get("/", "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n"), "403"},
		{"image of another port", get("/", "Sec-Fetch-Site: same-site\r\n"), "403"},
		{"page of the API", get("/", "Sec-Fetch-Site: same-origin\r\n"), "403"},
		{"form of another site", "POST / HTTP/1.1\r\nHost: HOST\r\nKEY\r\nOrigin: http://evil.example\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=b", "403"},
		{"preflight of another origin", "OPTIONS / HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nOrigin: http://evil.example\r\nAccess-Control-Request-Method: GET\r\n\r\n", "403"},
		{"two lengths", "POST / HTTP/1.1\r\nHost: HOST\r\nKEY\r\nContent-Length: 3\r\nContent-Length: 30\r\n\r\na=b", "400"},
		{"one length twice", "POST / HTTP/1.1\r\nHost: HOST\r\nKEY\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\na=b", "400"},
		{"a list of lengths", "POST / HTTP/1.1\r\nHost: HOST\r\nKEY\r\nContent-Length: 3, 3\r\n\r\na=b", "400"},
		{"a signed length", "POST / HTTP/1.1\r\nHost: HOST\r\nKEY\r\nContent-Length: +3\r\n\r\na=b", "400"},
		{"length and chunks", "POST / HTTP/1.1\r\nHost: HOST\r\nKEY\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: HOST\r\nKEY\r\n\r\n", "400"},
		{"chunks and length, in the second request", "GET /first HTTP/1.1\r\nHost: HOST\r\n\r\nPOST / HTTP/1.1\r\nHost: HOST\r\nKEY\r\nTransfer-Encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n", "400"},
		{"chunks in HTTP/1.0", "POST / HTTP/1.0\r\nHost: HOST\r\nKEY\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
		{"a line between the two limits, then length and chunks", "GET / HTTP/1.1\r\nHost: HOST\r\nX-A: " + strings.Repeat("a", 66<<10) + "\r\n\r\nPOST / HTTP/1.1\r\nHost: HOST\r\nKEY\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
		{"unknown encoding", "POST / HTTP/1.1\r\nHost: HOST\r\nKEY\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "501"},
		{"two encodings", "POST / HTTP/1.1\r\nHost: HOST\r\nKEY\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "501"},
		{"a folded header", get("/", "X-A: 1\r\n 2\r\n"), "400"},
		{"a folded encoding", "POST / HTTP/1.1\r\nHost: HOST\r\nKEY\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", "400"},
		{"a space before the colon", get("/", "Content-Length : 3\r\n"), "400"},
		{"a header without a colon", get("/", "Nonsense\r\n"), "400"},
		{"a head that is too long", get("/"+strings.Repeat("a", 70<<10), ""), "431"},
		{"too many headers", get("/", strings.Repeat("X-A: "+strings.Repeat("a", 1000)+"\r\n", 70)), "431"},
	} {
		t.Run(row.name, func(t *testing.T) {
			answers := g.raw(row.request)
			last := answers[strings.LastIndex(answers, "HTTP/1.")+1:]
			if !strings.HasPrefix(last, "TTP/1.1 "+row.want) && !strings.HasPrefix(last, "TTP/1.0 "+row.want) {
				t.Errorf("expected %s, found %.300q", row.want, answers)
			}
			if sent := g.api.requests(); len(sent) > 0 {
				t.Errorf("the API was sent %s", sent[0].RequestURI)
				g.api.list = nil
			}
			if strings.Contains(answers, g.Key().Reveal()) || strings.Contains(answers, "token-") {
				t.Errorf("a secret in %q", answers)
			}
		})
	}
	if log := g.logged(); strings.Contains(log, g.Key().Reveal()) || strings.Contains(log, "token-") {
		t.Errorf("a secret in the log: %s", log)
	}
}

// TestChunks: a body without a length is sent on, and nothing behind it is a request.
func TestChunks(t *testing.T) {
	g := start(t, nil)
	answers := g.raw("POST /a HTTP/1.1\r\nHost: HOST\r\nKEY\r\nTransfer-Encoding: chunked\r\nTrailer: Authorization\r\n\r\n2\r\nhi\r\n0\r\nAuthorization: Basic eDp5\r\n\r\nGET /b HTTP/1.1\r\nHost: HOST\r\nKEY\r\n\r\n")
	sent := g.api.requests()
	if len(sent) != 1 || sent[0].body != "hi" || len(sent[0].Trailer) > 0 || !strings.Contains(answers, "Connection: close") {
		t.Errorf("the API was sent %d requests, the client %q", len(sent), answers)
	}
}

func TestAllowedOrigin(t *testing.T) {
	g := start(t, nil, func(o *Options) { o.Origins = []string{"http://app.example"} })
	preflight := g.raw("OPTIONS /orders HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nOrigin: http://app.example\r\nAccess-Control-Request-Method: PUT\r\n" +
		"Access-Control-Request-Headers: implicit-proxy-key\r\nAccess-Control-Request-Private-Network: true\r\n\r\n")
	for _, want := range []string{"HTTP/1.1 204", "Access-Control-Allow-Origin: http://app.example\r\n", "Access-Control-Allow-Methods: PUT\r\n",
		"Access-Control-Allow-Headers: implicit-proxy-key\r\n", "Access-Control-Allow-Private-Network: true\r\n", "Vary: Origin\r\n"} {
		if !strings.Contains(preflight, want) {
			t.Errorf("%q lacks %q", preflight, want)
		}
	}
	resp, _ := g.get("GET", "/", "", "Origin", "http://app.example", "Sec-Fetch-Site", "cross-site")
	if resp.StatusCode != 200 || resp.Header.Get("Access-Control-Allow-Origin") != "http://app.example" || resp.Header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("status %d, headers %v", resp.StatusCode, resp.Header)
	}
	if sent := g.api.requests(); len(sent) != 1 || sent[0].Header.Get("Origin") != "" {
		t.Errorf("the API was sent %d requests", len(sent))
	}
	answer := g.raw("GET / HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nOrigin: http://app.example\r\n\r\n")
	if !strings.HasPrefix(answer, "HTTP/1.1 403") || !strings.Contains(answer, "Access-Control-Allow-Origin: http://app.example") {
		t.Errorf("without the key an allowed page gets %q, expected an answer that it can read", answer)
	}
}

// TestStreams reads each part of an answer before the next one is sent.
func TestStreams(t *testing.T) {
	next := make(chan bool)
	g := start(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for n := 1; n <= 3; n++ {
			fmt.Fprintf(w, "data: %d\n", n)
			w.(http.Flusher).Flush()
			<-next
		}
	})
	req, _ := http.NewRequest("GET", "http://"+g.address, nil)
	req.Header.Set(KeyHeader, g.Key().Reveal())
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for n := 1; n <= 3; n++ {
		if !lines.Scan() || lines.Text() != fmt.Sprintf("data: %d", n) {
			t.Fatalf("part %d: %q, %v", n, lines.Text(), lines.Err())
		}
		next <- true
	}
}

// TestRefusedToken: a 401 renews once for each token, and only once a minute.
func TestRefusedToken(t *testing.T) {
	accepted := "token-2"
	g := start(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+accepted {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	tokens := func(method, body string, status int, want ...string) {
		t.Helper()
		g.api.list = nil
		resp, _ := g.get(method, "/", body)
		var got []string
		for _, r := range g.api.requests() {
			got = append(got, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		}
		if resp.StatusCode != status || !slices.Equal(got, want) {
			t.Errorf("status %d with the tokens %q, expected %d with %q", resp.StatusCode, got, status, want)
		}
	}
	tokens("GET", "", 200, "token-1", "token-2")
	accepted = "none"
	tokens("GET", "", 401, "token-2")
	g.pass(2 * refusedFor)
	tokens("GET", "", 401, "token-2", "token-3")
	tokens("GET", "", 401, "token-3")
	g.pass(2 * refusedFor)
	accepted = "token-4"
	tokens("POST", "body", 401, "token-3")
	tokens("POST", "body", 200, "token-4")
	accepted = "none"
	g.pass(2 * refusedFor)
	g.fails(errors.New("no way"))
	tokens("GET", "", 401, "token-4")
	accepted = "token-4" // it is still used: another resource may accept it
	tokens("GET", "", 200, "token-4")
}

func TestExpiry(t *testing.T) {
	g := start(t, nil)
	for want := 1; want <= 3; want++ {
		g.get("GET", "/", "")
		g.get("GET", "/", "")
		sent := g.api.requests()
		if got := sent[len(sent)-1].Header.Get("Authorization"); got != fmt.Sprintf("Bearer token-%d", want) {
			t.Errorf("sent %s, expected the token %d", got, want)
		}
		g.pass(life - 30*time.Second) // less than MinTTL is left
	}
}

// TestNoToken: the last token is used to its end; then the answer says what to do.
func TestNoToken(t *testing.T) {
	g := start(t, nil)
	g.get("GET", "/", "")
	g.fails(&implicit.InteractionRequiredError{Needs: implicit.NeedsSignOn, Reason: "no usable token"})
	g.pass(life - 30*time.Second)
	if resp, _ := g.get("GET", "/", ""); resp.StatusCode != 200 {
		t.Errorf("with a token for 30 seconds: status %d", resp.StatusCode)
	}
	g.pass(time.Minute)
	resp, body := g.get("GET", "/", "")
	if resp.StatusCode != 503 || resp.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(body, "implicit login") || !strings.Contains(body, `"no_token"`) {
		t.Errorf("status %d, %s", resp.StatusCode, body)
	}
	if log := g.logged(); !strings.Contains(log, "no usable token") {
		t.Errorf("logged %s", log)
	}
	g.fails(nil)
	if resp, _ := g.get("GET", "/", ""); resp.StatusCode != 503 {
		t.Errorf("at once after a failure: status %d, expected the same answer without another try", resp.StatusCode)
	}
	g.pass(2 * failedFor)
	if resp, _ := g.get("GET", "/", ""); resp.StatusCode != 200 {
		t.Errorf("after a login: status %d", resp.StatusCode)
	}
}

func TestUnreachable(t *testing.T) {
	g := start(t, nil)
	g.api.Close()
	resp, body := g.get("GET", "/", "")
	if resp.StatusCode != 502 || !strings.Contains(body, `"upstream"`) || strings.Contains(body, "token-") {
		t.Errorf("status %d, %s", resp.StatusCode, body)
	}
}

// TestProtocolChange: an API cannot make the proxy a tunnel.
func TestProtocolChange(t *testing.T) {
	g := start(t, func(w http.ResponseWriter, r *http.Request) {
		conn, out, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		io.WriteString(out, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
		out.Flush()
		io.Copy(io.Discard, out)
	})
	if resp, body := g.get("GET", "/", ""); resp.StatusCode != 502 {
		t.Errorf("status %d, %s", resp.StatusCode, body)
	}
}

func TestTargets(t *testing.T) {
	for _, row := range []struct {
		raw, want string // empty: refused
	}{
		{"https://api.example.com", "https://api.example.com"},
		{"https://api.example.com:8443/v1/", "https://api.example.com:8443/v1"},
		{"http://127.0.0.1:8080/a%20b", "http://127.0.0.1:8080/a%20b"},
		{"http://localhost", "http://localhost"},
		{"http://[::1]:8080", "http://[::1]:8080"},
		{"http://api.example.com", ""},
		{"http://localhost.example.com", ""},
		{"https://user:password@api.example.com", ""},
		{"https://api.example.com/v1?x=1", ""},
		{"https://api.example.com/v1?", ""},
		{"https://api.example.com/#", ""},
		{"https://api.example.com/v1/../v2", ""},
		{"https://api.example.com/v1%2fx", ""},
		{"https://api.example.com//v1", ""},
		{"ftp://api.example.com", ""},
		{"api.example.com", ""},
		{"https://", ""},
		{"https://:443", ""},
		{"", ""},
		{":", ""},
	} {
		u, err := ParseTarget(row.raw)
		var refused *AddressError
		switch {
		case row.want == "" && !errors.As(err, &refused):
			t.Errorf("%q was accepted", row.raw)
		case row.want != "" && (err != nil || u.String() != row.want):
			t.Errorf("%q is %v, %v; expected %s", row.raw, u, err, row.want)
		case err != nil && strings.Contains(err.Error(), "password@"):
			t.Errorf("%q: the error repeats the password: %v", row.raw, err)
		}
	}
	for raw, ok := range map[string]bool{"http://localhost:3000": true, "https://app.example": true, "null": false, "*": false, "http://x/": false, "http://X": false, "file://": false, "http://u@x": false} {
		if _, err := ParseOrigin(raw); (err == nil) != ok {
			t.Errorf("the origin %q: %v", raw, err)
		}
	}
	for address, ok := range map[string]bool{"127.0.0.1:0": true, "[::1]:8080": true, "localhost:0": false, "0.0.0.0:0": false, ":0": false, "127.0.0.1": false, "127.0.0.1:http": false} {
		if err := CheckListen(address); (err == nil) != ok {
			t.Errorf("the address %q: %v", address, err)
		}
	}
}
