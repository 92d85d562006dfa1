package loopback

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// heldForm is a form post without the cookie, which browsers do not
// send with another site's form. Our page posts its handle, and then the cookie
// is sent.
type heldForm struct {
	handle string
	resp   *implicit.Response
	err    error
}

// hold keeps a form post with our state and returns its handle.
func (l *Listener) hold(resp *implicit.Response, err error) string {
	h := heldForm{l.randomText(), resp, err}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = newest(append(l.held, h))
	return h.handle
}

// holds reports whether a form post with this handle is held.
func (l *Listener) holds(handle string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.held, func(h heldForm) bool { return h.handle == handle })
}

// release returns a held form post, once.
func (l *Listener) release(handle string) (h heldForm, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.held, func(h heldForm) bool { return h.handle == handle })
	if i < 0 {
		return heldForm{}, false
	}
	h = l.held[i]
	l.held = slices.Delete(l.held, i, i+1)
	return h, true
}

// relayToken makes the token of one relay page. Nothing is stored for it, so
// that no number of page loads can invalidate the token of another tab.
func (l *Listener) relayToken() string {
	text := l.randomText()
	return text + "." + l.sign(text)
}

func (l *Listener) isRelayToken(token string) bool {
	text, signature, _ := strings.Cut(token, ".")
	return hmac.Equal([]byte(signature), []byte(l.sign(text)))
}

func (l *Listener) sign(text string) string {
	mac := hmac.New(sha256.New, l.relayKey)
	mac.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// serveRelay takes what a relay page's script posts and names the page to go on
// to: with a token, what was behind the path of the address, "?query#fragment";
// or the handle of a held form.
func (l *Listener) serveRelay(w http.ResponseWriter, r *http.Request) {
	token := r.Header.Get("Relay-Token")
	if r.Method != http.MethodPost || r.Header.Get("Origin") != l.at.origin() {
		l.refuse(w, r, UnknownRelay, http.StatusForbidden)
		return
	}
	if h, ok := l.release(token); ok {
		p := l.receive(r, h.resp, h.err)
		l.write(w, "text/plain", http.StatusOK, []byte(p.path))
		return
	}
	if !l.isRelayToken(token) {
		l.refuse(w, r, UnknownRelay, http.StatusForbidden)
		return
	}
	if found, ok := l.body(w, r); ok {
		l.write(w, "text/plain", http.StatusOK, []byte(l.relayed(r, found).path))
	}
}

func (l *Listener) relayed(r *http.Request, found string) *page {
	resp, err := implicit.ParseURL(l.address(found), l.RedirectURI())
	if err == nil || l.carriesState(found) {
		return l.receive(r, resp, err)
	}
	if isSigned(found) {
		l.stray(r, SignedResponse, "")
		return l.fixed[l.prefix+signedPage]
	}
	l.stray(r, NoResponse, "")
	return l.fixed[l.prefix+waitingPage]
}

// serveHeld takes the handle of a held form from a browser without JavaScript.
func (l *Listener) serveHeld(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.Header.Get("Origin") != l.at.origin() {
		l.refuse(w, r, UnknownRelay, http.StatusForbidden)
		return
	}
	body, ok := l.body(w, r)
	if !ok {
		return
	}
	h, ok := l.release(strings.TrimPrefix(body, "handle="))
	if !ok {
		l.refuse(w, r, UnknownRelay, http.StatusForbidden)
		return
	}
	http.Redirect(w, r, l.receive(r, h.resp, h.err).path, http.StatusSeeOther)
}
