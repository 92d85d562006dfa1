package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/implicit-cli/implicit/internal/render"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// longestLine bounds one token of a batch; a longer line is a token that fails.
const longestLine = 256 << 10

// A batch goes through in chunks: large enough that handing them over costs
// nothing beside the signatures, few enough at once that memory stays flat.
const (
	chunkLines  = 64
	chunksAhead = 4 // for each core
)

type chunk struct {
	first int // number of its first line
	lines [][]byte
	out   bytes.Buffer
	bad   int
	err   error
	done  chan struct{}
}

// verifyBatch validates one token a line on all cores and writes one line of
// JSON each, in the order they came.
func (a *app) verifyBatch(ctx context.Context, v *implicit.Verifier, o verifyOptions, e implicit.Expected) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cores := runtime.GOMAXPROCS(0)
	work := make(chan *chunk)
	order := make(chan *chunk, cores*chunksAhead)
	var readErr error
	go func() {
		readErr = readChunks(ctx, a.in, work, order)
		close(work)
		close(order)
	}()
	for range cores {
		go func() {
			for c := range work {
				c.verify(ctx, v, o, e)
				close(c.done)
			}
		}()
	}
	total, bad, err := a.writeChunks(order)
	switch {
	case err != nil:
		return err
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case readErr != nil:
		return fmt.Errorf("read standard input: %w", readErr)
	case total == 0:
		return usagef("standard input: empty")
	case bad > 0:
		return &coded{fmt.Errorf("%d of %d tokens failed validation", bad, total), "invalid", exitInvalid}
	}
	return nil
}

// readChunks cuts the input into chunks and hands each to the workers and, in
// order, to the writer.
func readChunks(ctx context.Context, in io.Reader, work, order chan<- *chunk) error {
	r := bufio.NewReaderSize(in, 256<<10)
	for number := 1; ; {
		c := &chunk{first: number, done: make(chan struct{})}
		var err error
		for len(c.lines) < chunkLines && err == nil {
			var line []byte
			if line, err = readBatchLine(r); err == nil || len(line) > 0 {
				c.lines = append(c.lines, line)
			}
		}
		if number += len(c.lines); len(c.lines) > 0 {
			for _, to := range []chan<- *chunk{order, work} {
				select {
				case to <- c:
				case <-ctx.Done():
					close(c.done)
					return nil
				}
			}
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

// readBatchLine returns the next line without its end, cut off where it is
// longer than any token.
func readBatchLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if len(line) <= longestLine {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimRight(line, "\r\n"), err
		}
	}
}

type batchLine struct {
	Line   int              `json:"line"`
	Valid  bool             `json:"valid"`
	Checks []implicit.Check `json:"checks"`
}

func (c *chunk) verify(ctx context.Context, v *implicit.Verifier, o verifyOptions, e implicit.Expected) {
	for i, line := range c.lines {
		if ctx.Err() != nil {
			return
		}
		result, err := verifyToken(ctx, v, o.kind, e, string(bytes.TrimSpace(line)))
		if err != nil {
			c.err = err
			return
		}
		if !result.Valid {
			c.bad++
		}
		if c.err = render.JSON(&c.out, batchLine{c.first + i, result.Valid, result.Checks}); c.err != nil {
			return
		}
	}
}

// writeChunks writes the chunks in order and shows how far it is where a person
// watches.
func (a *app) writeChunks(order <-chan *chunk) (total, bad int, err error) {
	shown := a.now()
	for c := range order {
		<-c.done
		if c.err != nil {
			return total, bad, c.err
		}
		total, bad = total+len(c.lines), bad+c.bad
		if _, err := a.out.Write(c.out.Bytes()); err != nil {
			return total, bad, fmt.Errorf("write the output: %w", err)
		}
		if a.errTerminal && !a.outTerminal && !a.global.quiet && a.now().Sub(shown) > time.Second {
			shown = a.now()
			fmt.Fprintf(a.errOut, "\r%d tokens, %d failed", total, bad)
			defer fmt.Fprint(a.errOut, "\r\x1b[K")
		}
	}
	return total, bad, nil
}
