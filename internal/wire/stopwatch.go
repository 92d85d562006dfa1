package wire

import (
	"cmp"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net/http/httptrace"
	"sync"
	"time"
)

// stopwatch notes when the parts of an exchange happen. The transport calls it from
// several goroutines, and may do so after the exchange: a second dial that lost.
type stopwatch struct {
	now func() time.Time

	mu      sync.Mutex
	began   time.Time
	dns     [2]time.Time // begin, end
	connect time.Time
	tls     [2]time.Time
	conn    time.Time
	wrote   time.Time
	first   time.Time
	address string
	reused  bool
}

func newStopwatch(now func() time.Time) *stopwatch { return &stopwatch{now: now, began: now()} }

// mark notes the time, the first one where a part happens more than once.
func (s *stopwatch) mark(at *time.Time) {
	t := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if at.IsZero() {
		*at = t
	}
}

func (s *stopwatch) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		DNSStart:          func(httptrace.DNSStartInfo) { s.mark(&s.dns[0]) },
		DNSDone:           func(httptrace.DNSDoneInfo) { s.mark(&s.dns[1]) },
		ConnectStart:      func(_, _ string) { s.mark(&s.connect) },
		TLSHandshakeStart: func() { s.mark(&s.tls[0]) },
		TLSHandshakeDone:  func(tls.ConnectionState, error) { s.mark(&s.tls[1]) },
		GotConn: func(info httptrace.GotConnInfo) {
			s.mark(&s.conn)
			s.mu.Lock()
			defer s.mu.Unlock()
			s.address, s.reused = info.Conn.RemoteAddr().String(), info.Reused
		},
		WroteRequest:         func(httptrace.WroteRequestInfo) { s.mark(&s.wrote) },
		GotFirstResponseByte: func() { s.mark(&s.first) },
	}
}

func (s *stopwatch) answered() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.first.IsZero()
}

// fill gives an entry the times until now.
func (s *stopwatch) fill(e *Entry) {
	end := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	wrote := s.wrote
	if !s.first.IsZero() && (wrote.IsZero() || wrote.After(s.first)) { // an answer before the whole request: the phases may not overlap
		wrote = s.first
	}
	e.Timings = Timings{Send: between(s.conn, wrote), Wait: between(wrote, s.first), Receive: between(s.first, end), Total: end.Sub(s.began),
		DNS: Unknown, Connect: Unknown, TLS: Unknown}
	if !s.reused && !s.lost() {
		e.Timings.DNS = between(s.dns[0], s.dns[1])
		e.Timings.Connect = between(s.connect, earliest(s.tls[0], s.conn))
		e.Timings.TLS = between(s.tls[0], s.tls[1])
	}
	e.Connection.Address, e.Connection.Reused = cmp.Or(s.address, e.Connection.Address), s.reused
}

// lost reports whether another call's connection was used, and that which was being
// made for this call was not.
func (s *stopwatch) lost() bool {
	begun, done := s.tls[0], s.tls[1]
	return !s.conn.IsZero() && !begun.IsZero() && (done.IsZero() || done.After(s.conn))
}

// between is at least 0: a server may answer before it has the whole request.
func between(from, to time.Time) time.Duration {
	if from.IsZero() || to.IsZero() {
		return Unknown
	}
	return max(0, to.Sub(from))
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func describeTLS(c *Connection, state *tls.ConnectionState) {
	if state == nil {
		return
	}
	c.TLSVersion, c.CipherSuite = tls.VersionName(state.Version), tls.CipherSuiteName(state.CipherSuite)
	c.Certificates = certificates(state.PeerCertificates)
}

// unverified adds the certificates that were not trusted.
func (x *exchange) unverified(err error) {
	var distrust *tls.CertificateVerificationError
	if errors.As(err, &distrust) {
		x.rec.mu.Lock()
		defer x.rec.mu.Unlock()
		x.entry.Connection.Certificates = certificates(distrust.UnverifiedCertificates)
	}
}

func certificates(chain []*x509.Certificate) (list []Certificate) {
	for _, c := range chain {
		names := append([]string(nil), c.DNSNames...)
		for _, ip := range c.IPAddresses {
			names = append(names, ip.String())
		}
		sum := sha256.Sum256(c.Raw)
		list = append(list, Certificate{Subject: c.Subject.String(), Issuer: c.Issuer.String(),
			NotBefore: c.NotBefore, NotAfter: c.NotAfter, SHA256: hex.EncodeToString(sum[:]), Names: names})
	}
	return list
}
