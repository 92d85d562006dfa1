package loopback

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

func (l *Listener) startPath() string { return l.prefix + "/start" }
func (l *Listener) relayPath() string { return l.prefix + "/response" }
func (l *Listener) heldPath() string  { return l.prefix + "/held" }

// ServeHTTP serves all there is: the redirect URI, the start page, the relay's
// way back and the pages that a browser is sent on to.
func (l *Listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	setHeaders(w.Header())
	switch path := r.URL.Path; {
	case !l.at.serves(r.Host):
		l.refuse(w, r, ForeignHost, http.StatusMisdirectedRequest)
	case lookingAhead(r):
		l.refuse(w, r, Prefetch, http.StatusServiceUnavailable)
	case path == l.relayPath():
		l.serveRelay(w, r)
	case path == l.heldPath():
		l.serveHeld(w, r)
	case l.holds(strings.TrimPrefix(path, l.heldPath()+"/")) && r.Method == http.MethodGet && !embedded(r):
		l.heldPage(w, strings.TrimPrefix(path, l.heldPath()+"/"))
	case path != l.at.path && path != l.startPath() && l.find(path) == nil:
		l.refuse(w, r, OtherPath, http.StatusNotFound)
	case embedded(r):
		l.refuse(w, r, Embedded, http.StatusForbidden)
	case path == l.startPath():
		l.serveStart(w, r)
	case path != l.at.path:
		l.servePage(w, r, l.find(path))
	case r.Method == http.MethodGet:
		l.serveRedirect(w, r)
	case r.Method == http.MethodPost:
		l.serveForm(w, r)
	default:
		l.refuse(w, r, OtherMethod, http.StatusMethodNotAllowed)
	}
}

func setHeaders(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
}

// lookingAhead reports whether a browser fetches what its user may never open.
// The refusal makes it fetch again when the user does.
func lookingAhead(r *http.Request) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Moz", "X-Purpose"} {
		v := strings.ToLower(r.Header.Get(name))
		if strings.Contains(v, "prefetch") || strings.Contains(v, "prerender") || strings.Contains(v, "preview") {
			return true
		}
	}
	return false
}

// embedded reports whether a request is no navigation of a window, by the
// metadata that today's browsers send (W3C Fetch Metadata). Whose page sent it
// does not matter: a form post is sent by the provider's.
func embedded(r *http.Request) bool {
	mode, dest := r.Header.Get("Sec-Fetch-Mode"), r.Header.Get("Sec-Fetch-Dest")
	return mode != "" && mode != "navigate" || dest != "" && dest != "document"
}

// refuse is the plain reply to a request that no user looks at. A body that was
// not read is not waited for.
func (l *Listener) refuse(w http.ResponseWriter, r *http.Request, kind Kind, status int) {
	l.stray(r, kind, "")
	http.NewResponseController(w).SetReadDeadline(time.Now().Add(refusedTimeout))
	http.Error(w, "This is the listener of a login in a terminal. Nothing was taken from this request.", status)
}

// serveRedirect answers a GET of the redirect URI. The query is all that a
// server sees of it: a refusal, or tokens where those were asked for there. The
// rest is for the relay page to find.
func (l *Listener) serveRedirect(w http.ResponseWriter, r *http.Request) {
	resp, err := implicit.ParseURL(l.address("?"+r.URL.RawQuery), l.RedirectURI())
	if err != nil && !l.carriesState(r.URL.RawQuery) {
		l.relayPage(w)
		return
	}
	l.reply(w, r, resp, err)
}

// serveForm answers a POST of the redirect URI: the response as a form, or
// whatever form the provider's log-in page had, password included, where it
// redirected with 307. Such a body goes nowhere from here, and the fragment,
// which the browser kept, is left to the relay page.
func (l *Listener) serveForm(w http.ResponseWriter, r *http.Request) {
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if !strings.EqualFold(strings.TrimSpace(media), "application/x-www-form-urlencoded") {
		l.stray(r, NoResponse, "")
		l.relayPage(w)
		return
	}
	body, ok := l.body(w, r)
	if !ok {
		return
	}
	r.Body = io.NopCloser(strings.NewReader(body))
	resp, err := implicit.ParseFormRequest(r)
	carries := l.carriesState(body)
	switch {
	case isSigned(body) && !carries:
		l.stray(r, SignedResponse, "")
		l.notice(w, http.StatusBadRequest, texts[signed])
	case !holdsResponse(body) || err != nil && !carries:
		l.stray(r, NoResponse, "")
		l.relayPage(w)
	case carries && !l.hasCookie(r):
		// A page in reply to a post would be kept with what was posted, in the
		// browser's file of its session.
		http.Redirect(w, r, l.heldPath()+"/"+l.hold(resp, err), http.StatusSeeOther)
	default:
		l.reply(w, r, resp, err)
	}
}

// reply sends the browser on to the page with the verdict: a reload then posts
// nothing again, and the address bar holds nothing of the response.
func (l *Listener) reply(w http.ResponseWriter, r *http.Request, resp *implicit.Response, err error) {
	if p := l.receive(r, resp, err); p.ready != nil {
		http.Redirect(w, r, p.path, http.StatusSeeOther)
	} else {
		l.notice(w, http.StatusBadRequest, p.verdict)
	}
}

// address puts what was behind the path to the redirect URI's own base.
func (l *Listener) address(found string) string {
	base, _, _ := strings.Cut(l.RedirectURI(), "?")
	return base + found
}

// receive delivers a response with our state and returns the page that shows
// its verdict, or the page that says why it was not taken.
func (l *Listener) receive(r *http.Request, resp *implicit.Response, err error) *page {
	if err == nil && !l.ours(resp.State) {
		l.stray(r, foreign(resp), refusal(resp))
		return l.fixed[l.prefix+foreignPage]
	}
	if err == nil && resp.Channel == implicit.ChannelQuery && resp.Error == nil && !l.asksQuery() {
		resp, err = nil, &implicit.ParseError{Problem: "the tokens are in the query, which was not asked for: they are in logs and histories now"}
	}
	p := l.deliver(resp, err, l.hasCookie(r))
	if p == nil {
		l.stray(r, Again, "")
		return l.fixed[l.prefix+againPage]
	}
	l.trace("listener: a response was received by %s", r.Method)
	return p
}

// carriesState reports whether text that cannot be read as a response holds our
// state: then the provider sent it.
func (l *Listener) carriesState(text string) bool {
	return hasPair(text, func(name, value string) bool {
		state, err := url.QueryUnescape(value)
		return name == "state" && err == nil && l.ours(state)
	})
}

// holdsResponse distinguishes a response from a log-in form, which may hold our state, a
// passcode named code and a token against forgery.
func holdsResponse(form string) bool {
	return hasPair(form, func(name, value string) bool {
		return value != "" && slices.Contains([]string{"access_token", "id_token", "error"}, name)
	})
}

// isSigned reports whether text is a signed response (JWT Secured Authorization
// Response Mode), whose state is inside a JWT.
func isSigned(text string) bool {
	return hasPair(text, func(name, value string) bool { return name == "response" && strings.HasPrefix(value, "eyJ") })
}

func hasPair(text string, match func(name, value string) bool) bool {
	pairs := strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune("?#&", c) })
	return slices.ContainsFunc(pairs, func(pair string) bool {
		name, value, _ := strings.Cut(pair, "=")
		return match(name, value)
	})
}

// body reads a posted text within the limits of size and time.
func (l *Listener) body(w http.ResponseWriter, r *http.Request) (string, bool) {
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		l.refuse(w, r, TooLarge, http.StatusRequestEntityTooLarge)
		return "", false
	}
	return string(b), true
}

func (l *Listener) write(w http.ResponseWriter, media string, status int, b []byte) {
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout))
	w.Header().Set("Content-Type", media+"; charset=utf-8")
	w.WriteHeader(status)
	w.Write(b)
}
