package loopback

import (
	"fmt"
	"net/http"
	"sort"
	"strings"
	"unicode"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Kind says why a request did not end the login.
type Kind string

// The kinds of stray requests.
const (
	OtherPath      Kind = "another path"                               // favicon, port scan, guessed callback
	ForeignHost    Kind = "another Host"                               // DNS rebinding, a forwarder that renames
	OtherMethod    Kind = "another method"                             // HEAD of a link checker, OPTIONS of a preflight
	Prefetch       Kind = "prefetch"                                   // a browser that looks ahead
	Embedded       Kind = "not a page by itself"                       // image, script or frame of another page
	NoResponse     Kind = "without a response"                         // a second tab, an old fragment, a posted log-in form
	NoState        Kind = "a response without state"                   // CSRF
	BareError      Kind = "an error without state"                     // the same, or a provider that leaves state out
	WrongState     Kind = "a response to another login"                // CSRF, an older tab
	SignedResponse Kind = "a signed response (JARM)"                   // not requested, cannot be read
	UnboundError   Kind = "an error without our cookie"                // another browser, or cookies are blocked
	UnboundInvalid Kind = "a response that is invalid, without cookie" // the same
	Again          Kind = "a response after the response"              // replay, reload, race
	UnknownRelay   Kind = "a relay request without a valid token"      // CSRF on the relay, or a reload of it
	TooLarge       Kind = "a body too large or slow"
	StartAgain     Kind = "the start page again" // where the user cannot be known
	OtherUser      Kind = "a connection from another user"
)

const goesOn = "; the login is still waiting, Ctrl-C ends it"

// reported are the kinds that the user is told of at once, each in a sentence
// with a place for the detail.
var reported = map[Kind]string{
	NoState:        "the browser received a response without state, which any web page can send" + goesOn,
	BareError:      "the browser received the error %s without state, which any web page can send" + goesOn,
	WrongState:     "the browser received a response to another login" + goesOn,
	SignedResponse: "the browser received a signed response (JARM), which was not requested and cannot be read" + goesOn,
	UnboundError:   "the error %s was received from a browser that did not start this login, or blocks cookies" + goesOn,
	UnboundInvalid: "an invalid response (%s) was received from a browser that did not start this login, or blocks cookies" + goesOn,
	StartAgain:     "the start page was requested a second time; if the browser does not show the sign-on, press Ctrl-C: another user may have taken it",
	OtherUser:      "refused a connection from another user of this machine, %s; if that is your browser, use --via paste",
}

// Notice is something that the user should learn of while the login waits.
type Notice struct {
	Kind   Kind
	Detail string // the code of an error, quoted; why a response is invalid; the name of a user
}

// String is the notice as a sentence for the terminal, without a full stop.
func (n Notice) String() string {
	return strings.Replace(reported[n.Kind], "%s", n.Detail, 1)
}

// Stray counts the requests of one kind.
type Stray struct {
	Kind   Kind
	Count  int
	Detail string // of the last one: the code of an error, quoted
}

// Strays returns the requests that did not end the login, most frequent first.
func (l *Listener) Strays() []Stray {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []Stray
	for _, s := range l.strays {
		all = append(all, *s)
	}
	sort.Slice(all, func(i, j int) bool {
		if all[i].Count != all[j].Count {
			return all[i].Count > all[j].Count
		}
		return all[i].Kind < all[j].Kind
	})
	return all
}

// count counts a request and queues the notice of it, once for each kind.
func (l *Listener) count(kind Kind, detail string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	detail = printable(detail)
	s := l.strays[kind]
	if s == nil {
		s = &Stray{Kind: kind}
		l.strays[kind] = s
		if _, ok := reported[kind]; ok {
			l.notices <- Notice{kind, detail} // there is room for one of each kind
		}
	}
	s.Count++
	if detail != "" {
		s.Detail = detail
	}
}

// stray counts a request and traces it, without query and body.
func (l *Listener) stray(r *http.Request, kind Kind, detail string) {
	l.count(kind, detail)
	path := r.URL.Path
	l.trace("listener: ignored %.10q %q: %s %s", r.Method, path[:min(len(path), 60)], kind, detail)
}

// foreign is the kind of a response without our state.
func foreign(resp *implicit.Response) Kind {
	switch {
	case resp.State != "":
		return WrongState
	case resp.Error != nil:
		return BareError
	}
	return NoState
}

// unbound is the kind and detail of a response that was not taken for want of
// the cookie.
func unbound(a *arrival, v Verdict) (Kind, string) {
	if a.resp != nil && a.resp.Error != nil {
		return UnboundError, refusal(a.resp)
	}
	return UnboundInvalid, v.Text
}

// refusal is the code of an error response, quoted and cut.
func refusal(resp *implicit.Response) string {
	if resp.Error == nil {
		return ""
	}
	code := resp.Error.Code
	return fmt.Sprintf("%q", code[:min(len(code), 100)])
}

// printable keeps a detail from driving the terminal: an error may quote what a
// server sent.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsPrint(c) {
			return c
		}
		return unicode.ReplacementChar
	}, text)
}
