package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// checkURL refuses anything but an absolute https URL; plain http is for loopback.
func checkURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Hostname() == "" || strings.ContainsFunc(raw, func(c rune) bool { return c <= ' ' || c == 0x7f }):
		return fmt.Errorf("expected an absolute URL, found %q", raw)
	case u.User != nil:
		return errors.New("expected no user name or password in the URL")
	case strings.Contains(raw, "#"):
		return fmt.Errorf("expected no fragment, found %q", raw)
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("expected https (plain http is for loopback only), found %q", raw)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
