package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/loopback"
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

// hinted adds what to do next where only the command knows it.
type hinted struct {
	error
	hint string
}

func (e *hinted) Unwrap() error { return e.error }

// classedError is an error that says its own class.
type classedError interface {
	error
	Kind() string
	Code() string
	Exit() int
	Hint() string
}

// coded is an error with a class of its own.
type coded struct {
	error
	kind string
	exit int
}

func (e *coded) Unwrap() error { return e.error }

// failureJSON is a failure as programs read it.
type failureJSON struct {
	Kind          string `json:"kind"`
	Exit          int    `json:"exit"`
	Code          string `json:"code,omitempty"`
	Message       string `json:"message"`
	Hint          string `json:"hint,omitempty"`
	CorrelationID string `json:"correlation_id,omitempty"`
}

// fail reports err on standard error and returns its exit status. It is the
// only place that does either.
func (a *app) fail(err error, asJSON bool) int {
	var quiet *silentError
	if errors.As(err, &quiet) {
		return quiet.exit
	}
	f := classify(err)
	if asJSON {
		_ = render.JSON(a.errOut, map[string]failureJSON{"error": f})
		return f.Exit
	}
	message := f.Message
	if f.CorrelationID != "" && !strings.Contains(message, f.CorrelationID) {
		message += " (Correlation ID: " + render.Text(f.CorrelationID) + ")"
	}
	fmt.Fprintf(a.errOut, "implicit: error: %s\n", message)
	if f.Hint != "" {
		fmt.Fprintf(a.errOut, "implicit: hint: %s\n", f.Hint)
	}
	return f.Exit
}

// restored is a failure that another process met.
type restored struct{ failure failureJSON }

func (e *restored) Error() string { return e.failure.Message }

// describe and restore carry a failure from one process to those that waited
// for it.
func describe(err error) []byte {
	described, err := json.Marshal(classify(err))
	if err != nil {
		return nil
	}
	return described
}

func restore(described []byte) error {
	e := new(restored)
	if err := json.Unmarshal(described, &e.failure); err != nil {
		return fmt.Errorf("read the failure of another process: %w", err)
	}
	return e
}

// silentError is a status whose reason has been printed already.
type silentError struct{ exit int }

func (e *silentError) Error() string { return fmt.Sprintf("exit status %d", e.exit) }

func classify(err error) failureJSON {
	var earlier *restored
	if errors.As(err, &earlier) {
		return earlier.failure
	}
	f := class(err)
	f.Message = err.Error()
	if f.Hint == "" {
		f.Hint = hint(err)
	}
	return f
}

func class(err error) failureJSON {
	var (
		signalled *signalError
		own       *coded
		usage     *usageError
		setting   *config.Error
		request   *implicit.RequestError
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
		classed   classedError
	)
	switch {
	case errors.As(err, &signalled):
		return failureJSON{Kind: "interrupted", Exit: signalled.exit()}
	case errors.As(err, &own):
		return failureJSON{Kind: own.kind, Exit: own.exit}
	case errors.As(err, &classed):
		return failureJSON{Kind: classed.Kind(), Exit: classed.Exit(), Code: classed.Code()}
	case errors.As(err, &usage), errors.As(err, &setting), errors.As(err, &request),
		errors.As(err, &address), errors.As(err, &busy):
		return failureJSON{Kind: "usage", Exit: exitUsage}
	case errors.As(err, &person):
		return failureJSON{Kind: "person_needed", Exit: exitPerson, Code: person.Status}
	case errors.As(err, &interact), errors.As(err, &needed):
		return failureJSON{Kind: "person_needed", Exit: exitPerson}
	case errors.As(err, &refused):
		return ofAuthorize(refused)
	case errors.As(err, &verify):
		return failureJSON{Kind: "invalid", Exit: exitInvalid, Code: verify.Check.Name}
	case errors.As(err, &parse):
		return failureJSON{Kind: "invalid", Exit: exitInvalid, Code: "channel"}
	case errors.As(err, &keys):
		return failureJSON{Kind: "invalid", Exit: exitInvalid, Code: "key"}
	case errors.As(err, &discovery):
		return failureJSON{Kind: "invalid", Exit: exitInvalid, Code: "discovery"}
	case errors.As(err, &platform):
		return ofPlatform(platform)
	case errors.As(err, &foreign), errors.As(err, &action), errors.As(err, &renewal):
		return failureJSON{Kind: "refused", Exit: exitRefused}
	case errors.As(err, &answer):
		return ofStatus(answer.Status)
	case errors.As(err, &nobody), errors.As(err, &vain), errors.Is(err, context.DeadlineExceeded):
		return failureJSON{Kind: "unreachable", Exit: exitUnreachable}
	}
	return failureJSON{Kind: "unexpected", Exit: exitUnexpected}
}

func ofAuthorize(e *implicit.AuthorizeError) failureJSON {
	f := failureJSON{Kind: "refused", Exit: exitRefused, Code: e.Code, CorrelationID: pingone.CorrelationID(e.Description)}
	switch e.Code {
	case "login_required", "interaction_required", "consent_required", "account_selection_required":
		f.Kind, f.Exit = "person_needed", exitPerson
	}
	return f
}

func ofPlatform(e *pingone.Error) failureJSON {
	f := ofStatus(e.Status)
	if e.Reason == pingone.RateLimited {
		f = failureJSON{Kind: "unreachable", Exit: exitUnreachable}
	}
	f.Code, f.CorrelationID = e.Code, e.CorrelationID
	if len(e.Details) > 0 && e.Details[0].Code != "" {
		f.Code = e.Details[0].Code
	}
	if f.CorrelationID == "" {
		f.CorrelationID = e.ID
	}
	if as := ofAuthorize(e.OAuthError()); as.Exit == exitPerson {
		f.Kind, f.Exit = as.Kind, as.Exit
	}
	return f
}

// ofStatus tells a server that may answer another time from one that refused.
func ofStatus(status int) failureJSON {
	if status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= 500 {
		return failureJSON{Kind: "unreachable", Exit: exitUnreachable}
	}
	return failureJSON{Kind: "refused", Exit: exitRefused}
}
