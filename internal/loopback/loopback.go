package loopback

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Limits on what a stranger may send or hold. A browser needs none of the time.
const (
	maxBody       = 1 << 20 // bytes of a posted answer, as large as any answer that is read
	maxHeader     = 64 << 10
	maxPages      = 1024            // tokens of relay pages, and pages for strangers, that are kept
	readTimeout   = 5 * time.Second // for a header, and again for a body
	farewell      = 3 * time.Second // for the last page to leave
	shutdownGrace = time.Second
)

// Options say where to listen.
type Options struct {
	// RedirectURI is http on 127.0.0.1, [::1] or localhost (both addresses);
	// without a port a free one is taken. Path and query are kept.
	RedirectURI string

	// Listen is an address ADDR:PORT apart from the redirect URI's, for
	// containers and forwarded ports; ADDR empty or an IP address. The
	// redirect URI may then also be https on any host, since something else
	// answers there and forwards. The Host rule stays the redirect URI's.
	Listen string

	Rand  io.Reader                        // nil: crypto/rand
	Trace func(format string, args ...any) // a line for each request, without secrets; nil: silent
}

// Listener waits for the answer to one request.
type Listener struct {
	at      *target
	sockets []net.Listener
	exposed bool
	random  io.Reader
	trace   func(format string, args ...any)
	server  *http.Server
	conns   *crowd
	prefix  string // random path of the pages that are not the redirect URI

	mu     sync.Mutex
	req    *implicit.Request // nil until Start
	form   *implicit.Request // waiting to be posted by the browser; nil when it was
	tokens []string          // of the relay pages, each good once, oldest first
	others []*page           // what strangers are told, oldest first
	last   *page             // what the answer's browser is told
	strays map[Kind]*Stray

	arrivals  chan *arrival // one, buffered: no second answer counts
	closed    chan struct{}
	closeOnce sync.Once
}

// arrival is an answer with our state, and the page that waits for a word on it.
type arrival struct {
	resp *implicit.Response
	err  error // instead of resp: it cannot be read or not be trusted
	page *page
}

// Verdict is what the last page in the browser shows: the outcome of the
// validation, in words. The texts may hold anything; no byte of them is taken
// for markup.
type Verdict struct {
	OK    bool
	Title string
	Text  string
	Hint  string // what to do next
}

// Listen binds the port and serves from then on. The error is an
// [*AddressError] where the redirect URI cannot be caught and a
// [*PortBusyError] where somebody else listens.
func Listen(o Options) (*Listener, error) {
	at, err := parseTarget(o.RedirectURI, o.Listen != "")
	if err != nil {
		return nil, err
	}
	sockets, exposed, err := bind(at, o.Listen)
	if err != nil {
		return nil, err
	}
	l := &Listener{
		at: at, sockets: sockets, exposed: exposed, random: o.Rand, trace: o.Trace, conns: new(crowd),
		strays: map[Kind]*Stray{}, arrivals: make(chan *arrival, 1), closed: make(chan struct{}),
	}
	if l.random == nil {
		l.random = rand.Reader
	}
	if l.trace == nil {
		l.trace = func(string, ...any) {}
	}
	l.prefix = "/" + randomValue(l.random)
	l.server = &http.Server{
		Handler: l, ReadHeaderTimeout: readTimeout, MaxHeaderBytes: maxHeader,
		ConnState: l.conns.change, ErrorLog: log.New(io.Discard, "", 0),
	}
	l.server.SetKeepAlivesEnabled(false)
	for _, s := range sockets {
		go l.server.Serve(s)
	}
	return l, nil
}

// RedirectURI is the redirect URI with the port in use: what goes into the
// request.
func (l *Listener) RedirectURI() string { return l.at.uri() }

// Addresses are what the listener is bound to.
func (l *Listener) Addresses() (bound []net.Addr) {
	for _, s := range l.sockets {
		bound = append(bound, s.Addr())
	}
	return bound
}

// Exposed reports whether other machines may reach the listener, which its user
// should be warned of.
func (l *Listener) Exposed() bool { return l.exposed }

// Start takes the request whose answer is waited for and returns the address
// that the browser opens: the authorize URL, or with the method POST a page of
// our own, good once, whose form is that request (OpenID Connect Core section
// 3.1.2.1 demands both methods of a provider).
func (l *Listener) Start(req *implicit.Request) (open string, err error) {
	if req.RedirectURI != l.RedirectURI() {
		return "", fmt.Errorf("expected the redirect URI %s in the request, found %q", l.RedirectURI(), req.RedirectURI)
	}
	if err := req.Validate(); err != nil {
		return "", err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.req = req
	if req.Method == http.MethodPost {
		l.form = req
		return l.at.origin() + l.startPath(), nil
	}
	return req.URL()
}

// Wait returns the answer that carries the request's state, after judge has
// been called with it, once, and the browser has been given the verdict. The
// provider's refusal is a response with Error set, and judged too. An answer
// with our state that cannot be read is an [*implicit.ParseError], and not
// judged. When ctx ends, its error is returned; the listener then still answers
// until it is closed.
func (l *Listener) Wait(ctx context.Context, judge func(context.Context, *implicit.Response) Verdict) (*implicit.Response, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-l.closed:
		return nil, net.ErrClosed
	case a := <-l.arrivals:
		if a.err != nil {
			a.page.settle(unreadable(a.err))
		} else {
			a.page.settle(judge(ctx, a.resp))
		}
		select {
		case <-a.page.shown:
		case <-time.After(farewell):
		}
		return a.resp, a.err
	}
}

// deliver hands an answer to Wait and returns the page that will tell its
// verdict; nil when there was an answer before.
func (l *Listener) deliver(resp *implicit.Response, err error) *page {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last != nil {
		return nil
	}
	l.last = newPage("/" + randomValue(l.random))
	l.arrivals <- &arrival{resp, err, l.last}
	return l.last
}

// ours compares in constant time: how long a guess takes says nothing.
func (l *Listener) ours(state string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.req != nil && subtle.ConstantTimeCompare([]byte(state), []byte(l.req.State)) == 1
}

// asksQuery reports whether tokens may stand in a query.
func (l *Listener) asksQuery() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.req != nil && l.req.ResponseMode == "query"
}

// Close frees the port. A last page that is on its way still leaves. The error
// is always nil.
func (l *Listener) Close() error {
	l.closeOnce.Do(func() { close(l.closed) })
	for _, s := range l.sockets { // the server does not know those it has not begun to serve
		s.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), shutdownGrace)
	defer cancel()
	l.conns.dismiss() // Shutdown would wait for connections that a browser only opened ahead
	if l.server.Shutdown(ctx) != nil {
		l.server.Close()
	}
	return nil
}
