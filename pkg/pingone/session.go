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
}

// NewSession returns a session of known cookies.
func NewSession(cookies ...Cookie) Session { return Session{slices.Clone(cookies)} }

// SessionFromToken returns the session of a bare ST value, as the documentation
// passes it from one curl command to the next.
func SessionFromToken(st implicit.Secret) Session {
	return NewSession(Cookie{"ST", st}, Cookie{"ST-NO-SS", st})
}

// Cookies returns what the session holds.
func (s *Session) Cookies() []Cookie { return slices.Clone(s.cookies) }

// Empty reports whether there is no cookie.
func (s *Session) Empty() bool { return len(s.cookies) == 0 }

const maxCookies = 20 // PingOne takes 6 KB of request headers in all

func (s *Session) collect(h http.Header, now time.Time) {
	for _, c := range (&http.Response{Header: h}).Cookies() {
		s.cookies = slices.DeleteFunc(s.cookies, func(old Cookie) bool { return old.Name == c.Name })
		gone := c.Value == "" || c.MaxAge < 0 || (c.MaxAge == 0 && !c.Expires.IsZero() && c.Expires.Before(now))
		if !gone && len(s.cookies) < maxCookies {
			s.cookies = append(s.cookies, Cookie{c.Name, implicit.NewSecret(c.Value)})
		}
	}
}

func (s *Session) header() string {
	pairs := make([]string, len(s.cookies))
	for i, c := range s.cookies {
		pairs[i] = c.Name + "=" + c.Value.Reveal()
	}
	return strings.Join(pairs, "; ")
}
