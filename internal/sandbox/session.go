package sandbox

import (
	"crypto/rand"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The session cookie and its twin for browsers that mishandle SameSite=None.
const (
	sessionCookie      = "ST"
	sessionCookieTwin  = "ST-NO-SS"
	loadBalancerCookie = "AWSELB"
)

// How long unused flows and sessions are kept.
const (
	flowLifetime    = 15 * time.Minute    // without activity, as PingOne
	sessionLifetime = 30 * 24 * time.Hour // the same
	cookieLifetime  = 3600                // seconds
	sweepInterval   = time.Minute
)

// How many are kept: more would be a load that does not end.
const (
	maxFlows    = 200_000
	maxSessions = 100_000
)

// makeRoom drops one where there are as many as may be: the one that was not used for the
// longest time of a few, as to look at all would cost the more the more there are.
func makeRoom[V any](all map[string]V, limit int, used func(V) time.Time) {
	if len(all) < limit {
		return
	}
	oldest, looked := "", 0
	for key, v := range all { // begins anywhere
		if oldest == "" || used(v).Before(used(all[oldest])) {
			oldest = key
		}
		if looked++; looked == 16 {
			break
		}
	}
	delete(all, oldest)
}

// session is one browser's single sign-on session: anonymous from the first
// accepted credentials until a user has signed on.
type session struct {
	id, token string
	account   *account
	done      map[string]bool // actions of policies
	amr       []string
	authTime  time.Time
	seen      time.Time
}

// random fills b. A reader that was handed in may end: then the system's goes on.
func (s *Sandbox) random(b []byte) {
	if _, err := io.ReadFull(s.rand, b); err != nil {
		rand.Read(b)
	}
}

func (s *Sandbox) newSession(c *call) *session {
	sess := &session{id: s.uuid(), token: s.uuid(), done: map[string]bool{}, seen: c.now}
	makeRoom(s.sessions, maxSessions, func(sess *session) time.Time { return sess.seen })
	s.sessions[sess.token] = sess
	return sess
}

// sessionOf returns the session of the request's cookies, or nil.
func (s *Sandbox) sessionOf(c *call) *session {
	for _, name := range []string{sessionCookie, sessionCookieTwin} {
		for _, cookie := range c.r.CookiesNamed(name) {
			if sess := s.sessions[cookie.Value]; sess != nil {
				sess.seen = c.now
				return sess
			}
		}
	}
	return nil
}

// renew gives a session a new cookie value; the old one is no longer valid.
func (s *Sandbox) renew(sess *session) {
	delete(s.sessions, sess.token)
	sess.token = s.uuid()
	s.sessions[sess.token] = sess
}

// enter gives the browser a session once a flow has accepted credentials. The
// steps that follow, and resume, need its cookie.
func (s *Sandbox) enter(c *call, f *flow) {
	if f.entered || len(f.amr) == 0 {
		return
	}
	f.entered = true
	gone := f.session == nil || s.sessions[f.session.token] != f.session // none yet, or signed off
	if gone || f.session.account != nil && f.session.account != f.account {
		f.session = s.newSession(c)
	}
	if !s.on("cookies-at-authorize-only") {
		s.setSessionCookies(c, f.session.token, time.Time{})
	}
}

// signOn records that a flow has completed, in the session the flow began
// in. Another user gets another session.
func (s *Sandbox) signOn(c *call, f *flow) {
	if f.password {
		f.done[actionLogin] = true
	}
	switch {
	case f.session == nil || s.sessions[f.session.token] != f.session: // none yet, or signed off
		f.session = s.newSession(c)
	case f.session.account != nil && f.session.account != f.account:
		delete(s.sessions, f.session.token)
		f.session = s.newSession(c)
	}
	sess := f.session
	sess.account, sess.authTime, sess.amr, sess.seen = f.account, c.now, f.amr, c.now
	maps.Copy(sess.done, f.done)
	if !s.on("cookies-at-authorize-only") {
		s.setSessionCookies(c, sess.token, time.Time{})
	}
}

// setSessionCookies sets ST and its twin, or expires them. Browsers take
// Secure and SameSite=None over https alone, so plain http goes without.
func (s *Sandbox) setSessionCookies(c *call, value string, expires time.Time) {
	path := strings.TrimPrefix(c.auth, c.base)
	if path == "" || !s.on("cookie-path-environment") {
		path = "/"
	}
	secure := strings.HasPrefix(c.base, "https:")
	twin := http.Cookie{Name: sessionCookieTwin, Value: value, Path: path, HttpOnly: true, Secure: secure, Expires: expires, MaxAge: cookieLifetime}
	switch {
	case !expires.IsZero():
		twin.MaxAge = -1
	case s.on("cookie-path-environment"):
		twin.MaxAge = 0
	}
	first := twin
	first.Name = sessionCookie
	if secure {
		first.SameSite = http.SameSiteNoneMode
	}
	c.cookies = slices.DeleteFunc(c.cookies, func(k *http.Cookie) bool { return k.Name == first.Name || k.Name == twin.Name })
	c.cookies = append(c.cookies, &first, &twin)
}

// everyLeg is the reading under which each leg renews the cookie.
func (s *Sandbox) everyLeg(c *call, sess *session) {
	if sess != nil && s.on("cookies-on-every-leg") {
		s.renew(sess)
		s.setSessionCookies(c, sess.token, time.Time{})
	}
}

// wrongNode reports whether the load balancer has lost the client.
func (s *Sandbox) wrongNode(c *call) bool {
	return s.on("load-balancer-cookie") && len(c.r.CookiesNamed(loadBalancerCookie)) == 0
}

// sweep forgets flows and sessions that have expired.
func (s *Sandbox) sweep(now time.Time) {
	if now.Sub(s.swept).Abs() < sweepInterval {
		return
	}
	s.swept = now
	maps.DeleteFunc(s.flows, func(_ string, f *flow) bool { return now.After(f.expires) })
	maps.DeleteFunc(s.sessions, func(_ string, sess *session) bool {
		limit := sessionLifetime
		if sess.account == nil {
			limit = flowLifetime
		}
		return now.Sub(sess.seen) > limit
	})
}
