// Package proxy gives fresh tokens to programs that cannot run a command: it listens
// on this machine and adds a token to each request to one API. Whoever sends a request
// must know the key of the run.
package proxy

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/loopback"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// KeyHeader is the header of a request that has the key of the run.
const KeyHeader = "Implicit-Proxy-Key"

// Limits on requests. Bodies have none, in size or time: they are passed on as they
// are received.
const (
	maxHeader     = 64 << 10
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
)

// Options say where requests go, and who may send them.
type Options struct {
	To        *url.URL // see [ParseTarget]
	Listen    string   // see [CheckListen]
	KeyInPath bool     // the key is the first segment of the path, and not in the header
	Origins   []string // of pages that may send requests; see [ParseOrigin]

	Tokens    *Tokens
	Transport http.RoundTripper // reaches To
	Random    io.Reader
	Now       func() time.Time
	Log       func(Event)              // told of each request, by many goroutines at once
	Refused   func(user string)        // told of another user's connection
	Describe  func(error) *fault.Fault // for the answer, without secrets
}

// Event is a request and its answer, without a secret of either.
type Event struct {
	Time    time.Time `json:"time"`
	Method  string    `json:"method"`
	Path    string    `json:"path,omitempty"` // query values left out; empty for a refused request
	Status  int       `json:"status"`         // 0: there was no answer
	Millis  int64     `json:"duration_ms"`
	Outcome string    `json:"outcome,omitempty"` // what the proxy did in addition, or why it refused
}

// Proxy is a running proxy.
type Proxy struct {
	o       Options
	key     implicit.Secret
	address string // host:port
	server  *http.Server
	forward *httputil.ReverseProxy
	ended   chan error
}

// Start listens.
func Start(o Options) (*Proxy, error) {
	key := make([]byte, 32)
	if _, err := io.ReadFull(o.Random, key); err != nil {
		return nil, err
	}
	socket, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, err
	}
	p := &Proxy{o: o, key: implicit.NewSecret(base64.RawURLEncoding.EncodeToString(key)), address: socket.Addr().String(), ended: make(chan error, 1)}
	silent := log.New(io.Discard, "", 0)
	p.forward = &httputil.ReverseProxy{Rewrite: p.rewrite, ModifyResponse: p.modify, Transport: sender{p}, ErrorHandler: p.answerError, ErrorLog: silent}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader, ErrorLog: silent,
		ConnContext: withConnection, DisableGeneralOptionsHandler: true}
	go func() { p.ended <- p.server.Serve(watching{loopback.OwnUser(socket, o.Refused)}) }()
	return p, nil
}

// Key returns the key of the run: 256 bits.
func (p *Proxy) Key() implicit.Secret { return p.key }

// URL returns the address that stands for that of the API: with the key, where the
// path has it.
func (p *Proxy) URL() string {
	if p.o.KeyInPath {
		return "http://" + p.address + "/" + p.key.Reveal()
	}
	return "http://" + p.address
}

// Wait returns the error that ends the proxy.
func (p *Proxy) Wait() error { return <-p.ended }

// Close ends the proxy and its requests.
func (p *Proxy) Close() error { return p.server.Close() }

// ServeHTTP answers a request by itself or with the API's answer.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := p.o.Now()
	e := Event{Time: began, Method: r.Method}
	a := &answer{ResponseWriter: w, close: len(r.TransferEncoding) > 0}
	defer func() {
		now := p.o.Now()
		e.Status, e.Outcome, e.Millis = a.status, a.outcome, now.Sub(began).Milliseconds()
		p.o.Log(e)
	}()
	if refused := p.refusal(r); refused != nil {
		a.fail(refused)
		return
	}
	a.origin = r.Header.Get("Origin")
	switch {
	case isPreflight(r):
		allowPreflight(a, r)
	case !p.hasKey(r):
		a.fail(newProblem(http.StatusForbidden, "key", "expected the key of this run "+p.keyPlace()))
	default:
		e.Path = p.path(r) + namesOf(r.URL.RawQuery)
		// Or the server drops what is left of the body once the API answers, at the
		// moment that it is sent on, and that cuts the answer.
		_ = http.NewResponseController(w).EnableFullDuplex()
		p.forward.ServeHTTP(a, r.WithContext(context.WithValue(r.Context(), answerKey{}, a)))
	}
}

// refusal returns why a request is not sent on, whether or not it has the key; nil: it
// may be.
func (p *Proxy) refusal(r *http.Request) *problem {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	switch odd := pathProblem(path); {
	case ambiguous(r.Context()):
		return newProblem(http.StatusBadRequest, "ambiguous", "the head of a request on this connection can be read in two ways")
	case r.Method == http.MethodConnect || !strings.HasPrefix(path, "/"):
		return newProblem(http.StatusBadRequest, "target", "expected a path; this is a proxy to one API, not to any address")
	case r.Host != p.address && r.Host+":80" != p.address:
		return newProblem(http.StatusMisdirectedRequest, "host", "expected the Host "+p.address)
	case odd != "":
		return newProblem(http.StatusBadRequest, "path", odd)
	case r.Header.Get("Upgrade") != "":
		return newProblem(http.StatusNotImplemented, "upgrade", "connections cannot be upgraded")
	case r.Method == http.MethodTrace:
		return newProblem(http.StatusMethodNotAllowed, "method", "the answer to TRACE would repeat the token")
	case !p.mayCall(r):
		return newProblem(http.StatusForbidden, "origin", "the request is from a page whose origin is not allowed; see --allow-origin")
	}
	return nil
}

func (p *Proxy) keyPlace() string {
	if p.o.KeyInPath {
		return "as the first segment of the path"
	}
	return "in the header " + KeyHeader
}

// hasKey compares in constant time: how long a guess takes says nothing.
func (p *Proxy) hasKey(r *http.Request) bool {
	given := strings.Join(r.Header.Values(KeyHeader), ", ")
	if p.o.KeyInPath {
		given, _, _ = strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	}
	return subtle.ConstantTimeCompare([]byte(given), []byte(p.key.Reveal())) == 1
}

// path is the encoded path below the prefix.
func (p *Proxy) path(r *http.Request) string {
	path := r.URL.EscapedPath()
	if p.o.KeyInPath {
		path = strings.TrimPrefix(path, "/"+p.key.Reveal())
	}
	return path
}

// namesOf is a query without its values.
func namesOf(query string) string {
	if query == "" {
		return ""
	}
	var names []string
	for _, pair := range strings.Split(query, "&") {
		name, _, hasValue := strings.Cut(pair, "=")
		if !hasValue {
			name = "" // it may be a value
		} else {
			name += "="
		}
		names = append(names, name+"…")
	}
	return "?" + strings.Join(names, "&")
}
