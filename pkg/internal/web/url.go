package web

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// CheckURL refuses anything but an absolute https URL; plain http is for
// loopback.
func CheckURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || HasControlOrSpace(raw) || u.Hostname() == "":
		return fmt.Errorf("expected an absolute URL, found %s", Quote(raw))
	case u.User != nil:
		return errors.New("expected no user name or password in the URL")
	case strings.Contains(raw, "#"):
		return fmt.Errorf("expected no fragment, found %s", Quote(raw))
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("expected https (plain http is for loopback only), found %s", Quote(raw))
}

// isLoopback reports whether host, without a port, is this machine: a loopback
// address or the name localhost.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// HasControlOrSpace reports whether s has a space or a control character of
// ASCII.
func HasControlOrSpace(s string) bool {
	return strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c == 0x7f })
}

// Locate returns an address as errors may show it: state, nonce and flow are in
// the query.
func Locate(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// WithoutQuery cuts query, fragment, user and password off, of what need not be a URL.
func WithoutQuery(address string) string {
	if i := strings.IndexAny(address, "?#"); i >= 0 {
		address = address[:i]
	}
	if scheme, rest, ok := strings.Cut(address, "//"); ok {
		authority, path, slash := strings.Cut(rest, "/")
		address = scheme + "//" + authority[strings.LastIndexByte(authority, '@')+1:]
		if slash {
			address += "/" + path
		}
	}
	return address
}
