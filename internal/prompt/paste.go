package prompt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"golang.org/x/term"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// ErrNoAddress says that the input ended before an address came.
var ErrNoAddress error = noAddressError{}

// maxPaste is more than any address, in bytes.
const maxPaste = 1 << 20

// PasteOptions say where an address is pasted.
type PasteOptions struct {
	In          io.Reader // a pipe is read to its end
	Terminal    bool      // In is an *os.File, and a person sits there, who is asked until the address is right
	Err         io.Writer // where the person is asked
	RedirectURI string    // what must stand before the answer; empty: anything
}

// Paste reads the address that a browser ended on, in any form that
// [implicit.Parse] knows, and returns its answer once accept takes it. Nothing
// of what is pasted is shown. On a terminal what is wrong is said, and asked
// again; else the error is [ErrNoAddress], an [*implicit.ParseError] or what
// accept returned. When ctx ends, its cause is the error. The terminal is left
// as it was.
func Paste(ctx context.Context, p PasteOptions, accept func(*implicit.Response) error) (*implicit.Response, error) {
	read := p.readAll
	if file, ok := p.In.(*os.File); ok && p.Terminal {
		t, err := openTTY(file)
		if err != nil {
			return nil, fmt.Errorf("read from the terminal: %w", err)
		}
		defer t.close()
		if p.drives() {
			fmt.Fprint(p.Err, bracketsOn)
			defer fmt.Fprint(p.Err, bracketsOff)
		}
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
		b, err := io.ReadAll(io.LimitReader(p.In, maxPaste+1))
		switch {
		case err != nil:
			err = fmt.Errorf("read the pasted address: %w", err)
		case len(b) > maxPaste:
			err = fmt.Errorf("the pasted address: expected at most %d bytes", maxPaste)
		case len(b) == 0:
			err = ErrNoAddress
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

// pasteGap is how long after a line break more must come for the break to
// belong to a wrapped paste. A person who presses Enter types no further.
const pasteGap = 100 * time.Millisecond

const pasteLabel = "Paste the address the browser ended on"

// ask reads one paste from the terminal, up to the Enter after it.
func (p PasteOptions) ask(ctx context.Context, t *tty) (string, error) {
	defer fmt.Fprintln(p.Err)
	fmt.Fprintf(p.Err, "%s: ", pasteLabel)
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
		case errors.Is(err, io.EOF):
			return "", ErrNoAddress
		case err != nil:
			return "", fmt.Errorf("read from the terminal: %w", err)
		case n == 0 && len(text.text) > 0:
			return string(text.text), nil
		}
		for _, c := range b[:n] {
			if text.add(c); text.ended && len(text.text) == 0 {
				return "", ErrNoAddress
			}
		}
		text.entered = (text.entered || text.ended) && len(text.text) > 0
		p.progress(len(text.text))
	}
}

// progress shows how much came, in place of what.
func (p PasteOptions) progress(n int) {
	if !p.drives() {
		return
	}
	fmt.Fprintf(p.Err, "\r\x1b[K%s: ", pasteLabel)
	if n > 0 {
		fmt.Fprintf(p.Err, "received %d characters, press Enter ", n)
	}
}

// drives reports whether Err obeys escape sequences: a terminal does, a file
// and an old Windows console do not.
func (p PasteOptions) drives() bool {
	file, ok := p.Err.(*os.File)
	return ok && runtime.GOOS != "windows" && term.IsTerminal(int(file.Fd()))
}
