package loopback

import (
	"io"
	"net/http"
	"sync"
	"time"
)

// page is one that a browser is sent on to, under an address that holds nothing
// of what was received.
type page struct {
	path    string
	verdict Verdict       // to be read when ready is closed
	ready   chan struct{} // the verdict is known; nil for a page that always says the same
	shown   chan struct{} // the browser has it
	cookie  bool          // the browser has our cookie, which this page deletes
	once    sync.Once
}

func newPage(path string, cookie bool) *page {
	return &page{path: path, cookie: cookie, ready: make(chan struct{}), shown: make(chan struct{})}
}

// show lets the page say the verdict.
func (p *page) show(v Verdict) {
	p.verdict = v
	close(p.ready)
}

// outcome is the verdict, or that no command waits for one any more.
func (p *page) outcome() document {
	select {
	case <-p.ready:
	default:
		return document{state: "bad", v: texts[ended]}
	}
	if p.verdict.OK {
		return document{state: "good", v: p.verdict}
	}
	return document{state: "bad", v: p.verdict}
}

// Paths of the pages for strays, behind the prefix.
const (
	waitingPage = "/waiting"
	foreignPage = "/foreign"
	signedPage  = "/signed"
	againPage   = "/again"
)

func (l *Listener) fixedPages() map[string]*page {
	pages := map[string]*page{}
	for path, t := range map[string]text{waitingPage: waiting, foreignPage: notOurs, signedPage: signed, againPage: again} {
		pages[l.prefix+path] = &page{path: l.prefix + path, verdict: texts[t]}
	}
	return pages
}

// find returns the page at path, nil where there is none.
func (l *Listener) find(path string) *page {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.candidates {
		if p.path == path {
			return p
		}
	}
	return l.fixed[path]
}

// servePage shows a page. A candidate's is sent in two parts: its beginning at
// once, so that the address with the response is gone from the browser, and the
// verdict when it is known.
func (l *Listener) servePage(w http.ResponseWriter, r *http.Request, p *page) {
	if r.Method != http.MethodGet {
		l.refuse(w, r, OtherMethod, http.StatusMethodNotAllowed)
		return
	}
	if p.ready == nil {
		l.notice(w, http.StatusBadRequest, p.verdict)
		return
	}
	if p.cookie {
		l.hasCookie(r) // keeps the connection
		l.setCookie(w, "", -1)
	}
	nonce := l.setPolicy(w, "; form-action 'none'")
	begins := document{state: "working", v: texts[checking]}
	l.write(w, "text/html", http.StatusOK, []byte(head(nonce, "")+begins.main()))
	control := http.NewResponseController(w)
	control.Flush()
	control.SetReadDeadline(time.Now().Add(l.wait)) // else it would end the wait for the verdict
	select {
	case <-p.ready:
	case <-l.closed:
	case <-r.Context().Done(): // the window was closed; the response counts all the same
		return
	}
	control.SetWriteDeadline(time.Now().Add(writeTimeout))
	io.WriteString(w, `<style nonce="`+nonce+`">[data-state=working] { display: none }</style>`+title(p.outcome().v.Title)+p.outcome().main())
	control.Flush()
	p.once.Do(func() { close(p.shown) })
}
