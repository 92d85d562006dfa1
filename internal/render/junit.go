package render

import (
	"io"
	"slices"

	"github.com/implicit-cli/implicit/internal/report"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// JUnit writes the checks as a JUnit report, one test case for each check; warnings
// are its output. It contains no token.
func (l Login) JUnit(w io.Writer) error {
	suite := report.JUnit{Name: "implicit verify", Properties: []report.JUnitProperty{{Name: "issuer", Value: l.Issuer}, {Name: "client_id", Value: l.ClientID}}}
	for _, check := range checksMade(l.Result) {
		c := report.JUnitCase{Class: "implicit.verify", Name: check.Name}
		switch check.Status {
		case implicit.StatusFail:
			c.Failure = &report.JUnitOutcome{Message: check.Detail, Type: "check", Text: checkLine(check)}
		case implicit.StatusSkip:
			c.Skipped = &report.JUnitOutcome{Message: check.Detail}
		}
		suite.Add(c)
	}
	for _, w := range l.Result.Warnings {
		suite.Out += "warning: " + w.Code + ": " + w.Message + "\n"
	}
	return suite.Write(w)
}

// checksMade returns the checks of a result. Where it is not valid although none
// failed, one that says so is added: no report may look like a success then.
func checksMade(r *implicit.Result) []implicit.Check {
	if r.Valid() || slices.ContainsFunc(r.Checks, func(c implicit.Check) bool { return c.Status == implicit.StatusFail }) {
		return r.Checks
	}
	return append(r.Checks[:len(r.Checks):len(r.Checks)],
		implicit.Check{Name: "tokens", Status: implicit.StatusFail, Detail: "nothing was verified"})
}
