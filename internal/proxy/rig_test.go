package proxy

import (
	"context"
	"crypto/rand"
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
