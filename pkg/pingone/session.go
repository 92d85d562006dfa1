package pingone

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Cookie is one cookie of a session.
type Cookie struct {
	Name  string
	Value implicit.Secret
}

// Session holds the cookies of one sign-on: PingOne's ST, its twin ST-NO-SS and
// what a load balancer adds. They are taken from any answer of the auth origin,
// since environments differ in which one sets them, and all go back to that
// origin whatever Path they name. The zero value is an empty session.
type Session struct {
	cookies []Cookie
	dropped []string
}

// NewSession returns a session of known cookies.
func NewSession(cookies ...Cookie) Session { return Session{cookies: slices.Clone(cookies)} }

// SessionFromToken returns the session of a bare ST value, as the documentation
// passes it from one curl command to the next.
func SessionFromToken(st implicit.Secret) Session {
	return NewSession(Cookie{"ST", st}, Cookie{"ST-NO-SS", st})
}

// Cookies returns what the session holds.
func (s *Session) Cookies() []Cookie { return slices.Clone(s.cookies) }

// Empty reports whether there is no cookie.
func (s *Session) Empty() bool { return len(s.cookies) == 0 }

// The limits of a session. PingOne takes 6 KB of request headers in all.
const (
	maxCookies     = 50
	maxCookieBytes = 6 << 10
)

// Dropped returns the names of the cookies that are not sent because there are
// more than 50 or 6 KB of them: ST and its twin are the last to go. A name is the
// server's text.
func (s *Session) Dropped() []string { return slices.Clone(s.dropped) }

func (s *Session) collect(h http.Header, now time.Time) {
	for _, line := range h.Values("Set-Cookie") {
		c, gone, ok := readCookie(line, now)
		if !ok {
			continue
		}
		is := func(old Cookie) bool { return old.Name == c.Name }
		s.cookies = slices.DeleteFunc(s.cookies, is)
		s.dropped = slices.DeleteFunc(s.dropped, func(name string) bool { return name == c.Name })
		if !gone {
			s.cookies = append(s.cookies, c)
			s.shrink()
		}
	}
}

// shrink drops the newest cookies that are more than the limits allow, those of
// the session last.
func (s *Session) shrink() {
	for len(s.cookies) > maxCookies || len(s.header()) > maxCookieBytes {
		i := len(s.cookies) - 1
		for i > 0 && isSession(s.cookies[i]) {
			i--
		}
		if isSession(s.cookies[i]) { // of nothing else
			i = len(s.cookies) - 1
		}
		if len(s.dropped) < maxCookies {
			s.dropped = append(s.dropped, s.cookies[i].Name)
		}
		s.cookies = slices.Delete(s.cookies, i, i+1)
	}
}

func isSession(c Cookie) bool { return c.Name == "ST" || c.Name == "ST-NO-SS" }

func (s *Session) header() string {
	pairs := make([]string, len(s.cookies))
	for i, c := range s.cookies {
		pairs[i] = c.Name + "=" + c.Value.Reveal()
	}
	return strings.Join(pairs, "; ")
}
