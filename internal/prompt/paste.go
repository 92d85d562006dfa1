package prompt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/implicit-cli/implicit/internal/state"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// maxPaste bounds an address, in bytes.
const maxPaste = 1 << 20

// PasteOptions say where an address is pasted.
type PasteOptions struct {
	In          io.Reader // a pipe is read to its end
	Terminal    bool      // In is a terminal (an *os.File), where the user is asked until the address is right
	Err         io.Writer // where the user is asked
	Plain       bool      // Err gets no escape sequences, as where TERM is dumb
	RedirectURI string    // the address must start with it; empty: any may
	Line        *Line     // for messages while the user is asked; nil: none
}

// Paste reads the address that a browser ended on, in any form that
// [implicit.Parse] knows, and returns its answer once accept takes it. What is
// pasted is not shown. At a terminal it says what is wrong and asks again, until
// Ctrl-D, which is a [*CancelledError]. From a pipe the error is a
// [*implicit.InteractionRequiredError], a [*state.TextError], an [*implicit.ParseError] or what
// accept returned. When ctx ends, its cause is the error. The terminal is left as
// it was.
func Paste(ctx context.Context, p PasteOptions, accept func(*implicit.Response) error) (*implicit.Response, error) {
	if p.Line == nil {
		p.Line = new(Line)
	}
	read := p.readAll
	if file, ok := p.In.(*os.File); ok && p.Terminal {
		t, err := openTTY(file, keys, p.brackets)
		if err != nil {
			return nil, fmt.Errorf("read from the terminal: %w", err)
		}
		defer t.close()
		read = func(ctx context.Context) (string, error) { return p.ask(ctx, t) }
	}
	for {
		text, err := read(ctx)
		if err != nil {
			return nil, err
		}
		resp, err := implicit.Parse(text, p.RedirectURI)
		if err == nil {
			err = accept(resp)
		}
		if err == nil {
			return resp, nil
		}
		if !p.Terminal {
			return nil, err
		}
		fmt.Fprintf(p.Err, "implicit: that cannot be used: %v\n", err)
	}
}

// readAll reads a pipe. It is left behind, reading, when ctx ends.
func (p PasteOptions) readAll(ctx context.Context) (string, error) {
	type input struct {
		text string
		err  error
	}
	done := make(chan input, 1)
	go func() {
		b, err := state.ReadText(p.In, "the pasted address", maxPaste)
		if err == nil && len(b) == 0 {
			err = noAddress()
		}
		done <- input{string(b), err}
	}()
	select {
	case <-ctx.Done():
		return "", context.Cause(ctx)
	case in := <-done:
		return in.text, in.err
	}
}

// pasteGap is how soon after a line break more text must follow for the break to
// belong to a wrapped paste. A user who presses Enter types no more.
const pasteGap = 100 * time.Millisecond

const pasteLabel = "Paste the address from the browser"

// ask reads one paste from the terminal, up to the Enter after it.
func (p PasteOptions) ask(ctx context.Context, t *tty) (string, error) {
	defer p.Line.end(p.Err)
	p.Line.show(p.Err, "", pasteLabel+": ")
	cancelled := &CancelledError{Label: "address", SignOn: true}
	var text assembly
	for b := make([]byte, 4096); ; {
		wait := time.Duration(0) // for ever
		if text.entered {
			wait = pasteGap
		}
		n, err := t.read(ctx, b, wait)
		switch {
		case ctx.Err() != nil:
			return "", context.Cause(ctx)
		case errors.Is(err, errAskAgain):
			text = assembly{}
			p.Line.show(p.Err, "", pasteLabel+": ")
		case errors.Is(err, io.EOF):
			return "", cancelled
		case err != nil:
			return "", fmt.Errorf("read from the terminal: %w", err)
		case n == 0 && len(text.text) > 0:
			return string(text.text), nil
		}
		for _, c := range b[:n] {
			if text.add(c); text.ended && len(text.text) == 0 {
				return "", cancelled
			}
		}
		text.entered = (text.entered || text.ended) && len(text.text) > 0
		p.progress(len(text.text))
	}
}

// progress shows how much was pasted, in place of the question. It stays on one
// line, so that it can be replaced.
func (p PasteOptions) progress(n int) {
	width, ok := drives(p.Err, p.Plain)
	if !ok {
		return
	}
	text := pasteLabel + ": "
	if n > 0 {
		text = fmt.Sprintf("received %d characters, press Enter ", n)
	}
	p.Line.show(p.Err, "\r\x1b[K", text[:min(len(text), max(1, width-1))])
}

// brackets has the terminal mark where a paste begins and ends.
func (p PasteOptions) brackets(on bool) {
	switch _, ok := drives(p.Err, p.Plain); {
	case ok && on:
		fmt.Fprint(p.Err, bracketsOn)
	case ok:
		fmt.Fprint(p.Err, bracketsOff)
	}
}
