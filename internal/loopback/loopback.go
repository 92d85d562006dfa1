package loopback

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
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
	maxBody        = 1 << 20 // bytes of a posted response, as large as any that is read
	maxHeader      = 64 << 10
	maxCandidates  = 16 // responses with our state that wait, and form posts that are held
	headerTimeout  = 5 * time.Second
	requestTimeout = 10 * time.Second // header and body
	writeTimeout   = 5 * time.Second
	refusedTimeout = time.Second // for the unread body of a refused request
	shownTimeout   = 3 * time.Second
	shutdownGrace  = time.Second
	defaultWait    = 5 * time.Minute
)

// Options say where to listen.
type Options struct {
	// RedirectURI is http on 127.0.0.1, [::1] or localhost (both addresses);
	// without a port a free one is taken. Path and query are kept.
	RedirectURI string

	// Listen is a separate address ADDR:PORT to listen on, for containers and
	// forwarded ports; ADDR empty or an IP address. The redirect URI may then
	// also be https on any host, since a proxy there forwards to us. The Host
	// rule stays the redirect URI's; whose connection it is, is not looked up.
	Listen string

	// Wait is how long the login waits: the lifetime of the start page's cookie
	// and of a page that waits for the verdict. Zero means five minutes.
	Wait time.Duration

	// SudoUID is the value of the variable SUDO_UID. As root, that user's
	// connections are accepted too.
	SudoUID string

	// Wrap goes around the handler, to record what is received; nil: none.
	// Its ResponseWriter must have Unwrap (see http.ResponseController).
	Wrap func(http.Handler) http.Handler

	// Notify is called for what the user should learn of while the login waits,
	// once for each kind, by Wait and Hold only and never concurrently.
	Notify func(Notice)

	Rand  io.Reader                        // nil: crypto/rand
	Trace func(format string, args ...any) // a line for each request, without secrets; nil: silent
}

// Listener waits for the response to one request.
type Listener struct {
	at         *redirectURI
	sockets    []net.Listener
	exposed    bool
	admission  *admission
	wait       time.Duration
	random     io.Reader
	notify     func(Notice)
	trace      func(format string, args ...any)
	server     *http.Server
	conns      *connLimit
	prefix     string // random path of the pages that are not the redirect URI
	relayKey   []byte
	cookie     string // value of the start page's cookie
	cookieName string // has the port and a random part: browsers share cookies between ports

	mu         sync.Mutex
	req        *implicit.Request // nil until Start
	started    bool              // the start page was served
	answered   bool              // the tab with the cookie has had its response taken
	ended      bool              // a response was taken: no other counts
	held       []heldForm        // oldest first
	candidates []*page           // oldest first
	fixed      map[string]*page  // pages for strays, by path
	strays     map[Kind]*Stray

	arrivals  chan *arrival
	notices   chan Notice // holds one of each kind
	closed    chan struct{}
	closeOnce sync.Once
}

// Listen binds the port and serves from then on. The error is an
// [*AddressError] where the redirect URI cannot be served and a
// [*PortBusyError] where another program listens.
func Listen(o Options) (*Listener, error) {
	at, err := parseRedirectURI(o.RedirectURI, o.Listen != "")
	if err != nil {
		return nil, err
	}
	sockets, exposed, err := bind(at, o.Listen)
	if err != nil {
		return nil, err
	}
	l := newListener(at, o)
	l.sockets, l.exposed = sockets, exposed
	for _, s := range sockets {
		go l.server.Serve(newGuard(s, l.admission.admit))
	}
	return l, nil
}

func newListener(at *redirectURI, o Options) *Listener {
	l := &Listener{
		at: at, wait: o.Wait,
		random: o.Rand, notify: o.Notify, trace: o.Trace, conns: new(connLimit), strays: map[Kind]*Stray{},
		arrivals: make(chan *arrival, maxCandidates), notices: make(chan Notice, len(reported)), closed: make(chan struct{}),
	}
	if l.wait <= 0 {
		l.wait = defaultWait
	}
	if l.random == nil {
		l.random = rand.Reader
	}
	if l.notify == nil {
		l.notify = func(Notice) {}
	}
	if l.trace == nil {
		l.trace = func(string, ...any) {}
	}
	l.admission = &admission{refused: func(user string) { l.count(OtherUser, user) }, trace: l.trace}
	if o.Listen == "" {
		l.admission.users = allowedUsers(o.SudoUID)
	}
	l.prefix = "/" + l.randomText()
	l.relayKey = []byte(l.randomText())
	l.cookie, l.cookieName = l.randomText(), "implicit-"+at.portOrDefault()+"-"+l.randomText()[:8]
	l.fixed = l.fixedPages()
	var handler http.Handler = l
	if o.Wrap != nil {
		handler = o.Wrap(l)
	}
	l.server = &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: requestTimeout, WriteTimeout: requestTimeout + writeTimeout,
		MaxHeaderBytes: maxHeader, ConnState: l.conns.change, ConnContext: withConnection, ErrorLog: log.New(io.Discard, "", 0),
	}
	l.server.SetKeepAlivesEnabled(false)
	return l
}

// randomText is 192 bits as 32 characters that fit in a URL. It panics where
// there is no randomness, as crypto/rand does.
func (l *Listener) randomText() string {
	b := make([]byte, 24)
	if _, err := io.ReadFull(l.random, b); err != nil {
		panic("loopback: no randomness: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(b)
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

// Start takes the request whose response is waited for and returns the address
// that the browser opens: the start page, which leads to the provider with the
// request's method (OpenID Connect Core section 3.1.2.1 demands both of a
// provider). The address holds nothing of the request.
func (l *Listener) Start(req *implicit.Request) (address string, err error) {
	if req.RedirectURI != l.RedirectURI() {
		return "", fmt.Errorf("expected the redirect URI %s in the request, found %q", l.RedirectURI(), req.RedirectURI)
	}
	if _, err := req.HTTP(); err != nil {
		return "", err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.req = req
	return l.at.origin() + l.startPath(), nil
}

// ours compares in constant time: how long a guess takes says nothing.
func (l *Listener) ours(state string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.req != nil && subtle.ConstantTimeCompare([]byte(state), []byte(l.req.State)) == 1
}

// asksQuery reports whether tokens in the query were asked for.
func (l *Listener) asksQuery() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.req != nil && l.req.ResponseMode == "query"
}
