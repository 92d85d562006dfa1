package main

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

// longestLine is the most that is kept of a line, in bytes. No token is longer,
// so a longer line fails whatever it holds.
const longestLine = 64 << 10

// Lines go through in chunks: enough of them that handing a chunk over costs
// nothing beside its signatures, and few enough that all chunks together, which
// are used again and again, are small.
const (
	chunkLines    = 32
	chunkBytes    = 64 << 10
	chunksPerCore = 4
)

// garbage is how far the heap may grow beyond what is in use, in percent. So
// little is in use that the usual 100 collects some twenty times a second, and
// a tenth of the second core goes into that.
const garbage = 400

type chunk struct {
	first int    // number of its first line
	text  []byte // the lines without their ends, one right behind the other
	ends  []int  // where each ends in text

	out  []byte
	bad  int
	err  error
	done chan struct{}
}

// batch is one run over many tokens. A chunk goes from free to the reader, by
// work to a verifier, by order to the writer, and back.
type batch struct {
	verifier *implicit.Verifier
	expected implicit.Expected
	kind     string

	free, work, order chan *chunk
	readErr           error // once order is closed
}

// verifyBatch validates one token a line on all cores and writes one line of
// JSON each, in the order they came.
func (a *app) verifyBatch(ctx context.Context, v *implicit.Verifier, o verifyOptions, e implicit.Expected) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer debug.SetGCPercent(debug.SetGCPercent(garbage))
	cores := runtime.GOMAXPROCS(0)
	chunks := cores * chunksPerCore
	b := &batch{verifier: v, expected: e, kind: o.kind,
		free: make(chan *chunk, chunks), work: make(chan *chunk, chunks), order: make(chan *chunk, chunks)}
	for range chunks {
		b.free <- &chunk{done: make(chan struct{}, 1)}
	}
	go b.read(ctx, a.in)
	for range cores {
		go b.verify(ctx)
	}
	total, bad, err := a.writeBatch(ctx, b)
	switch {
	case err != nil:
		return err
	case b.readErr != nil:
		return fmt.Errorf("read standard input: %w", b.readErr)
	case total == 0:
		return usagef("standard input: empty")
	case bad > 0:
		return &coded{fmt.Errorf("%d of %d tokens failed validation", bad, total), "invalid", exitInvalid}
	}
	return nil
}

// read cuts the input into chunks. It waits where all of them are under way.
func (b *batch) read(ctx context.Context, in io.Reader) {
	defer close(b.order)
	defer close(b.work)
	r := bufio.NewReaderSize(state.TextReader(in), chunkBytes)
	for number := 1; ; {
		var c *chunk
		select {
		case c = <-b.free:
		case <-ctx.Done():
			return
		}
		err := c.fill(r)
		if len(c.ends) > 0 {
			c.first = number
			number += len(c.ends)
			b.order <- c
			b.work <- c
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				b.readErr = err
			}
			return
		}
	}
}

// fill takes lines until the chunk is full, or the next one is not there yet:
// whoever writes the input slowly gets each answer at once.
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

// take adds the next line. Of one that is too long it keeps so much that it
// still is.
func (c *chunk) take(r *bufio.Reader) error {
	const most = longestLine + len("x\r\n")
	start := len(c.text)
	for {
		part, err := r.ReadSlice('\n')
		c.text = append(c.text, part[:min(len(part), start+most-len(c.text))]...)
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
func (b *batch) verify(ctx context.Context) {
	for c := range b.work {
		c.out, c.bad, c.err = c.out[:0], 0, nil
		text, start := string(c.text), 0
		for i, end := range c.ends {
			result, err := b.line(ctx, text[start:end])
			if c.err = err; err != nil {
				break
			}
			if !result.Valid {
				c.bad++
			}
			c.out = appendBatchLine(c.out, c.first+i, result)
			start = end
		}
		c.done <- struct{}{}
	}
}

// line validates one token. Its kind is as [verifyToken] finds it, for less
// where it is plain.
func (b *batch) line(ctx context.Context, token string) (*implicit.Result, error) {
	kind := b.kind
	if kind == "" && len(token) <= longestLine {
		token = strings.TrimSpace(token)
		if plainIDToken(token) {
			kind = "id_token"
		}
	}
	return verifyToken(ctx, b.verifier, kind, b.expected, token)
}

// plainIDToken reports whether the header cannot have the type at+jwt: there is
// no plus in it, nor an escape that could be one.
func plainIDToken(token string) bool {
	const most = 512
	var encoded, header [most]byte
	end := strings.IndexByte(token, '.')
	if end < 0 || end > most {
		return false
	}
	n, err := base64.RawURLEncoding.Decode(header[:], encoded[:copy(encoded[:], token[:end])])
	return err == nil && !bytes.ContainsAny(header[:n], `+\`)
}

// writeBatch writes the chunks in order, and shows how far it is where a person
// watches.
func (a *app) writeBatch(ctx context.Context, b *batch) (total, bad int, err error) {
	watched := a.errTerminal && !a.outTerminal && !a.global.quiet
	shown := a.now()
	if watched {
		defer fmt.Fprint(a.errOut, "\r\x1b[K")
	}
	for {
		var c *chunk
		select {
		case c = <-b.order:
		case <-ctx.Done(): // the reader may wait for input that never comes
			return total, bad, context.Cause(ctx)
		}
		if c == nil {
			return total, bad, context.Cause(ctx)
		}
		<-c.done
		if _, err := a.out.Write(c.out); err != nil {
			return total, bad, fmt.Errorf("write the output: %w", err)
		}
		if c.err != nil {
			return total, bad, c.err
		}
		total, bad = total+len(c.ends), bad+c.bad
		b.free <- c
		if watched && a.now().Sub(shown) > time.Second {
			shown = a.now()
			fmt.Fprintf(a.errOut, "\r%d tokens, %d failed", total, bad)
		}
	}
}
