package login

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/implicit-cli/implicit/internal/loopback"
	"github.com/implicit-cli/implicit/internal/render"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Browser is what a sign-on in a person's browser needs.
type Browser struct {
	Wait     time.Duration // for the person
	Listen   string        // where to listen, apart from the redirect URI
	SudoUID  string        // the variable SUDO_UID
	Open     func(ctx context.Context, address string) error
	Announce func(address string) // shows the address to open
	Warn     func(format string, args ...any)
	Trace    func(format string, args ...any) // nil: silent
	Paste    Paster                           // nil: nobody can paste
}

// Paster reads the address that a browser ended on until accept takes it.
type Paster func(ctx context.Context, redirectURI string, accept func(*implicit.Response) error) (*implicit.Response, error)

// NobodyError says that the wait for a person was in vain.
type NobodyError struct {
	Wait        time.Duration
	RedirectURI string
	Strays      []loopback.Stray // what came instead
}

func (e *NobodyError) Error() string {
	msg := fmt.Sprintf("no answer came from the browser within %s", render.Span(e.Wait))
	for _, s := range e.Strays {
		msg += fmt.Sprintf("; %d × %s", s.Count, s.Kind)
		if s.Detail != "" {
			msg += " (" + s.Detail + ")"
		}
	}
	return msg
}

// Catch opens the sign-on in a browser and catches its answer on loopback, or
// takes it from a person who pastes the address: whichever comes first. The
// request's redirect URI gets the port in use.
func (c *Connection) Catch(ctx context.Context, req *implicit.Request, b Browser) (*Outcome, error) {
	l, err := loopback.Listen(loopback.Options{
		RedirectURI: req.RedirectURI, Listen: b.Listen, Wait: b.Wait, SudoUID: b.SudoUID, Trace: b.Trace,
		Notify: func(n loopback.Notice) { b.Warn("%s", n) },
	})
	if err != nil {
		return nil, err
	}
	defer l.Close()
	if l.Exposed() {
		b.Warn("other machines can reach the listener at %s", b.Listen)
	}
	req.RedirectURI = l.RedirectURI()
	address, err := l.Start(req)
	if err != nil {
		return nil, err
	}
	c.Prefetch(ctx)
	waiting, cancel := context.WithTimeout(ctx, b.Wait)
	defer cancel()
	b.Announce(address)
	go func() {
		if err := b.Open(waiting, address); err != nil && waiting.Err() == nil {
			b.Warn("no browser could be opened: %v", err)
		}
	}()
	out, err := c.race(waiting, l, req, b.Paste)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil && waiting.Err() != nil {
		err = &NobodyError{b.Wait, req.RedirectURI, l.Strays()}
	}
	hold(waiting, l, b, out, err)
	return out, err
}

// hold keeps the port after a failure while the browser may still be on its way
// with a response, which another program on this port would receive.
func hold(ctx context.Context, l *loopback.Listener, b Browser, out *Outcome, err error) {
	if err == nil {
		err = out.Result.Err()
	}
	if err == nil || !l.Pending() {
		return
	}
	if ctx.Err() == nil {
		b.Warn("%v", err)
		b.Warn("waiting for the browser tab, Ctrl-C to stop")
		l.Hold(ctx)
	}
	if l.Pending() {
		b.Warn("close the browser tab: its sign-on is no longer waited for")
	}
}

// answered is an outcome or why there is none.
type answered struct {
	out *Outcome
	err error
}

// race waits for the listener and for the person at once. Both go through the
// same checks.
func (c *Connection) race(ctx context.Context, l *loopback.Listener, req *implicit.Request, paste Paster) (*Outcome, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	caught := make(chan answered, 1)
	go func() { caught <- c.listen(ctx, l, req) }()
	if paste == nil {
		a := <-caught
		return a.out, a.err
	}
	pasted := make(chan answered, 1)
	go func() { pasted <- c.readPaste(ctx, req, paste) }()
	select {
	case a := <-caught:
		cancel()
		<-pasted // it gives the terminal back
		return a.out, a.err
	case a := <-pasted:
		cancel()
		<-caught
		return a.out, a.err
	}
}

func (c *Connection) listen(ctx context.Context, l *loopback.Listener, req *implicit.Request) answered {
	var last answered // of the response that ended the wait
	resp, err := l.Wait(ctx, func(ctx context.Context, resp *implicit.Response) loopback.Verdict {
		last.out, last.err = c.take(ctx, req, resp)
		return verdict(last.out, last.err)
	})
	if resp == nil {
		return answered{err: err}
	}
	return last
}

// take turns a response, however it came, into an outcome.
func (c *Connection) take(ctx context.Context, req *implicit.Request, resp *implicit.Response) (*Outcome, error) {
	if resp.Error != nil {
		return nil, c.Refusal(req, resp, resp.Error)
	}
	out := &Outcome{Request: req, Response: resp}
	return out, c.Judge(ctx, out)
}

// verdict is the outcome as the browser's last page tells it.
func verdict(out *Outcome, err error) loopback.Verdict {
	if err == nil {
		err = out.Result.Err()
	}
	var refused *implicit.AuthorizeError
	switch {
	case err == nil:
		text := "You are signed in"
		if who := render.Who(out.Result, nil); who != "" {
			text += " as " + who
		}
		return loopback.Verdict{OK: true, Title: "Signed in", Text: text + ". You can close this window and go back to the terminal."}
	case errors.As(err, &refused):
		return loopback.Verdict{Title: "Not signed in", Text: err.Error(), Hint: "The terminal says what to change."}
	}
	return loopback.Verdict{Title: "Not signed in", Text: err.Error(),
		Hint: "The tokens that came were thrown away. The terminal says more."}
}

// Paste lets a person sign on in any browser and paste the address it ended on.
func (c *Connection) Paste(ctx context.Context, req *implicit.Request, b Browser) (*Outcome, error) {
	address, err := req.URL()
	if err != nil {
		return nil, err
	}
	c.Prefetch(ctx)
	waiting, cancel := context.WithTimeout(ctx, b.Wait)
	defer cancel()
	b.Announce(address)
	a := c.readPaste(waiting, req, b.Paste)
	if errors.Is(a.err, context.DeadlineExceeded) && ctx.Err() == nil && waiting.Err() != nil {
		a.err = &NobodyError{Wait: b.Wait, RedirectURI: req.RedirectURI}
	}
	return a.out, a.err
}

// readPaste takes the first pasted answer that is ours. On a terminal another
// one is asked for until then.
func (c *Connection) readPaste(ctx context.Context, req *implicit.Request, paste Paster) (a answered) {
	resp, err := paste(ctx, req.RedirectURI, func(resp *implicit.Response) error {
		if !implicit.NewSecret(resp.State).Equal(implicit.NewSecret(req.State)) {
			return &implicit.VerifyError{Check: implicit.Check{Name: "state", Status: implicit.Fail,
				Detail: "this is the answer to another request", Clause: "RFC 6749 section 10.12"}}
		}
		return nil
	})
	if err != nil {
		return answered{err: err}
	}
	a.out, a.err = c.take(ctx, req, resp)
	return a
}
