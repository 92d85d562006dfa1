package fault

import "fmt"

// classed gives an error another kind, exit status or hint.
type classed struct {
	error
	kind Kind
	exit int // 0: that of the kind
	hint string
}

func (e *classed) Unwrap() error { return e.error }
func (e *classed) Kind() string  { return string(e.kind) }
func (e *classed) Exit() int     { return e.exit }
func (e *classed) Hint() string  { return e.hint }

// As returns err as an error of the kind, with the same message.
func As(kind Kind, err error) error { return &classed{error: err, kind: kind} }

// WithExit is [As] with another exit status than that of the kind.
func WithExit(kind Kind, exit int, err error) error {
	return &classed{error: err, kind: kind, exit: exit}
}

// WithHint returns err with a hint, which goes before any that it has.
func WithHint(err error, hint string) error { return &classed{error: err, hint: hint} }

// Usagef returns an error of the kind [Usage] with the message that fmt.Errorf
// makes.
func Usagef(format string, args ...any) error { return As(Usage, fmt.Errorf(format, args...)) }
