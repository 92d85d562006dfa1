// Command implicit drives PingOne's OpenID Connect implicit grant from a
// terminal, a script or a pipeline, and validates what comes back.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := withSignals(context.Background())
	code := run(ctx, newApp(), os.Args[1:])
	stop()
	os.Exit(code)
}

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

// withSignals returns a context that the first SIGINT or SIGTERM ends, with the
// signal as its cause. A second one kills.
func withSignals(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	came := make(chan os.Signal, 1)
	signal.Notify(came, os.Interrupt, syscall.SIGTERM)
	go func() {
		s, ok := <-came
		if ok {
			signal.Stop(came)
			cancel(&signalError{s})
		}
	}()
	return ctx, func() { signal.Stop(came); cancel(nil) }
}
