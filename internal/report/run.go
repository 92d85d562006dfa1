package report

import (
	"slices"
	"time"

	"github.com/implicit-cli/implicit/internal/wire"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

func (r Run) entries() []wire.Entry {
	if r.Recording == nil {
		return nil
	}
	return r.Recording.Entries
}

// started is when the run began.
func (r Run) started() time.Time {
	if r.Recording == nil {
		return r.Ended
	}
	return r.Recording.Started
}

func (r Run) scrub(text string) string {
	if r.Scrub == nil {
		return text
	}
	return r.Scrub(text)
}

// name is the command as the user knows it.
func (r Run) name() string { return "implicit " + r.Command }

// settings returns those that have a value.
func (r Run) settings() []Setting {
	return slices.DeleteFunc(slices.Clone(r.Settings), func(s Setting) bool { return s.Value == "" })
}

// failed returns the checks that failed.
func (r Run) failed() (failed []implicit.Check) {
	for _, c := range r.Checks {
		if c.Status == implicit.StatusFail {
			failed = append(failed, c)
		}
	}
	return failed
}

// valid reports whether tokens were verified and no check failed; nil where it cannot
// be said.
func (r Run) valid() *bool {
	ok := r.Verdict.Exit == 0 && len(r.failed()) == 0
	if ok && (len(r.Checks) == 0 || r.Replayed) {
		return nil
	}
	return &ok
}

// findings are what the lints found.
func (r Run) findings() []Finding { return Lint(r.entries()) }
