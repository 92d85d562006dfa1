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
	Cookies []Cookie
	// Dropped has the names of the cookies that are not sent because there are more
	// than 50 or 6 KB of them: ST and its twin are the last to go. A name is the
	// server's text.
	Dropped []string
}

// SessionFromToken returns the session of a bare ST value, as the documentation
// passes it from one curl command to the next.
func SessionFromToken(st implicit.Secret) Session {
	return Session{Cookies: []Cookie{{"ST", st}, {"ST-NO-SS", st}}}
}

// Empty reports whether there is no cookie.
func (s *Session) Empty() bool { return len(s.Cookies) == 0 }

// The limits of a session. PingOne takes 6 KB of request headers in all.
const (
	maxCookies     = 50
	maxCookieBytes = 6 << 10
)

func (s *Session) collect(h http.Header, now time.Time) {
	s.Cookies, s.Dropped = slices.Clone(s.Cookies), slices.Clone(s.Dropped) // copies of the session keep theirs
	for _, line := range h.Values("Set-Cookie") {
		c, gone, ok := readCookie(line, now)
		if !ok {
			continue
		}
		is := func(old Cookie) bool { return old.Name == c.Name }
		s.Cookies = slices.DeleteFunc(s.Cookies, is)
		s.Dropped = slices.DeleteFunc(s.Dropped, func(name string) bool { return name == c.Name })
		if !gone {
			s.Cookies = append(s.Cookies, c)
			s.shrink()
		}
	}
}

// shrink drops the newest cookies that are more than the limits allow, those of
// the session last.
func (s *Session) shrink() {
	for len(s.Cookies) > maxCookies || len(s.header()) > maxCookieBytes {
		i := len(s.Cookies) - 1
		for i > 0 && isSession(s.Cookies[i]) {
			i--
		}
		if isSession(s.Cookies[i]) { // of nothing else
			i = len(s.Cookies) - 1
		}
		if len(s.Dropped) < maxCookies {
			s.Dropped = append(s.Dropped, s.Cookies[i].Name)
		}
		s.Cookies = slices.Delete(s.Cookies, i, i+1)
	}
}

func isSession(c Cookie) bool { return c.Name == "ST" || c.Name == "ST-NO-SS" }

func (s *Session) header() string {
	pairs := make([]string, len(s.Cookies))
	for i, c := range s.Cookies {
		pairs[i] = c.Name + "=" + c.Value.Reveal()
	}
	return strings.Join(pairs, "; ")
}
