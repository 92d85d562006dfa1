// Package report shows what a run did: its recording, its settings with their sources,
// its checks and how it ended.
package report

import (
	"time"

	"github.com/implicit-cli/implicit/internal/wire"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Run is what the reports show. Its texts may be foreign.
type Run struct {
	Version   string // of this program
	Command   string // such as "login", without arguments
	Ended     time.Time
	Recording *wire.Recording
	Settings  []Setting
	Checks    []implicit.Check // of the last response that was validated; nil: none was
	Warnings  []implicit.Warning
	Verdict   Verdict

	Replayed bool // read from a file and validated again: nothing is vouched for
	Browsers bool // the calls are a browser's

	// Scrub takes the run's secrets out of a text; nil: they are not known.
	Scrub func(text string) string
}

// Setting is a setting and where its value is from. No value is a secret.
type Setting struct{ Name, Value, Source string }

// Verdict is how the run ended: the exit status, and the error where it is not 0.
type Verdict struct {
	Exit          int
	Kind          string // of the error; empty: none
	Code          string
	Message       string
	Hint          string
	CorrelationID string
}
