package loopback

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// AddressError says why a redirect URI cannot be served on this machine, or an
// address not be listened on. It is found before anything is opened.
type AddressError struct {
	Address string // as given
	Problem string // what was expected
}

func (e *AddressError) Error() string { return fmt.Sprintf("%q: %s", e.Address, e.Problem) }

// PortBusyError says that another program uses the port of the redirect URI.
type PortBusyError struct {
	Address  string // host:port
	Who      string // the program that listens on it, where the system shows it; else empty
	PortFree string // the redirect URI without its port, which lets any free one be used; empty with --listen
	Err      error
}

func (e *PortBusyError) Error() string {
	if e.Who == "" {
		return fmt.Sprintf("%s is taken by another program", e.Address)
	}
	return fmt.Sprintf("%s is taken by %s", e.Address, e.Who)
}

func (e *PortBusyError) Unwrap() error { return e.Err }

// IsLocal reports whether [Listen] can serve a redirect URI by itself: plain http
// on 127.0.0.1, [::1] or localhost. With any other the address must be pasted.
func IsLocal(uri string) bool {
	_, err := parseRedirectURI(uri, false)
	return err == nil
}

// PortFree returns a redirect URI without its port, the form in which PingOne
// accepts any port of a native application's loopback address (RFC 8252 section
// 7.3 asks every provider to). It is what to register when a redirect URI is
// refused as a mismatch; ok is false where it is no loopback address.
func PortFree(uri string) (free string, ok bool) {
	u, err := parseRedirectURI(uri, false)
	if err != nil {
		return "", false
	}
	return u.before + bracketed(u.host) + u.after, true
}

// redirectURI is a redirect URI in parts.
type redirectURI struct {
	scheme, host, port string // host in lower case without brackets; port empty where there is none
	path               string // decoded, never empty
	before, after      string // the text before and after host and port, as given
}

// parseRedirectURI refuses what cannot be served. With a separate address to
// listen on, a proxy may receive the browser, so that https on any host will do;
// plain http never leaves loopback.
func parseRedirectURI(raw string, fronted bool) (*redirectURI, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || strings.ContainsAny(raw, " \t\r\n\\") {
		return nil, &AddressError{raw, "expected a redirect URI such as http://127.0.0.1/callback"}
	}
	start := strings.Index(raw, "://") + len("://")
	t := &redirectURI{
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
	case rewritten(t.after):
		err = &AddressError{raw, "expected the path and query as a browser sends them: percent-encoded, without . and .. segments"}
	case t.loopback() && t.scheme == "http", fronted && t.scheme == "https":
		err = nil
	case t.loopback():
		err = &AddressError{raw, "expected http: this program has no certificate for " + t.scheme + " on loopback"}
	default:
		err = &AddressError{raw, "it is not on this machine; expected http on 127.0.0.1, [::1] or localhost"}
	}
	return t, err
}

// rewritten reports whether a browser sends another path or query than is
// written here (WHATWG URL, section 4.4): the response would not match.
func rewritten(pathAndQuery string) bool {
	path, query, _ := strings.Cut(pathAndQuery, "?")
	segments := strings.Split(strings.ReplaceAll(strings.ToLower(path), "%2e", "."), "/")
	return strings.ContainsFunc(pathAndQuery, func(c rune) bool { return c <= ' ' || c > '~' || strings.ContainsRune(`"<>`, c) }) ||
		strings.ContainsAny(path, "^`{}") || strings.Contains(query, "'") ||
		slices.Contains(segments, ".") || slices.Contains(segments, "..")
}

func (t *redirectURI) loopback() bool { return t.addresses() != nil }

// addresses are what a browser may connect to for the host. The name localhost
// is both, and a program on the other one would get the response.
func (t *redirectURI) addresses() []string {
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
func (t *redirectURI) uri() string {
	host := bracketed(t.host)
	if t.port != "" {
		host += ":" + t.port
	}
	return t.before + host + t.after
}

// origin is the redirect URI's as a browser writes it (RFC 6454 section 6.2).
func (t *redirectURI) origin() string {
	host := bracketed(t.host)
	if ip := net.ParseIP(t.host); ip != nil {
		host = bracketed(ip.String())
	}
	if t.portOrDefault() != defaultPort(t.scheme) {
		host += ":" + t.port
	}
	return t.scheme + "://" + host
}

// serves reports whether a Host header names the redirect URI's host and port.
// A page that rebinds its own name to 127.0.0.1 sends its own name.
func (t *redirectURI) serves(host string) bool {
	return strings.EqualFold(strings.TrimSuffix(host, ":"+defaultPort(t.scheme)),
		strings.TrimPrefix(t.origin(), t.scheme+"://"))
}

func (t *redirectURI) portOrDefault() string {
	if t.port == "" {
		return defaultPort(t.scheme)
	}
	return t.port
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
