package loopback

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Kind says why a request was no answer.
type Kind string

// The kinds of stray requests.
const (
	OtherPath    Kind = "another path"               // favicon, port scan, guessed callback
	ForeignHost  Kind = "another Host"               // DNS rebinding, a forwarder that renames
	OtherMethod  Kind = "another method"             // HEAD of a link checker, OPTIONS of a preflight
	Prefetch     Kind = "prefetch"                   // a browser that looks ahead
	Embedded     Kind = "not a page of its own"      // image, script or frame of some page
	NoAnswer     Kind = "no answer in it"            // a second tab, a left-over fragment, a posted log-in form
	NoState      Kind = "an answer without state"    // CSRF
	BareError    Kind = "an error without state"     // the same, or a provider that leaves state out
	WrongState   Kind = "an answer of another login" // CSRF, an older tab
	Again        Kind = "an answer after the answer" // replay, reload, race
	UnknownRelay Kind = "a relay without our token"  // CSRF on the relay, or a reload of it
	TooLarge     Kind = "a body too large or slow"
	UsedStart    Kind = "the start page again"
)

// Stray counts the requests of one kind.
type Stray struct {
	Kind   Kind
	Count  int
	Detail string // of the last one: the code of an error without state, quoted
}

// Strays returns what came besides the answer, most frequent first.
func (l *Listener) Strays() []Stray {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []Stray
	for _, s := range l.strays {
		all = append(all, *s)
	}
	slices.SortFunc(all, func(a, b Stray) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return strings.Compare(string(a.Kind), string(b.Kind))
	})
	return all
}

// stray counts a request and tells the trace, without query and body.
func (l *Listener) stray(r *http.Request, kind Kind, detail string) {
	l.mu.Lock()
	s := l.strays[kind]
	if s == nil {
		s = &Stray{Kind: kind}
		l.strays[kind] = s
	}
	s.Count++
	if detail != "" {
		detail = fmt.Sprintf("%q", detail[:min(len(detail), 100)])
		s.Detail = detail
	}
	l.mu.Unlock()
	path := r.URL.Path
	l.trace("listener: ignored %.10q %q: %s %s", r.Method, path[:min(len(path), 60)], kind, detail)
}
