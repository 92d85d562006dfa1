package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/words"
)

// Network checks how the provider is reached: name, proxy, TLS, what answers, and
// what its clock says.
func Network() Probe { return Probe{Name: "network", Ask: network} }

func network(ctx context.Context, r *Run) []Finding {
	p := r.discover(ctx)
	if p.resp == nil {
		return []Finding{r.notReached(p.err)}
	}
	found := []Finding{r.connection(p)}
	if p.resp.TLS != nil {
		found = append(found, r.certificate(p.resp.TLS))
	}
	if f, ok := r.front(p); ok {
		found = append(found, f)
	}
	return append(found, r.clock(p))
}

func (r *Run) over(name string) Finding {
	return Finding{Name: name, Hop: HopNetwork, Tried: "GET " + discoveryOf(r.Issuer())}
}

// notReached says where the request failed.
func (r *Run) notReached(err error) Finding {
	var (
		proxy *login.ProxyError
		dns   *net.DNSError
		chain *tls.CertificateVerificationError
		plain tls.RecordHeaderError
	)
	switch {
	case unsent(err):
		return r.over("connection").unknown(text(err))
	case errors.As(err, &proxy):
		return r.over("proxy").failAs(err, "")
	case errors.As(err, &dns):
		return r.over("dns").failAs(err, "")
	case errors.As(err, &chain):
		return r.over("tls").failAs(err, distrusted(chain))
	case errors.As(err, &plain):
		return r.over("tls").failAs(err, "")
	}
	return r.over("connection").failAs(err, "")
}

// distrusted says whose certificate it is, and what to do.
func distrusted(e *tls.CertificateVerificationError) string {
	var (
		invalid   x509.CertificateInvalidError
		hostname  x509.HostnameError
		authority x509.UnknownAuthorityError
	)
	issuer := "unknown"
	if n := len(e.UnverifiedCertificates); n > 0 {
		issuer = e.UnverifiedCertificates[n-1].Issuer.String()
	}
	switch {
	case errors.As(e, &invalid) && invalid.Reason == x509.Expired:
		return "the certificate has expired or is not yet valid: check this machine's clock; it was issued by " + issuer
	case errors.As(e, &hostname):
		return "the certificate is for other host names: check --auth-url, and whether a proxy answers; it was issued by " + issuer
	case errors.As(e, &authority):
		return "the certificate was issued by " + issuer + "; if this is your own proxy that inspects TLS, name its CA certificate: --ca-cert FILE"
	}
	return ""
}

func (r *Run) connection(p *page) Finding {
	parts := []string{p.resp.Proto}
	if n := len(p.addresses); n > 0 {
		parts = append(parts, "at "+p.addresses[0])
	}
	if through, ok := r.Transport.(interface{ ProxyOf(*http.Request) string }); ok {
		if proxy := through.ProxyOf(p.resp.Request); proxy != "" {
			parts = append(parts, "through the proxy "+proxy)
		}
	}
	return r.over("connection").ok(strings.Join(parts, ", "))
}

// soon is how long before its end a certificate is worth a warning.
const soon = 14 * 24 * time.Hour

func (r *Run) certificate(state *tls.ConnectionState) Finding {
	f := r.over("tls")
	if len(state.PeerCertificates) == 0 {
		return f.unknown("no certificate was shown")
	}
	leaf := state.PeerCertificates[0]
	left := leaf.NotAfter.Sub(r.Now())
	saw := fmt.Sprintf("%s, certificate by %s, valid for %s", tls.VersionName(state.Version), leaf.Issuer.CommonName, words.Span(left))
	if left < soon {
		return f.warn(saw, "tell whoever runs the host that its certificate expires soon")
	}
	return f.ok(saw)
}

// front finds answers that are not PingOne's own.
func (r *Run) front(p *page) (Finding, bool) {
	message, edge := p.edge()
	switch {
	case p.status() == http.StatusTooManyRequests:
		return r.over("rate_limit").fail(fault.ExitUnreachable, limited(p), waitFor(p)), true
	case p.status() >= 500:
		return r.over("edge").fail(fault.ExitUnreachable, fmt.Sprintf("status %d, type %s", p.status(), p.resp.Header.Get("Content-Type")),
			"try again later; if this continues, look at PingOne's status page or ask whoever runs the proxy"), true
	case edge:
		return r.over("edge").fail(fault.ExitRefused, fmt.Sprintf("status %d: %s", p.status(), message),
			"this address does not exist at PingOne: check --auth-url (no /v1), the environment ID and the region"), true
	case p.first != "":
		return r.over("edge").warn(fmt.Sprintf("%s at first, then status %d", p.first, p.status()), unsteady), true
	}
	return Finding{}, false
}

const unsteady = "try again; if this continues, ask whoever runs what is in front of the host"

func limited(p *page) string {
	if strings.Contains(strings.ToLower(p.resp.Header.Get("Server")), "cloudflare") {
		return "status 429 from Cloudflare, in front of the host"
	}
	return "status 429: too many requests"
}

func waitFor(p *page) string {
	if after := p.resp.Header.Get("Retry-After"); after != "" {
		return "wait for " + after + " (Retry-After), then run implicit doctor again"
	}
	return "wait a few minutes, then run implicit doctor again"
}

func (r *Run) clock(p *page) Finding {
	f := r.over("clock")
	switch {
	case !p.dated:
		return f.unknown("the answer has no Date")
	case p.offset.Abs() <= max(r.Settings.ClockSkew, 2*time.Second):
		return f.ok("this machine and the server agree")
	}
	direction := "behind"
	if p.offset < 0 {
		direction = "ahead of"
	}
	return f.fail(fault.ExitInvalid, fmt.Sprintf("this machine's clock is %s %s the server's", words.Span(p.offset.Abs()), direction),
		"set this machine's clock; --clock-skew accepts a difference")
}
