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
func (l *Listener) relayPath() string { return l.prefix + "/answer" }

// ServeHTTP is the whole surface: the redirect path, the relay's way back, and
// the start page of a POST request.
func (l *Listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	harden(w.Header())
	switch path := r.URL.Path; {
	case !l.at.serves(r.Host):
		l.refuse(w, r, ForeignHost, http.StatusMisdirectedRequest)
	case lookingAhead(r):
		l.refuse(w, r, Prefetch, http.StatusServiceUnavailable)
	case path == l.relayPath():
		l.relayed(w, r)
	case path != l.at.path && path != l.startPath() && l.find(path) == nil:
		l.refuse(w, r, OtherPath, http.StatusNotFound)
	case embedded(r):
		l.refuse(w, r, Embedded, http.StatusForbidden)
	case path == l.startPath():
		l.start(w, r)
	case path != l.at.path:
		l.tell(w, r, l.find(path))
	case r.Method == http.MethodGet:
		l.landed(w, r)
	case r.Method == http.MethodPost:
		l.posted(w, r)
	default:
		l.refuse(w, r, OtherMethod, http.StatusMethodNotAllowed)
	}
}

func harden(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
}

// lookingAhead knows a browser that fetches what a person may never open. The
// refusal makes it fetch again when the person does.
func lookingAhead(r *http.Request) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Moz", "X-Purpose"} {
		v := strings.ToLower(r.Header.Get(name))
		if strings.Contains(v, "prefetch") || strings.Contains(v, "prerender") || strings.Contains(v, "preview") {
			return true
		}
	}
	return false
}

// embedded knows a request that is no navigation of a window, by the metadata
// that today's browsers send (W3C Fetch Metadata). Whose page sent it does not
// matter: a form post comes from the provider's.
func embedded(r *http.Request) bool {
	mode, dest := r.Header.Get("Sec-Fetch-Mode"), r.Header.Get("Sec-Fetch-Dest")
	return mode != "" && mode != "navigate" || dest != "" && dest != "document"
}

// refuse is the plain answer to a request that no person looks at.
func (l *Listener) refuse(w http.ResponseWriter, r *http.Request, kind Kind, status int) {
	l.stray(r, kind, "")
	http.Error(w, "This is the listener of a login in a terminal. Nothing was taken from this request.", status)
}

// landed answers a GET of the redirect URI. The query is all that a server sees
// of it: a refusal, or tokens where those were asked for there. The rest is for
// the relay page to find.
func (l *Listener) landed(w http.ResponseWriter, r *http.Request) {
	resp, err := implicit.ParseURL(l.address("?"+r.URL.RawQuery), l.RedirectURI())
	if err != nil && !l.carriesState(r.URL.RawQuery) {
		l.relayPage(w)
		return
	}
	l.answer(w, r, resp, err)
}

// posted answers a POST of the redirect URI: the answer as a form, or whatever
// form the provider's log-in page had, password included, where it redirected
// with 307. Such a body goes nowhere from here, and the fragment, which
// the browser kept, is left to the relay page.
func (l *Listener) posted(w http.ResponseWriter, r *http.Request) {
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if !strings.EqualFold(strings.TrimSpace(media), "application/x-www-form-urlencoded") {
		l.stray(r, NoAnswer, "")
		l.relayPage(w)
		return
	}
	body, ok := l.body(w, r)
	if !ok {
		return
	}
	resp, err := implicit.ParseForm(body)
	if !holdsAnswer(body) || err != nil && !l.carriesState(body) {
		l.stray(r, NoAnswer, "")
		l.relayPage(w)
		return
	}
	l.answer(w, r, resp, err)
}

// answer sends the browser on to the page with the verdict: a reload then posts
// nothing again, and the address bar holds nothing of the answer.
func (l *Listener) answer(w http.ResponseWriter, r *http.Request, resp *implicit.Response, err error) {
	if p := l.judge(r, resp, err); p.ours {
		http.Redirect(w, r, p.path, http.StatusSeeOther)
	} else {
		l.notice(w, http.StatusBadRequest, p.verdict)
	}
}

// relayed takes what the relay page's script found behind the path of the
// address, "?query#fragment", and names the page to go on to.
func (l *Listener) relayed(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.Header.Get("Origin") != l.at.origin() || !l.spend(r.Header.Get("Relay-Token")) {
		l.refuse(w, r, UnknownRelay, http.StatusForbidden)
		return
	}
	found, ok := l.body(w, r)
	if !ok {
		return
	}
	resp, err := implicit.ParseURL(l.address(found), l.RedirectURI())
	var p *page
	if err != nil && !l.carriesState(found) {
		l.stray(r, NoAnswer, "")
		p = l.other(waiting())
	} else {
		p = l.judge(r, resp, err)
	}
	l.write(w, "text/plain", http.StatusOK, []byte(p.path))
}

// address puts what stood behind the path to the redirect URI's own base.
func (l *Listener) address(found string) string {
	base, _, _ := strings.Cut(l.RedirectURI(), "?")
	return base + found
}

// judge delivers an answer of our state, once, and returns the page that tells
// the browser about it, or about why it was not taken.
func (l *Listener) judge(r *http.Request, resp *implicit.Response, err error) *page {
	if err == nil && !l.ours(resp.State) {
		l.stray(r, foreign(resp), refusal(resp))
		return l.other(notOurs())
	}
	if err == nil && resp.Channel == implicit.ChannelQuery && resp.Error == nil && !l.asksQuery() {
		resp, err = nil, &implicit.ParseError{Problem: "the tokens stand in the query, which was not asked for: they are in logs and histories now"}
	}
	p := l.deliver(resp, err)
	if p == nil {
		l.stray(r, Again, "")
		return l.other(again())
	}
	l.trace("listener: the answer came by %s", r.Method)
	return p
}

func foreign(resp *implicit.Response) Kind {
	switch {
	case resp.State != "":
		return WrongState
	case resp.Error != nil:
		return BareError
	}
	return NoState
}

func refusal(resp *implicit.Response) string {
	if resp.Error == nil {
		return ""
	}
	return resp.Error.Code
}

// carriesState reports whether text that cannot be read as an answer holds our
// state: then the provider sent it, and waiting longer helps nobody.
func (l *Listener) carriesState(text string) bool {
	pairs := strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune("?#&", c) })
	return slices.ContainsFunc(pairs, func(pair string) bool {
		name, value, _ := strings.Cut(pair, "=")
		state, err := url.QueryUnescape(value)
		return name == "state" && err == nil && l.ours(state)
	})
}

// holdsAnswer tells an answer from a log-in form, which may hold our state, a
// passcode named code and a token against forgery.
func holdsAnswer(form string) bool {
	return slices.ContainsFunc(strings.Split(form, "&"), func(pair string) bool {
		name, value, _ := strings.Cut(pair, "=")
		return value != "" && slices.Contains([]string{"access_token", "id_token", "error"}, name)
	})
}

// body reads a posted text within the limits of size and time.
func (l *Listener) body(w http.ResponseWriter, r *http.Request) (string, bool) {
	control := http.NewResponseController(w)
	control.SetReadDeadline(time.Now().Add(readTimeout))
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		l.refuse(w, r, TooLarge, http.StatusRequestEntityTooLarge)
		return "", false
	}
	control.SetReadDeadline(time.Time{}) // else it would end the wait for the verdict
	return string(b), true
}

// start serves the form of a POST request, once: whoever reads the address in
// the list of processes afterwards learns nothing.
func (l *Listener) start(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		l.refuse(w, r, OtherMethod, http.StatusMethodNotAllowed)
		return
	}
	l.mu.Lock()
	form := l.form
	l.form = nil
	l.mu.Unlock()
	if form == nil {
		l.stray(r, UsedStart, "")
		l.notice(w, http.StatusGone, used())
		return
	}
	l.startPage(w, form)
}

// token makes a token for one relay page. Only so many are kept, so that
// somebody who asks for pages without end fills nothing.
func (l *Listener) token() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	token := implicit.RandomValue(l.random)
	l.tokens = append(l.tokens, token)
	l.tokens = l.tokens[max(0, len(l.tokens)-maxPages):]
	return token
}

// spend reports whether token is one of ours, which it is once.
func (l *Listener) spend(token string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.Index(l.tokens, token)
	if i < 0 {
		return false
	}
	l.tokens = slices.Delete(l.tokens, i, i+1)
	return true
}

func (l *Listener) write(w http.ResponseWriter, media string, status int, b []byte) {
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(readTimeout))
	w.Header().Set("Content-Type", media+"; charset=utf-8")
	w.WriteHeader(status)
	w.Write(b)
}
