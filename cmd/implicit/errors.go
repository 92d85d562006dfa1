package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/render"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// fail reports err on standard error and returns its exit status. It is the
// only place that does either.
func (a *app) fail(err error, asJSON bool) int {
	var silent *silentError
	if errors.As(err, &silent) {
		return silent.exit
	}
	f := fault.Of(err, a.faultContext())
	a.addHelp(f, err)
	if a.reported != "" && a.reported == err.Error() {
		return f.Exit
	}
	if asJSON {
		_ = words.JSON(a.errOut, map[string]any{"error": struct {
			*fault.Fault
			Warnings render.Warnings `json:"warnings"`
		}{f, a.warnings}})
		return f.Exit
	}
	message := f.Message
	if f.CorrelationID != "" && !strings.Contains(message, f.CorrelationID) {
		message += " (Correlation ID: " + words.Text(f.CorrelationID) + ")"
	}
	a.print("error: " + message)
	if f.Hint != "" {
		a.print("hint: " + f.Hint)
	}
	return f.Exit
}

// print writes a message to standard error. Much of a message may not be ours:
// nothing gets there past this function but an address to open, the password of the
// sandbox's user, and prompts.
func (a *app) print(message string) {
	a.errStyle().Message(a.errOut, "implicit: ", a.secrets.Clean(message))
}

// cleaned writes to standard output without the run's secrets: for what shows a
// server's text and no secret by purpose. Each write holds whole lines.
type cleaned struct{ a *app }

func (c cleaned) Write(p []byte) (int, error) {
	_, err := io.WriteString(c.a.out, c.a.secrets.Scrub(string(p)))
	return len(p), err
}

// say writes progress for the user at the terminal.
func (a *app) say(format string, args ...any) {
	if !a.global.quiet && !a.json() {
		a.print(fmt.Sprintf(format, args...))
	}
}

func (a *app) warn(format string, args ...any) { a.say("warning: "+format, args...) }

// warnOf prints the warnings of a result, and keeps them for the error object. Text of
// a provider in them must not repeat a secret in JSON either.
func (a *app) warnOf(r *implicit.Result) {
	for i := range r.Warnings {
		r.Warnings[i].Message = a.secrets.Scrub(r.Warnings[i].Message)
	}
	a.warnings = r.Warnings
	for _, w := range r.Warnings {
		if w.Code != implicit.WarnQueryMode { // said when it was asked for
			a.warn("%s", w.Message)
		}
	}
}

func (a *app) faultContext() fault.Context {
	return fault.Context{PingOne: !a.otherProvider, Terminal: a.inTerminal != nil, Secrets: &a.secrets}
}

// silentError is a status whose reason has been printed already.
type silentError struct{ exit int }

func (e *silentError) Error() string { return fmt.Sprintf("exit status %d", e.exit) }

func usagef(format string, args ...any) error { return fault.Usagef(format, args...) }

// refusal is the provider's error in a response that is only looked at: it says
// what the response is, not whether to try again.
func refusal(e *implicit.AuthorizeError) error {
	if e.Unwrap() != nil { // the user is needed
		return e
	}
	return fault.As(fault.Refused, e)
}
