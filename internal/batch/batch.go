// Package batch validates many tokens, one a line, on all cores and in constant
// memory, and writes one line of JSON for each, in order.
package batch

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/state"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// MaxLine is how much is kept of a line, in bytes. No token is longer, so a
// longer line fails whatever it holds.
const MaxLine = 64 << 10

// A chunk has enough lines that handing it over costs nothing in comparison with
// their signatures, and the chunks, which are reused, are few and small.
const (
	chunkLines    = 32
	chunkBytes    = 64 << 10
	chunksPerCore = 4
)

// gcPercent is how far the heap may grow beyond what is in use. That is little,
// and the usual 100 would collect twenty times a second, for a tenth of a core.
const gcPercent = 400

// Verify validates one token. idToken says that its header cannot be that of an
// access token, so that Verify need not look. An error ends the run. The result is
// used before the next call.
type Verify func(ctx context.Context, token string, idToken bool) (*implicit.Result, error)

// Options say what to validate, and how.
type Options struct {
	In  io.Reader // one token a line, ended by LF or CRLF
	Out io.Writer

	// NewVerify is called once for each of several goroutines.
	NewVerify func() Verify

	// Exact hands a line to Verify byte for byte; otherwise spaces around it
	// are dropped.
	Exact bool

	Progress io.Writer        // a terminal that shows how far the run is; nil: none
	Now      func() time.Time // for Progress
}

// Counts say how many tokens were validated, and how many of them failed.
type Counts struct{ Total, Failed int }

type chunk struct {
	first int    // number of its first line
	text  []byte // the lines without their ends, one right after the other
	ends  []int  // where each ends in text

	out    []byte
	failed int
	err    error
	done   chan struct{}
}

// run is one run. A chunk goes from free to the reader, by work to a verifier,
// by order to the writer, and back.
type run struct {
	Options
	free, work, order chan *chunk
	readErr           error // once order is closed
}

// Run validates the input to its end. Where it fails, the lines before the
// failure have been written and are counted. When ctx ends, its cause is the
// error.
func Run(ctx context.Context, o Options) (Counts, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	cores := runtime.GOMAXPROCS(0)
	chunks := cores * chunksPerCore
	r := &run{Options: o, free: make(chan *chunk, chunks), work: make(chan *chunk, chunks), order: make(chan *chunk, chunks)}
	for range chunks {
		r.free <- &chunk{done: make(chan struct{}, 1)}
	}
	go r.read(ctx)
	for range cores {
		go r.verify(ctx)
	}
	counts, err := r.write(ctx)
	if err == nil && r.readErr != nil {
		err = fmt.Errorf("read standard input: %w", r.readErr)
	}
	return counts, err
}

// read cuts the input into chunks. It waits while all of them are in use.
func (r *run) read(ctx context.Context) {
	defer close(r.order)
	defer close(r.work)
	in := bufio.NewReaderSize(state.TextReader(r.In), chunkBytes)
	for number := 1; ; {
		var c *chunk
		select {
		case c = <-r.free:
		case <-ctx.Done():
			return
		}
		err := c.fill(in)
		if len(c.ends) > 0 {
			c.first = number
			number += len(c.ends)
			r.order <- c
			r.work <- c
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				r.readErr = err
			}
			return
		}
	}
}

// fill takes lines until the chunk is full, or the next line has not arrived:
// a program that writes the input slowly gets each answer at once.
func (c *chunk) fill(r *bufio.Reader) error {
	c.text, c.ends = c.text[:0], c.ends[:0]
	for {
		if err := c.take(r); err != nil {
			return err
		}
		waiting, _ := r.Peek(r.Buffered())
		if len(c.ends) == chunkLines || len(c.text) >= chunkBytes || bytes.IndexByte(waiting, '\n') < 0 {
			return nil
		}
	}
}

// take adds the next line. Of one that is too long it keeps so much that what
// is kept is too long as well.
func (c *chunk) take(r *bufio.Reader) error {
	const maxKept = MaxLine + len("x\r\n")
	start := len(c.text)
	for {
		part, err := r.ReadSlice('\n')
		c.text = append(c.text, part[:min(len(part), start+maxKept-len(c.text))]...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err == nil, errors.Is(err, io.EOF) && len(c.text) > start:
			line := bytes.TrimSuffix(bytes.TrimSuffix(c.text[start:], []byte("\n")), []byte("\r"))
			c.text = c.text[:start+len(line)]
			c.ends = append(c.ends, len(c.text))
		default: // half a line before a failure is no token
			c.text = c.text[:start]
		}
		return err
	}
}

// verify validates chunks until there are no more.
func (r *run) verify(ctx context.Context) {
	verify := r.NewVerify()
	for c := range r.work {
		c.out, c.failed, c.err = c.out[:0], 0, nil
		text, start := string(c.text), 0
		for i, end := range c.ends {
			result, err := r.line(ctx, verify, text[start:end])
			if c.err = err; err != nil {
				break
			}
			if !result.Valid() {
				c.failed++
			}
			c.out = appendLine(c.out, c.first+i, result)
			start = end
		}
		c.done <- struct{}{}
	}
}

func (r *run) line(ctx context.Context, verify Verify, token string) (*implicit.Result, error) {
	if r.Exact || len(token) > MaxLine {
		return verify(ctx, token, false)
	}
	token = strings.TrimSpace(token)
	return verify(ctx, token, isIDToken(token))
}

// isIDToken reports whether the header cannot have the type at+jwt: it has no
// plus, nor an escape that could be one.
func isIDToken(token string) bool {
	const maxHeader = 512
	var encoded, header [maxHeader]byte
	end := strings.IndexByte(token, '.')
	if end < 0 || end > maxHeader {
		return false
	}
	n, err := base64.RawURLEncoding.Decode(header[:], encoded[:copy(encoded[:], token[:end])])
	return err == nil && !bytes.ContainsAny(header[:n], `+\`)
}

// write writes the chunks in order and counts.
func (r *run) write(ctx context.Context) (n Counts, err error) {
	shown := r.showProgress(n, time.Time{})
	if r.Progress != nil {
		defer fmt.Fprint(r.Progress, "\r\x1b[K")
	}
	for {
		var c *chunk
		select {
		case c = <-r.order:
		case <-ctx.Done(): // the reader may wait for input that never arrives
			return n, context.Cause(ctx)
		}
		if c == nil {
			return n, context.Cause(ctx)
		}
		<-c.done
		if _, err := r.Out.Write(c.out); err != nil {
			return n, fmt.Errorf("write the output: %w", err)
		}
		if c.err != nil {
			return n, c.err
		}
		n.Total, n.Failed = n.Total+len(c.ends), n.Failed+c.failed
		r.free <- c
		shown = r.showProgress(n, shown)
	}
}

// showProgress shows the counts where the last time is a second ago, and returns
// when it last did. The zero time starts the first second.
func (r *run) showProgress(n Counts, last time.Time) time.Time {
	if r.Progress == nil {
		return last
	}
	now := r.Now()
	if last.IsZero() {
		return now
	}
	if now.Sub(last) <= time.Second {
		return last
	}
	fmt.Fprintf(r.Progress, "\r%d tokens, %d failed", n.Total, n.Failed)
	return now
}
