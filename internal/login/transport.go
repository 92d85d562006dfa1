package login

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/implicit-cli/implicit/internal/config"
)

// NewTransport reaches a provider: TLS 1.2 or newer, the system's roots and those
// of the settings, and the proxies of HTTPS_PROXY and NO_PROXY, which are never
// asked for loopback. The error is a [*ProxySettingError].
func NewTransport(s *config.Settings, getenv func(string) string) (http.RoundTripper, error) {
	return newTransport(s, getenv)
}

// NewAPITransport is NewTransport for an API that is called with the tokens: many
// requests at once, and answers as they are. The sandbox's certificate is trusted in
// addition to the system's roots.
func NewAPITransport(s *config.Settings, getenv func(string) string) (http.RoundTripper, error) {
	real := *s
	real.Provider.Sandbox = false
	t, err := newTransport(&real, getenv)
	if err != nil {
		return nil, err
	}
	t.DisableCompression, t.MaxIdleConnsPerHost = true, t.MaxIdleConns
	return t, nil
}

func newTransport(s *config.Settings, getenv func(string) string) (*proxied, error) {
	proxy, err := proxyFunc(getenv)
	if err != nil {
		return nil, err
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	roots := x509.NewCertPool()
	t.DialContext = whileDialing(t.DialContext, sync.OnceFunc(func() { readRoots(roots, s) }))
	t.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	t.ForceAttemptHTTP2 = true
	t.Proxy, t.OnProxyConnectResponse = proxy, checkConnect
	t.MaxResponseHeaderBytes = 64 << 10
	return &proxied{t}, nil
}

type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// whileDialing does other work while it connects: that takes a round trip, and no
// connection is used before the work is done.
func whileDialing(dial dialFunc, work func()) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			work()
		}()
		conn, err := dial(ctx, network, address)
		<-done
		return conn, err
	}
}

// readRoots fills the roots: to read those of the system takes longer than anything
// else that this program does at its start. The sandbox has its own alone.
func readRoots(roots *x509.CertPool, s *config.Settings) {
	if !s.Provider.Sandbox {
		if system, err := x509.SystemCertPool(); err == nil {
			*roots = *system
		}
	}
	roots.AppendCertsFromPEM(s.CAPEM)
}

// serverClock measures on the way how far this machine's clock is from the
// server's Date, so that a message about an expired token can name it.
type serverClock struct {
	next http.RoundTripper
	now  func() time.Time

	mu    sync.Mutex
	ahead time.Duration // the server's clock less ours
	known bool
}

func (c *serverClock) RoundTrip(req *http.Request) (*http.Response, error) {
	sent := c.now()
	resp, err := c.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if date, parsed := http.ParseTime(resp.Header.Get("Date")); parsed == nil {
		received := c.now()
		c.mu.Lock()
		defer c.mu.Unlock()
		c.ahead, c.known = date.Sub(sent.Add(received.Sub(sent)/2)).Round(time.Second), true
	}
	return resp, nil
}

// offset says nothing of a difference that a Date in whole seconds makes up.
func (c *serverClock) offset() (time.Duration, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ahead, c.known && c.ahead.Abs() >= 2*time.Second
}

// WithTransactionID sends the ID of the caller's transaction with each request, as
// Ping's own SDKs do; an empty one sends nothing.
func WithTransactionID(next http.RoundTripper, id string) http.RoundTripper {
	if id == "" {
		return next
	}
	return tagged{next, id}
}

type tagged struct {
	next http.RoundTripper
	id   string
}

func (t tagged) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("X-Ping-External-Transaction-ID", t.id)
	return t.next.RoundTrip(req)
}
