package doctor

import (
	"net/url"
	"strings"

	"github.com/implicit-cli/implicit/internal/loopback"
)

// match says how a redirect URI is registered.
type match int

const (
	differs match = iota
	matches
	matchesAnyPort // if the any-port rule for loopback applies
)

// match applies PingOne's rules: equal character by character; with patterns allowed,
// one asterisk in path or query; loopback without a port.
func (a *Registered) match(uri string) match {
	found := differs
	for _, registered := range a.RedirectURIs {
		switch {
		case registered == uri, a.Wildcards && matchesPattern(registered, uri):
			return matches
		case anyPort(registered, uri):
			found = matchesAnyPort
		}
	}
	return found
}

// matchesPattern lets the one asterisk be a part of a path segment or of the query.
func matchesPattern(pattern, uri string) bool {
	before, after, ok := strings.Cut(pattern, "*")
	p, err := url.Parse(before)
	if !ok || strings.Contains(after, "*") || err != nil || p.Host == "" || p.Path == "" && p.RawQuery == "" {
		return false
	}
	rest, starts := strings.CutPrefix(uri, before)
	middle, ends := strings.CutSuffix(rest, after)
	return starts && ends && !strings.ContainsAny(middle, "/?#\\") && !strings.Contains(middle, "..")
}

// anyPort reports whether the registered URI is one of loopback without a port, and
// the other the same with one.
func anyPort(registered, uri string) bool {
	free, ok := loopback.PortFree(uri)
	return ok && free == registered && loopback.IsLocal(registered)
}
