package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// grace is how long a command that a signal interrupts has to give back the
// terminal and clean up. One that waits for a pipe or a server does not notice.
const grace = 300 * time.Millisecond

// signalError is the cause of a context that a signal ended.
type signalError struct{ signal os.Signal }

func (e *signalError) Error() string { return fmt.Sprintf("stopped by a signal (%v)", e.signal) }

// exit is the status a shell gives a process that the signal killed.
func (e *signalError) exit() int {
	if s, ok := e.signal.(syscall.Signal); ok {
		return 128 + int(s)
	}
	return 130
}

// runUntilSignal runs a command line and returns its exit status. The first
// signal that ends a program ends its context, with the signal as the cause,
// and after the grace period the command.
func runUntilSignal(a *app, args []string) int {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	received := make(chan os.Signal, 1)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		if !signal.Ignored(s) { // as under nohup
			signal.Notify(received, s)
		}
	}
	a.releaseSignals = func() { signal.Stop(received) }
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
			return a.fail(stopped, saysJSON(args))
		}
	}
}
