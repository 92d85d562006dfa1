package login

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/loopback"
	"github.com/implicit-cli/implicit/internal/prompt"
	"github.com/implicit-cli/implicit/internal/wire"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// NobodyError says that no response was received while the command waited for the
// user.
type NobodyError struct {
	Wait        time.Duration
	RedirectURI string
	Strays      []loopback.Stray // other requests that were received
}

func (e *NobodyError) Error() string {
	msg := fmt.Sprintf("no response was received from the browser within %s", words.Span(e.Wait))
	for _, s := range e.Strays {
		msg += fmt.Sprintf("; %d × %s", s.Count, s.Kind)
		if s.Detail != "" {
			msg += " (" + s.Detail + ")"
		}
	}
	return msg
}

// SignOnInBrowser opens the sign-on in a browser and takes the response on
// loopback, or the address that the user pastes: whichever is first. The
// request's redirect URI gets the port in use.
func (s *Service) SignOnInBrowser(ctx context.Context, req *implicit.Request, listen string) (*Outcome, error) {
	wait := s.Settings.Wait
	line := new(prompt.Line) // where an address can be pasted
	warn := func(format string, args ...any) { line.Aside(func() { s.UI.Warn(format, args...) }) }
	l, err := loopback.Listen(loopback.Options{
		RedirectURI: req.RedirectURI, Listen: listen, Wait: wait, SudoUID: s.SudoUID,
		Notify: func(n loopback.Notice) { warn("%s", n) },
	})
	if err != nil {
		return nil, err
	}
	defer l.Close()
	if l.Exposed() {
		s.UI.Warn("other machines can reach the listener at %s", listen)
	}
	req.RedirectURI = l.RedirectURI()
	address, err := l.Start(req)
	if err != nil {
		return nil, err
	}
	tried := s.preflight(ctx, req, ViaBrowser)
	s.prefetch(ctx)
	if err := tried(); err != nil {
		return nil, err
	}
	waiting, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	s.noteOpened(req)
	s.UI.Announce(Announcement{Address: address, Via: ViaBrowser, Paste: s.Input.Terminal})
	var mu sync.Mutex
	over := false // nothing is said after the sign-on
	defer func() {
		mu.Lock()
		defer mu.Unlock()
		over = true
	}()
	go func() {
		err := s.Open(waiting, address)
		mu.Lock()
		defer mu.Unlock()
		if err != nil && !over && waiting.Err() == nil {
			warn("no browser could be opened: %v", err)
		}
	}()
	a := s.race(waiting, l, req, line)
	s.noteStrays(l.Strays())
	if errors.Is(a.err, context.DeadlineExceeded) && ctx.Err() == nil && waiting.Err() != nil {
		a.err = &NobodyError{wait, req.RedirectURI, l.Strays()}
	}
	s.hold(waiting, l, a)
	return a.out, a.err
}

// hold keeps the port after a failure while the browser may still be on its way
// with a response, which another program on this port would receive.
func (s *Service) hold(ctx context.Context, l *loopback.Listener, a ended) {
	err := a.err
	if err == nil {
		err = a.out.Result.Err()
	}
	if err == nil || !l.Pending() {
		return
	}
	if ctx.Err() == nil {
		s.UI.Report(err)
		s.UI.Say("waiting for the browser tab, Ctrl-C to stop")
		l.Hold(ctx)
	}
	if l.Pending() {
		s.UI.Warn("close the browser tab: its sign-on is no longer waited for")
	}
}

// ended is how a sign-on ended.
type ended struct {
	out *Outcome
	err error
}

// race waits for the listener and, at a terminal, for a pasted address.
func (s *Service) race(ctx context.Context, l *loopback.Listener, req *implicit.Request, line *prompt.Line) ended {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	received := make(chan ended, 1)
	go func() { received <- s.receive(ctx, l, req) }()
	if !s.Input.Terminal {
		return <-received
	}
	pasted := make(chan ended, 1)
	go func() { pasted <- s.readPaste(ctx, req, line) }()
	select {
	case a := <-received:
		cancel()
		<-pasted // it restores the terminal
		return a
	case a := <-pasted:
		cancel()
		<-received // it writes to the terminal too
		return a
	}
}

// receive waits for a response on the listener, which shows in the browser what
// became of each one.
func (s *Service) receive(ctx context.Context, l *loopback.Listener, req *implicit.Request) ended {
	var last ended // of the response that ended the wait
	resp, err := l.Wait(ctx, func(ctx context.Context, resp *implicit.Response) loopback.Verdict {
		s.noteResponse(wire.KindReceived, req, resp)
		last = s.take(ctx, req, resp)
		return s.lastPage(last)
	})
	if resp == nil {
		if err != nil && ctx.Err() == nil {
			s.noteUnreadable(req)
		}
		return ended{err: err}
	}
	return last
}

// take verifies a response, whichever way it was received.
func (s *Service) take(ctx context.Context, req *implicit.Request, resp *implicit.Response) ended {
	if resp.Error != nil {
		return ended{err: s.refusal(ctx, req, resp, resp.Error)}
	}
	out := &Outcome{Request: req, Response: resp}
	return ended{out, s.verify(ctx, out)}
}

// lastPage is how the browser's last page tells how the sign-on ended.
func (s *Service) lastPage(a ended) loopback.Verdict {
	err := a.err
	if err == nil {
		err = a.out.Result.Err()
	}
	if err == nil {
		return s.successPage(a.out)
	}
	f := fault.Of(err, s.faultContext())
	v := loopback.Verdict{Title: "Not signed in", Text: sentence(f.Message), Hint: sentence(f.Hint)}
	var refused *implicit.AuthorizeError
	if !errors.As(err, &refused) {
		v.Text += " The tokens were discarded."
	}
	return v
}

// sentence writes a message of the terminal as a page does.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:] + "."
}

// successPage names the user, the environment and the application, so that a wrong
// one is seen.
func (s *Service) successPage(out *Outcome) loopback.Verdict {
	environment := out.Issuer
	if s.provider.pingOne != nil {
		environment = s.provider.pingOne.AuthURL()
	}
	user := cmp.Or(words.Who(out.Result, nil), subject(out.Result))
	return loopback.Verdict{OK: true, Title: "Signed in", Text: "You can close this window and go back to the terminal.",
		Facts: [][2]string{{"User", cmp.Or(user, "not named")}, {"Environment", environment}, {"Application", out.Request.ClientID}}}
}

// SignOnByPaste shows the address to sign on at in any browser, and reads the
// address that it ended on.
func (s *Service) SignOnByPaste(ctx context.Context, req *implicit.Request) (*Outcome, error) {
	wait := s.Settings.Wait
	address, err := req.URL()
	if err != nil {
		return nil, err
	}
	if req.ResponseMode == "form_post" {
		s.UI.Warn("a form post leaves nothing in the address bar to paste; --response-mode fragment does")
	}
	tried := s.preflight(ctx, req, ViaPaste)
	s.prefetch(ctx)
	if err := tried(); err != nil {
		return nil, err
	}
	waiting, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	s.noteOpened(req)
	s.UI.Announce(Announcement{Address: address, Via: ViaPaste})
	a := s.readPaste(waiting, req, nil)
	if errors.Is(a.err, context.DeadlineExceeded) && ctx.Err() == nil && waiting.Err() != nil {
		a.err = &NobodyError{Wait: wait, RedirectURI: req.RedirectURI}
	}
	return a.out, a.err
}

// readPaste takes the first pasted response to our request. At a terminal another
// one is asked for until then.
func (s *Service) readPaste(ctx context.Context, req *implicit.Request, line *prompt.Line) ended {
	input := s.Input
	input.RedirectURI, input.Line = req.RedirectURI, line
	resp, err := prompt.Paste(ctx, input, func(resp *implicit.Response) error {
		s.noteResponse(wire.KindPasted, req, resp)
		if subtle.ConstantTimeCompare([]byte(resp.State), []byte(req.State)) != 1 {
			return &implicit.VerifyError{Check: implicit.Check{Name: "state", Status: implicit.StatusFail,
				Detail: "this is the response to another request", Clause: "RFC 6749 section 10.12"}}
		}
		return nil
	})
	if err != nil {
		return ended{err: err}
	}
	return s.take(ctx, req, resp)
}
