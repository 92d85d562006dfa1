package loopback

import (
	"context"
	"net"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// arrival is a response with our state, and the page that waits for its verdict.
type arrival struct {
	resp   *implicit.Response
	err    error // instead of resp: it cannot be read or not be trusted
	cookie bool  // from the browser that was at the start page
	page   *page
}

// Verdict is what the last page in the browser shows: the outcome of the
// validation, in words. The texts may hold anything; no byte of them is taken
// for markup.
type Verdict struct {
	OK    bool
	Title string
	Text  string
	Hint  string      // what to do next
	Facts [][2]string // names and values, such as who signed on where
}

// Wait returns the response that ends the login, after the browser has been
// given its verdict. verify is called with each response that has the request's
// state, one after the other; the provider's refusal is a response with Error
// set. A response ends the login if its verdict is OK, or if it is from the
// browser that was at the start page; the last call of verify was for the
// returned one. One from that browser that cannot be read is an
// [*implicit.ParseError], without a call. Any other response is reported by
// Notify, and the wait goes on. When ctx ends, its error is returned; the
// listener then still answers until it is closed.
func (l *Listener) Wait(ctx context.Context, verify func(context.Context, *implicit.Response) Verdict) (*implicit.Response, error) {
	for {
		a, err := l.next(ctx)
		if err != nil {
			return nil, err
		}
		var v Verdict
		if a.err != nil {
			v = unreadable(a.err)
		} else {
			v = verify(ctx, a.resp)
		}
		if v.OK || a.cookie {
			l.end(ctx, a, v)
			return a.resp, a.err
		}
		a.page.show(texts[notTaken])
		l.count(unbound(a, v))
	}
}

// next waits for a candidate and meanwhile passes on the notices.
func (l *Listener) next(ctx context.Context) (*arrival, error) {
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-l.closed:
			return nil, net.ErrClosed
		case n := <-l.notices:
			l.notify(n)
		case a := <-l.arrivals:
			return a, nil
		}
	}
}

// end takes a response: the candidates that wait behind it are too late.
func (l *Listener) end(ctx context.Context, a *arrival, v Verdict) {
	l.mu.Lock()
	l.ended, l.answered = true, l.answered || a.cookie || v.OK
	l.mu.Unlock()
	a.page.show(v)
	for len(l.arrivals) > 0 {
		late := <-l.arrivals
		l.count(Again, "")
		late.page.show(texts[again])
	}
	select {
	case <-a.page.shown:
	case <-ctx.Done():
	case <-time.After(shownTimeout):
	}
}

// Pending reports whether a browser may still be on its way with a response: it
// was led to the provider, and has not been answered.
func (l *Listener) Pending() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.started && !l.answered
}

// Hold keeps the port after the login has ended another way, until the browser
// has been answered or ctx ends: else another program could bind the port and
// receive the response that is still on its way. Responses are discarded.
func (l *Listener) Hold(ctx context.Context) {
	for l.Pending() {
		a, err := l.next(ctx)
		if err != nil {
			return
		}
		if a.cookie {
			l.end(ctx, a, texts[ended])
		} else {
			a.page.show(texts[ended])
		}
	}
}

// deliver hands a response to Wait or Hold and returns the page that will show
// its verdict; nil when the login has its response already.
func (l *Listener) deliver(resp *implicit.Response, err error, cookie bool) *page {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return nil
	}
	p := newPage("/"+l.randomText(), cookie)
	select {
	case l.arrivals <- &arrival{resp, err, cookie, p}:
		l.candidates = newest(append(l.candidates, p))
		return p
	default: // only a program that knows the state can send so many
		return nil
	}
}

// newest drops the oldest of too many.
func newest[T any](list []T) []T { return list[max(0, len(list)-maxCandidates):] }

// Close frees the port. A last page that is on its way is still sent. The error
// is always nil.
func (l *Listener) Close() error {
	l.closeOnce.Do(func() { close(l.closed) })
	for _, s := range l.sockets { // the server does not know those it has not begun to serve
		s.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), shutdownGrace)
	defer cancel()
	l.conns.closeSilent() // Shutdown would wait for connections that a browser only opened ahead
	if l.server.Shutdown(ctx) != nil {
		l.server.Close()
	}
	return nil
}
