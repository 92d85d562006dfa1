package sandbox

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// ListenOptions say where and how Start listens. The zero value means TLS on
// a free port of 127.0.0.1.
type ListenOptions struct {
	// Addr is host:port; empty means 127.0.0.1:0. The host must be loopback,
	// unless Options.BaseURL says under which one clients reach it: then every
	// other Host is answered with 421.
	Addr string
	// Plain serves http instead of https.
	Plain bool
	// Certificate, when set, is served instead of one made for this listener.
	Certificate *tls.Certificate
	// Wrap, when set, gets each request before the sandbox does. Tests use it
	// to count, delay or break requests.
	Wrap func(http.Handler) http.Handler
}

// Server is a sandbox behind a listener.
type Server struct {
	*Sandbox
	URL    string // scheme://host:port of the listener
	CACert []byte // PEM certificate of the authority behind the listener's; nil when plain or handed in

	others    []*Sandbox
	http      *http.Server
	authority *authority
	done      chan struct{}
	err       error // of serving; read after done is closed
}

// Start makes a sandbox and serves it until ctx ends or Close is
// called. TLS uses an authority made for this one listener, whose key is not
// kept; the certificate is for loopback and for the host of o.BaseURL. Start
// refuses an address off loopback without o.BaseURL, an o.BaseURL of http where it serves
// TLS, an address it cannot listen on, and what New refuses.
func Start(ctx context.Context, o Options, l ListenOptions) (*Server, error) {
	if !l.Plain && strings.HasPrefix(o.BaseURL, "http:") { // https without TLS is behind a proxy that has it
		return nil, fmt.Errorf("sandbox: public URL must begin with https, as TLS is served, got %q; http is served with --http", o.BaseURL)
	}
	host, err := listenHost(l.Addr, o.BaseURL)
	if err != nil {
		return nil, err
	}
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", addrOrDefault(l.Addr))
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	srv, err := serve(o, l, host, ln)
	if err != nil {
		ln.Close()
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { srv.Close() })
	go func() {
		<-srv.done
		stop()
	}()
	return srv, nil
}

func serve(o Options, l ListenOptions, host string, ln net.Listener) (*Server, error) {
	scheme := "https"
	if l.Plain {
		scheme = "http"
	}
	_, port, err := net.SplitHostPort(ln.Addr().String())
	if err != nil {
		return nil, fmt.Errorf("sandbox: address of the listener: %w", err)
	}
	origin := scheme + "://" + net.JoinHostPort(host, port)
	if o.BaseURL == "" {
		o.BaseURL = origin
	}
	box, err := New(o)
	if err != nil {
		return nil, err
	}
	others, err := newOthers(o, box)
	if err != nil {
		return nil, err
	}
	srv := &Server{Sandbox: box, URL: origin, others: others, done: make(chan struct{})}
	srv.http = &http.Server{
		Handler:           environments(srv.Environments()),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(tlsErrors{box}, "", 0),
	}
	if l.Wrap != nil {
		srv.http.Handler = l.Wrap(srv.http.Handler)
	}
	outer := front{next: srv.http.Handler}
	if !isLoopback(host) {
		for _, s := range srv.Environments() {
			outer.hosts = append(outer.hosts, hostOf(s.base))
		}
	}
	run := srv.http.Serve
	if !l.Plain {
		leaf := l.Certificate
		if leaf == nil {
			made, err := srv.certificate(o, &outer)
			if err != nil {
				return nil, err
			}
			leaf = made
		}
		srv.http.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*leaf}}
		run = func(ln net.Listener) error { return srv.http.ServeTLS(ln, "", "") }
	}
	srv.http.Handler = outer
	go func() {
		defer close(srv.done)
		if err := run(ln); !errors.Is(err, http.ErrServerClosed) {
			srv.err = fmt.Errorf("sandbox: %w", err)
		}
	}()
	return srv, nil
}

// TLS is what the listener uses; nil when plain.
func (s *Server) TLS() *tls.Config { return s.http.TLSConfig }

// Close stops the server at once, open connections included, and waits until
// it has stopped.
func (s *Server) Close() error {
	err := s.http.Close()
	<-s.done
	return err
}

// Wait blocks until the server has stopped and returns why it failed, or nil
// when it was closed.
func (s *Server) Wait() error {
	<-s.done
	return s.err
}

func addrOrDefault(addr string) string {
	if addr == "" {
		return "127.0.0.1:0"
	}
	return addr
}

// listenHost returns the host of an address: loopback, or any where clients have
// a URL.
func listenHost(addr, base string) (string, error) {
	host, port, err := net.SplitHostPort(addrOrDefault(addr))
	if err != nil {
		return "", fmt.Errorf("sandbox: address must be host:port: %w", err)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", fmt.Errorf("sandbox: port must be a number from 0 to 65535, got %q", port)
	}
	if !isLoopback(host) && base == "" {
		return "", fmt.Errorf("sandbox: address must be on loopback, got %q; another one needs the URL at which clients reach it (--public-url)", addr)
	}
	return host, nil
}

// newAuthority makes an authority. Its dates, as those of its certificates, are of
// the real clock, which is the one a TLS client looks at.
func newAuthority(now time.Time) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("sandbox: make TLS authority: %w", err)
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      pkix.Name{CommonName: "implicit sandbox authority"},
		NotBefore:    now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, ca, ca, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("sandbox: make TLS authority: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("sandbox: make TLS authority: %w", err)
	}
	return &authority{key, cert}, nil
}

// newCertificate makes a certificate for loopback and for the hosts of some URLs.
func (a *authority) newCertificate(now time.Time, urls ...string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("sandbox: make TLS certificate: %w", err)
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano() + 1),
		Subject:      pkix.Name{CommonName: "implicit sandbox"},
		NotBefore:    now.Add(-time.Hour), NotAfter: a.cert.NotAfter,
		DNSNames:    []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, u := range urls {
		addHost(leaf, u)
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, a.cert, key.Public(), a.key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("sandbox: make TLS certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: key}, nil
}

// addHost makes a certificate valid for the host of a URL.
func addHost(leaf *x509.Certificate, base string) {
	u, err := url.Parse(base)
	if err != nil {
		return
	}
	if ip := net.ParseIP(u.Hostname()); ip != nil {
		leaf.IPAddresses = append(leaf.IPAddresses, ip)
	} else if u.Hostname() != "" {
		leaf.DNSNames = append(leaf.DNSNames, u.Hostname())
	}
}

// certificate makes the listener's, and the authority behind it where none was kept.
func (s *Server) certificate(o Options, outer *front) (*tls.Certificate, error) {
	now, names := time.Now(), []string{o.BaseURL}
	for _, box := range s.Environments() {
		names = append(names, "https://"+box.initial.Tenant.customDomain)
	}
	saved, err := readState(o.State)
	if err != nil {
		return nil, err
	}
	if s.authority, err = saved.authority(now); err != nil {
		return nil, err
	}
	if s.authority == nil {
		if s.authority, err = newAuthority(now); err != nil {
			return nil, err
		}
	}
	leaf, err := s.authority.newCertificate(now, names...)
	s.CACert = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.authority.cert.Raw})
	outer.ca = s.CACert
	return &leaf, err
}
