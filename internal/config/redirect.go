package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// checkRedirectURI follows RFC 6749 section 3.1.2: absolute, no fragment. It also
// refuses what a browser changes on the way, since the address it ends on would
// then be another one than the provider was asked for.
func checkRedirectURI(raw string) error {
	scheme, rest, ok := strings.Cut(raw, ":")
	switch {
	case strings.Contains(raw, "#"):
		return fmt.Errorf("expected no fragment, found %.200q", raw)
	case !ok || scheme == "" || rest == "" || rest == "//":
		return fmt.Errorf("expected an absolute URL, found %.200q", raw)
	}
	sent := escape(raw, ` "<>^{}`+"`")
	if scheme = strings.ToLower(scheme); scheme == "http" || scheme == "https" {
		var err error
		if sent, err = browserForm(scheme, rest); err != nil {
			return err
		}
	}
	if u, err := url.Parse(sent); err != nil {
		return fmt.Errorf("expected a URL, found %.200q", raw)
	} else if u.User != nil {
		return errors.New("expected no user name or password in it")
	}
	if sent != raw {
		return fmt.Errorf("browsers change it; write and register it as %q instead of %q", sent, raw)
	}
	return nil
}

// browserForm writes an http or https URL without a fragment as browsers do:
// URL Standard section 4.4. rest follows the scheme's colon.
func browserForm(scheme, rest string) (string, error) {
	rest = strings.TrimLeft(rest, `/\`)
	end := strings.IndexAny(rest, `/\?`)
	if end < 0 {
		end = len(rest)
	}
	authority, rest := rest[:end], rest[end:]
	path, query, hasQuery := strings.Cut(rest, "?")
	host, err := browserHost(scheme, authority)
	if err != nil {
		return "", err
	}
	sent := scheme + "://" + host + escape(removeDots(strings.ReplaceAll(path, `\`, "/")), ` "<>^{}`+"`")
	if hasQuery {
		sent += "?" + escape(query, ` "<>'`)
	}
	return sent, nil
}

func browserHost(scheme, authority string) (string, error) {
	user, host, hasUser := strings.Cut(authority, "@")
	if !hasUser {
		user, host = "", authority
	}
	u, err := url.Parse(scheme + "://" + strings.ToLower(host))
	if err != nil || u.Hostname() == "" {
		return "", fmt.Errorf("expected a host, found %.80q", host)
	}
	name, port := u.Hostname(), strings.TrimLeft(u.Port(), "0")
	ip, notIP := netip.ParseAddr(name)
	switch {
	case strings.ContainsFunc(name, func(c rune) bool { return c > '~' }):
		return "", fmt.Errorf("expected the host in ASCII, an international name as xn--…; found %.80q", host)
	case notIP == nil && ip.Is6() && ip.Zone() == "":
		name = "[" + ip.String() + "]"
	case strings.Contains(name, ":"), notIP != nil && endsInNumber(name): // 127.1 and the like
		return "", fmt.Errorf("expected a host, found %.80q", host)
	}
	if port != "" && port != map[string]string{"http": "80", "https": "443"}[scheme] {
		name += ":" + port
	}
	if hasUser {
		name = user + "@" + name
	}
	return name, nil
}

// endsInNumber reports whether browsers take the host for an IPv4 address: URL
// Standard section 3.5.
func endsInNumber(host string) bool {
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	_, err := strconv.ParseUint(labels[len(labels)-1], 0, 64)
	_, decimal := strconv.ParseUint(labels[len(labels)-1], 10, 64)
	return err == nil || decimal == nil
}

// removeDots resolves . and .. in a path, their escaped forms included.
func removeDots(path string) string {
	var kept []string
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		last := i == len(segments)-1
		switch strings.ReplaceAll(strings.ToLower(segment), "%2e", ".") {
		case "..":
			if len(kept) > 1 {
				kept = kept[:len(kept)-1]
			}
		case ".":
		default:
			kept = append(kept, segment)
			continue
		}
		if last {
			kept = append(kept, "")
		}
	}
	return strings.Join(kept, "/")
}

// escape writes the characters of set and all beyond ASCII as %XX.
func escape(text, set string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		if c > '~' || slices.Contains([]byte(set), c) {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
