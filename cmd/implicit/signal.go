package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/implicit-cli/implicit/internal/fault"
)

// grace is how long a command that a signal interrupts has to clean up. It is
// for one that does not notice the end of its context.
const grace = time.Second

// signalError is the cause of a context that a signal ended.
type signalError struct{ signal os.Signal }

func (e *signalError) Error() string { return fmt.Sprintf("stopped by a signal (%v)", e.signal) }

// Kind is "interrupted".
func (e *signalError) Kind() string { return "interrupted" }

// Exit is the status a shell gives a process that the signal killed.
func (e *signalError) Exit() int {
	if s, ok := e.signal.(syscall.Signal); ok {
		return 128 + int(s)
	}
	return 130
}

// stoppedQuietly is the end of a command that only a signal ends: it needs no message.
func stoppedQuietly(ctx context.Context) error {
	return &silentError{fault.Of(context.Cause(ctx), fault.Context{}).Exit}
}

// runUntilSignal runs a command line and returns its exit status. The first
// signal that ends a program ends its context, with the signal as the cause,
// and after the grace period the command. Until the command begins, a signal ends
// the process as it does any other: nothing has to be cleaned up.
func runUntilSignal(a *app, args []string) int {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	received := make(chan os.Signal, 1)
	a.catchSignals = func() { notify(received) }
	a.releaseSignals = func() { signal.Stop(received) }
	a.in = &interruptible{ctx: ctx, in: a.in}
	done := make(chan int, 1)
	go func() { done <- run(ctx, a, args) }()
	select {
	case status := <-done:
		return status
	case s := <-received:
		stopped := &signalError{s}
		cancel(stopped)
		select {
		case status := <-done:
			return status
		case <-time.After(grace):
			return a.fail(a.endRecord(stopped), saysJSON(args))
		}
	}
}

// notify has the signals that end a program sent to received.
func notify(received chan<- os.Signal) {
	signal.Notify(received, os.Interrupt, syscall.SIGTERM)
	for _, s := range []os.Signal{syscall.SIGHUP, syscall.SIGQUIT} {
		if !signal.Ignored(s) { // as under nohup
			signal.Notify(received, s)
		}
	}
}

// interruptible ends a read when ctx ends. What is read later is lost.
type interruptible struct {
	ctx context.Context
	in  io.Reader
}

func (r *interruptible) Read(p []byte) (int, error) {
	type part struct {
		b   []byte
		err error
	}
	done := make(chan part, 1)
	go func() {
		b := make([]byte, min(len(p), 64<<10))
		n, err := r.in.Read(b)
		done <- part{b[:n], err}
	}()
	select {
	case <-r.ctx.Done():
		return 0, context.Cause(r.ctx)
	case part := <-done:
		return copy(p, part.b), part.err
	}
}
