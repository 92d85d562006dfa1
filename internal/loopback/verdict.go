package loopback

import (
	"io"
	"net/http"
	"sync"
	"time"
)

// page is one that a browser is sent on to, under an address of its own that
// holds nothing of what arrived.
type page struct {
	path    string
	ours    bool          // the answer's
	verdict Verdict       // to be read when ready is closed
	ready   chan struct{} // the verdict stands
	shown   chan struct{} // the browser has it
	once    sync.Once
}

// other keeps a page for a stranger. Only so many are kept.
func (l *Listener) other(v Verdict) *page {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := &page{path: "/" + randomValue(l.random), verdict: v}
	l.others = append(l.others, p)
	l.others = l.others[max(0, len(l.others)-maxPages):]
	return p
}

func newPage(path string) *page {
	return &page{path: path, ours: true, ready: make(chan struct{}), shown: make(chan struct{})}
}

// settle lets the page be shown.
func (p *page) settle(v Verdict) {
	p.verdict = v
	close(p.ready)
}

// outcome is the verdict, or that nobody waits for one any more.
func (p *page) outcome() document {
	select {
	case <-p.ready:
	default:
		return document{state: "bad", v: ended()}
	}
	if p.verdict.OK {
		return document{state: "good", v: p.verdict}
	}
	return document{state: "bad", v: p.verdict}
}

// find returns the page at path, nil where none is.
func (l *Listener) find(path string) *page {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last != nil && l.last.path == path {
		return l.last
	}
	for _, p := range l.others {
		if p.path == path {
			return p
		}
	}
	return nil
}

// tell shows a page. The answer's comes in two parts: its beginning at once, so
// that the address with the answer is gone from the browser, and the verdict
// when it is known.
func (l *Listener) tell(w http.ResponseWriter, r *http.Request, p *page) {
	if r.Method != http.MethodGet {
		l.refuse(w, r, OtherMethod, http.StatusMethodNotAllowed)
		return
	}
	if !p.ours {
		l.notice(w, http.StatusBadRequest, p.verdict)
		return
	}
	nonce := l.secure(w, "; form-action 'none'")
	checking := document{state: "working", v: Verdict{Title: "Checking the answer", Text: "One moment …"}}
	l.write(w, "text/html", http.StatusOK, []byte(head(nonce)+checking.main()))
	control := http.NewResponseController(w)
	control.Flush()
	select {
	case <-p.ready:
	case <-l.closed:
	case <-r.Context().Done(): // the window was closed; the answer stands
		return
	}
	d := p.outcome()
	control.SetWriteDeadline(time.Now().Add(readTimeout))
	io.WriteString(w, `<style nonce="`+nonce+`">[data-state=working] { display: none }</style>`+d.main())
	control.Flush()
	p.once.Do(func() { close(p.shown) })
}

// Words for what the person sees when nothing was judged.

func waiting() Verdict {
	return Verdict{
		Title: "Still waiting for the sign-on",
		Text:  "There is no answer in this address. The login in the terminal goes on waiting.",
		Hint:  "Finish signing on in the provider’s page, or press Ctrl-C in the terminal and start again.",
	}
}

func notOurs() Verdict {
	return Verdict{
		Title: "Not part of this login",
		Text:  "What came here belongs to another login, or was made up. Nothing was taken from it, and the login in the terminal goes on waiting.",
		Hint:  "Finish signing on in the window that the terminal opened.",
	}
}

func again() Verdict {
	return Verdict{
		Title: "This login has its answer",
		Text:  "An answer came before this one, and only the first counts. The terminal says how it ended.",
	}
}

func used() Verdict {
	return Verdict{
		Title: "This page works once",
		Text:  "The sign-on was already started from here.",
		Hint:  "Press Ctrl-C in the terminal and start again.",
	}
}

func ended() Verdict {
	return Verdict{
		Title: "The login has ended",
		Text:  "The terminal stopped waiting before this answer came.",
		Hint:  "Start again from the terminal.",
	}
}

func unreadable(err error) Verdict {
	return Verdict{
		Title: "The answer cannot be trusted",
		Text:  "The provider’s answer was refused: " + err.Error() + ".",
		Hint:  "The terminal has the details.",
	}
}
