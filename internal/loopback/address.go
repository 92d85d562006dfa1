package loopback

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// AddressError says why a redirect URI cannot be caught on this machine, or an
// address not be listened on. It is found before anything is opened.
type AddressError struct {
	Address string // as given
	Problem string // what was expected
}

func (e *AddressError) Error() string { return fmt.Sprintf("%q: %s", e.Address, e.Problem) }

// PortBusyError says that another program has the port of the redirect URI.
type PortBusyError struct {
	Address  string // host:port
	Who      string // the program that listens there, where the system tells; else empty
	PortFree string // the redirect URI without its port, which lets any free one be used; empty with an address of its own
	Err      error
}

func (e *PortBusyError) Error() string {
	if e.Who == "" {
		return fmt.Sprintf("%s is taken by another program", e.Address)
	}
	return fmt.Sprintf("%s is taken by %s", e.Address, e.Who)
}

func (e *PortBusyError) Unwrap() error { return e.Err }

// Catchable reports whether [Listen] can catch a browser that is sent to
// redirectURI without an address of its own: plain http on 127.0.0.1, [::1] or
// localhost. For any other the address must be pasted.
func Catchable(redirectURI string) bool {
	_, err := parseTarget(redirectURI, false)
	return err == nil
}

// PortFree returns redirectURI without its port, the form in which PingOne
// accepts any port of a native application's loopback address (RFC 8252 section
// 7.3 asks every provider to). It is what to register when a redirect URI is
// refused as a mismatch; ok is false where it is no loopback address.
func PortFree(redirectURI string) (uri string, ok bool) {
	t, err := parseTarget(redirectURI, false)
	if err != nil {
		return "", false
	}
	return t.before + bracketed(t.host) + t.after, true
}

// target is a redirect URI in parts.
type target struct {
	scheme, host, port string // host in lower case without brackets; port empty where there is none
	path               string // decoded, never empty
	before, after      string // the text before and after host and port, as given
}

// parseTarget refuses what cannot be served. Behind an address of its own
// (--listen) something else may stand in front, so that https on any host will
// do; plain http never leaves loopback.
func parseTarget(raw string, fronted bool) (*target, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || strings.ContainsAny(raw, " \t\r\n\\") {
		return nil, &AddressError{raw, "expected a redirect URI such as http://127.0.0.1/callback"}
	}
	start := strings.Index(raw, "://") + len("://")
	t := &target{
		scheme: u.Scheme, host: strings.ToLower(u.Hostname()), port: u.Port(), path: u.Path,
		before: raw[:start], after: strings.TrimPrefix(raw[start:], u.Host),
	}
	if t.path == "" {
		t.path = "/"
	}
	port, errPort := strconv.ParseUint(t.port, 10, 16)
	switch {
	case u.User != nil || strings.Contains(raw, "#"):
		err = &AddressError{raw, "a redirect URI has no user name, password or fragment"}
	case !strings.HasPrefix(raw[start:], u.Host) || t.port != "" && (errPort != nil || port == 0):
		err = &AddressError{raw, "expected a plain host and a port from 1 to 65535"}
	case t.loopback() && t.scheme == "http", fronted && t.scheme == "https":
		err = nil
	case t.loopback():
		err = &AddressError{raw, "expected http: this program has no certificate for " + t.scheme + " on loopback"}
	default:
		err = &AddressError{raw, "it is not on this machine; expected http on 127.0.0.1, [::1] or localhost"}
	}
	return t, err
}

func (t *target) loopback() bool { return t.addresses() != nil }

// addresses are what a browser may connect to for the host. The name localhost
// is both, and whoever held the other one would get the answer.
func (t *target) addresses() []string {
	ip := net.ParseIP(t.host)
	switch {
	case t.host == "localhost":
		return []string{"127.0.0.1", "::1"}
	case ip != nil && ip.Equal(net.IPv4(127, 0, 0, 1)) && !strings.Contains(t.host, ":"):
		return []string{"127.0.0.1"}
	case ip != nil && ip.Equal(net.IPv6loopback):
		return []string{"::1"}
	}
	return nil
}

// uri is the redirect URI with the port in use; nothing else of it changes, so
// that it stays what is registered.
func (t *target) uri() string {
	host := bracketed(t.host)
	if t.port != "" {
		host += ":" + t.port
	}
	return t.before + host + t.after
}

// origin is the redirect URI's as a browser writes it (RFC 6454 section 6.2).
func (t *target) origin() string {
	host := bracketed(t.host)
	if ip := net.ParseIP(t.host); ip != nil {
		host = bracketed(ip.String())
	}
	if t.port != "" && t.port != defaultPort(t.scheme) {
		host += ":" + t.port
	}
	return t.scheme + "://" + host
}

// serves reports whether a Host header names the redirect URI's host and port.
// A page that rebinds its own name to 127.0.0.1 sends its own name.
func (t *target) serves(host string) bool {
	return strings.EqualFold(strings.TrimSuffix(host, ":"+defaultPort(t.scheme)),
		strings.TrimPrefix(t.origin(), t.scheme+"://"))
}

func defaultPort(scheme string) string {
	if scheme == "https" {
		return "443"
	}
	return "80"
}

func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}
