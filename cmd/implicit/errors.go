package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/credstore"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/loopback"
	"github.com/implicit-cli/implicit/internal/prompt"
	"github.com/implicit-cli/implicit/internal/render"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// The exit statuses. A script may rely on them.
const (
	exitUnexpected  = 1 // a bug, a full disk
	exitUsage       = 2 // the call or its settings; nothing was sent
	exitRefused     = 3 // the server refused, or its answer cannot be used
	exitPerson      = 4 // a person is needed
	exitInvalid     = 5 // a token or its response failed validation
	exitUnreachable = 6 // not reached, or gave up waiting
)

// failure is an error as it is reported.
type failure struct {
	kind        string
	exit        int
	code        string // the server's, or the failed check
	message     string
	hint        string
	correlation string
}

// hinted adds what to do next where only the command knows it.
type hinted struct {
	error
	hint string
}

func (e *hinted) Unwrap() error { return e.error }

// coded is an error with a class of its own.
type coded struct {
	error
	kind string
	exit int
}

func (e *coded) Unwrap() error { return e.error }

// fail reports err on standard error and returns its exit status. It is the
// only place that does either.
func (a *app) fail(err error, asJSON bool) int {
	var quiet *silentError
	if errors.As(err, &quiet) {
		return quiet.exit
	}
	f := classify(err)
	if asJSON {
		type body struct {
			Kind          string `json:"kind"`
			Exit          int    `json:"exit"`
			Code          string `json:"code,omitempty"`
			Message       string `json:"message"`
			Hint          string `json:"hint,omitempty"`
			CorrelationID string `json:"correlation_id,omitempty"`
		}
		_ = render.JSON(a.errOut, map[string]body{"error": {f.kind, f.exit, f.code, f.message, f.hint, f.correlation}})
		return f.exit
	}
	message := f.message
	if f.correlation != "" && !contains(message, f.correlation) {
		message += " (Correlation ID: " + f.correlation + ")"
	}
	fmt.Fprintf(a.errOut, "implicit: error: %s\n", message)
	if f.hint != "" {
		fmt.Fprintf(a.errOut, "implicit: hint: %s\n", f.hint)
	}
	return f.exit
}

// silentError is a status whose reason has been printed already.
type silentError struct{ exit int }

func (e *silentError) Error() string { return fmt.Sprintf("exit status %d", e.exit) }

func classify(err error) failure {
	f := class(err)
	f.message = err.Error()
	if f.hint == "" {
		f.hint = hint(err)
	}
	return f
}

func class(err error) failure {
	var (
		signalled *signalError
		own       *coded
		usage     *usageError
		setting   *config.Error
		request   *implicit.RequestError
		missing   *prompt.MissingError
		person    *pingone.PersonNeededError
		interact  *implicit.InteractionError
		refused   *implicit.AuthorizeError
		verify    *implicit.VerifyError
		parse     *implicit.ParseError
		keys      *implicit.KeySetError
		discovery *implicit.DiscoveryError
		platform  *pingone.Error
		foreign   *pingone.OriginError
		action    *pingone.ActionError
		answer    *implicit.AnswerError
		nobody    *implicit.UnreachableError
		address   *loopback.AddressError
		busy      *loopback.PortBusyError
		vain      *login.NobodyError
		needed    *login.LoginNeededError
		renewal   *login.RenewalError
		store     *credstore.KindError
	)
	switch {
	case errors.As(err, &signalled):
		return failure{kind: "interrupted", exit: signalled.exit()}
	case errors.As(err, &own):
		return failure{kind: own.kind, exit: own.exit}
	case errors.As(err, &usage), errors.As(err, &setting), errors.As(err, &request),
		errors.As(err, &address), errors.As(err, &busy), errors.As(err, &store):
		return failure{kind: "usage", exit: exitUsage}
	case errors.As(err, &missing):
		return failure{kind: "person_needed", exit: exitPerson, code: string(missing.Field)}
	case errors.As(err, &person):
		return failure{kind: "person_needed", exit: exitPerson, code: person.Status}
	case errors.As(err, &interact), errors.As(err, &needed):
		return failure{kind: "person_needed", exit: exitPerson}
	case errors.As(err, &refused):
		return ofAuthorize(refused)
	case errors.As(err, &verify):
		return failure{kind: "invalid", exit: exitInvalid, code: verify.Check.Name}
	case errors.As(err, &parse):
		return failure{kind: "invalid", exit: exitInvalid, code: "channel"}
	case errors.As(err, &keys):
		return failure{kind: "invalid", exit: exitInvalid, code: "key"}
	case errors.As(err, &discovery):
		return failure{kind: "invalid", exit: exitInvalid, code: "discovery"}
	case errors.As(err, &platform):
		return ofPlatform(platform)
	case errors.As(err, &foreign), errors.As(err, &action), errors.As(err, &renewal):
		return failure{kind: "refused", exit: exitRefused}
	case errors.As(err, &answer):
		return ofStatus(answer.Status)
	case errors.As(err, &nobody), errors.As(err, &vain), errors.Is(err, context.DeadlineExceeded):
		return failure{kind: "unreachable", exit: exitUnreachable}
	}
	return failure{kind: "unexpected", exit: exitUnexpected}
}

func ofAuthorize(e *implicit.AuthorizeError) failure {
	f := failure{kind: "refused", exit: exitRefused, code: e.Code, correlation: pingone.CorrelationID(e.Description)}
	switch e.Code {
	case "login_required", "interaction_required", "consent_required", "account_selection_required":
		f.kind, f.exit = "person_needed", exitPerson
	}
	return f
}

func ofPlatform(e *pingone.Error) failure {
	f := ofStatus(e.Status)
	if e.Reason == pingone.RateLimited {
		f = failure{kind: "unreachable", exit: exitUnreachable}
	}
	f.code, f.correlation = e.Code, e.CorrelationID
	if len(e.Details) > 0 && e.Details[0].Code != "" {
		f.code = e.Details[0].Code
	}
	if f.correlation == "" {
		f.correlation = e.ID
	}
	return f
}

// ofStatus tells a server that may answer another time from one that refused.
func ofStatus(status int) failure {
	if status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= 500 {
		return failure{kind: "unreachable", exit: exitUnreachable}
	}
	return failure{kind: "refused", exit: exitRefused}
}
