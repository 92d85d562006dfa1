// Package fault says what an error means for the one who runs the program: its
// kind, its exit status, what to do next.
//
// [table] has the errors of pkg/ and of the standard library, which know neither
// exit statuses nor flags. An error of internal/ classes itself by these methods,
// all but Kind optional, and of built-in types so that no package needs this one
// for them:
//
//	Kind() string                          // one of the kinds
//	Code() string                          // more precise than the kind
//	Exit() int                             // 0: that of the kind
//	Hint() string                          // what to do next; or
//	HintFor(pingOne, terminal bool) string // the fields of [Context]
package fault

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/implicit-cli/implicit/internal/words"
)

// Kind is the class of an error. Scripts may rely on its text.
type Kind string

// The kinds.
const (
	Unexpected   Kind = "unexpected"    // a bug, a full disk
	Usage        Kind = "usage"         // wrong call or settings; nothing was sent
	Refused      Kind = "refused"       // the server refused, or its answer cannot be used
	PersonNeeded Kind = "person_needed" // interactive sign-on required
	Invalid      Kind = "invalid"       // a token, or the response around it, failed validation
	Unreachable  Kind = "unreachable"   // no answer in time; later there may be one
	Interrupted  Kind = "interrupted"   // by a signal
)

// The exit statuses. Scripts may rely on them. Those of an interrupted program
// are 128 and the number of the signal.
const (
	ExitUnexpected   = 1
	ExitUsage        = 2
	ExitRefused      = 3
	ExitPersonNeeded = 4
	ExitInvalid      = 5
	ExitUnreachable  = 6
	ExitInterrupted  = 130
)

// Exit returns the exit status of the kind.
func (k Kind) Exit() int {
	switch k {
	case Usage:
		return ExitUsage
	case Refused:
		return ExitRefused
	case PersonNeeded:
		return ExitPersonNeeded
	case Invalid:
		return ExitInvalid
	case Unreachable:
		return ExitUnreachable
	case Interrupted:
		return ExitInterrupted
	}
	return ExitUnexpected
}

// Fault is an error as it is reported, to users and, as JSON, to programs. Its
// texts have none of the run's secrets, but may still drive a terminal. It is an
// error too: one that another process met and shared.
type Fault struct {
	Kind          Kind   `json:"kind"`
	Exit          int    `json:"exit"`
	Code          string `json:"code,omitempty"` // of OAuth, PingOne, a check, or a flow's status
	Message       string `json:"message"`        // without the run's secrets; not yet fit for a terminal
	Hint          string `json:"hint,omitempty"` // what to do next
	CorrelationID string `json:"correlation_id,omitempty"`
}

func (f *Fault) Error() string { return f.Message }

// Context is what the hints and the message of a fault depend on.
type Context struct {
	PingOne  bool            // the provider is PingOne, or not known yet
	Terminal bool            // a user can be asked here
	Secrets  *words.Scrubber // what no message may contain; nil: nothing
}

// Of returns the fault of an error that is not nil.
func Of(err error, c Context) *Fault {
	var shared *Fault
	if walk(err, as(&shared)) {
		return shared
	}
	f := &Fault{Kind: Unexpected}
	row, matched := lookup(err)
	if matched {
		f.Kind, f.Code = row.kind, row.code(err)
	}
	f.own(err)
	if f.Exit == 0 {
		f.Exit = f.Kind.Exit()
	}
	f.Hint = ownHint(err, c)
	if f.Hint == "" && matched {
		f.Hint = row.hint(err, c)
	}
	f.Message, f.CorrelationID = err.Error(), correlationID(err)
	for _, text := range []*string{&f.Code, &f.Message, &f.Hint, &f.CorrelationID} {
		*text = c.Secrets.Scrub(*text)
	}
	return f
}

// own takes what an error says about itself. It overrides the table: the package
// that wraps an error knows what it means there.
func (f *Fault) own(err error) {
	var kind interface {
		error
		Kind() string
	}
	if !walk(err, func(err error) bool { return as(&kind)(err) && kind.Kind() != "" }) {
		return
	}
	f.Kind = Kind(kind.Kind())
	if e, ok := kind.(interface{ Exit() int }); ok {
		f.Exit = e.Exit()
	}
	if e, ok := kind.(interface{ Code() string }); ok {
		f.Code = e.Code()
	}
}

// ownHint returns the first hint that an error in the tree of err gives.
func ownHint(err error, c Context) (hint string) {
	walk(err, func(err error) bool {
		switch e := err.(type) {
		case interface{ Hint() string }:
			hint = e.Hint()
		case interface {
			HintFor(pingOne, terminal bool) string
		}:
			hint = e.HintFor(c.PingOne, c.Terminal)
		}
		return hint != ""
	})
	return hint
}

// walk calls visit for err and the errors it wraps, outer ones first, until it
// returns true.
func walk(err error, visit func(error) bool) bool {
	if err == nil {
		return false
	}
	if visit(err) {
		return true
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return walk(e.Unwrap(), visit)
	case interface{ Unwrap() []error }:
		return slices.ContainsFunc(e.Unwrap(), func(err error) bool { return walk(err, visit) })
	}
	return false
}

// as returns a function that takes an error of type T into target.
func as[T any](target *T) func(error) bool {
	return func(err error) bool {
		found, ok := err.(T)
		if ok {
			*target = found
		}
		return ok
	}
}

// Restore reads the JSON of a fault that another process shared. Where that
// cannot be read, the error says so.
func Restore(data []byte) error {
	f := new(Fault)
	if err := json.Unmarshal(data, f); err != nil {
		return fmt.Errorf("read the failure of another process: %w", err)
	}
	if f.Exit == 0 || f.Message == "" {
		return fmt.Errorf("read the failure of another process: it has no exit status or no message")
	}
	return f
}
