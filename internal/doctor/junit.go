package doctor

import (
	"io"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/report"
)

// JUnit writes the report as JUnit XML: what failed is a failure, what was not
// reached an error, and what was skipped or cannot be told is skipped. Warnings are
// the output of the suite.
func (r Report) JUnit(w io.Writer) error {
	suite := report.JUnit{Name: "implicit doctor"}
	for _, f := range r.Findings {
		c := report.JUnitCase{Class: "implicit.doctor." + string(f.Hop), Name: f.Name}
		outcome := &report.JUnitOutcome{Message: f.Saw, Text: "tried: " + f.Tried + "\nchange: " + f.Change + "\nsee: " + f.Page}
		switch {
		case f.Status == Failed && f.Exit == fault.ExitUnreachable:
			c.Error = outcome
		case f.Status == Failed:
			c.Failure = outcome
		case f.Status == Skipped, f.Status == CouldNotTell:
			c.Skipped = &report.JUnitOutcome{Message: f.Saw}
		case f.Status == Warning:
			suite.Out += "warning: " + f.Name + ": " + f.Saw + "; " + f.Change + "\n"
		}
		suite.Add(c)
	}
	return suite.Write(w)
}
