package loopback

import (
	"crypto/subtle"
	"net/http"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// serveStart leads the browser to the provider and gives it the cookie. This
// user may ask again, as openers and scanners do, until a response is taken.
// Where the user cannot be known the page answers once: another user who has read
// its address in the list of processes learns nothing afterwards, and the
// terminal reports that it was asked for twice.
func (l *Listener) serveStart(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		l.refuse(w, r, OtherMethod, http.StatusMethodNotAllowed)
		return
	}
	conn := connectionOf(r)
	known := conn != nil && conn.userKnown
	l.mu.Lock()
	req, late, used := l.req, l.ended, l.started && !known
	l.started = l.started || req != nil && !late
	l.mu.Unlock()
	switch {
	case req == nil:
		l.refuse(w, r, OtherPath, http.StatusNotFound)
	case late:
		l.stray(r, Again, "")
		l.notice(w, http.StatusGone, texts[again])
	case used:
		l.stray(r, StartAgain, "")
		l.notice(w, http.StatusGone, texts[startedAlready])
	default:
		l.setCookie(w, l.cookie, int(l.wait.Seconds()))
		l.lead(w, req)
	}
}

// lead sends the browser to the provider.
func (l *Listener) lead(w http.ResponseWriter, req *implicit.Request) {
	if req.Method == http.MethodPost {
		l.formPage(w, req)
		return
	}
	address, err := req.URL()
	if err != nil { // Start has validated the request
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Location", address)
	w.WriteHeader(http.StatusSeeOther)
}

// setCookie sets or, with a negative age in seconds, deletes the cookie. It is
// not Secure, since the page is plain http. With SameSite=Lax a browser sends it
// after the provider's redirect, but not with what another site posts or embeds.
func (l *Listener) setCookie(w http.ResponseWriter, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{Name: l.cookieName, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// hasCookie reports whether the request is from the browser that was at the
// start page, and marks its connection as one to keep.
func (l *Listener) hasCookie(r *http.Request) bool {
	for _, c := range r.CookiesNamed(l.cookieName) {
		if subtle.ConstantTimeCompare([]byte(c.Value), []byte(l.cookie)) == 1 {
			if conn := connectionOf(r); conn != nil {
				l.conns.reached(conn, inTab)
			}
			return true
		}
	}
	return false
}
