package doctor

import (
	"io"
	"strconv"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/words"
)

// JUnit writes the report as JUnit XML, as far as CI servers read it: what failed is
// a failure, what was not reached an error, and what was skipped or cannot be told is
// skipped. Warnings are the output of the suite.
func (report Report) JUnit(w io.Writer) error {
	count := map[string]int{} // by outcome
	warnings := ""
	suite := words.Element{Name: "testsuite"}
	for _, f := range report.Findings {
		row := words.Element{Name: "testcase", Attrs: []string{"classname", "implicit.doctor." + string(f.Hop), "name", f.Name, "time", "0"}} // some readers insist on a time
		if outcome := junitOutcome(f); outcome != "" {
			count[outcome]++
			e := words.Element{Name: outcome, Attrs: []string{"message", f.Saw}}
			if outcome != "skipped" {
				e.Text = "tried: " + f.Tried + "\nchange: " + f.Change + "\nsee: " + f.Page
			}
			row.Children = []words.Element{e}
		}
		if f.Status == Warning {
			warnings += "warning: " + f.Name + ": " + f.Saw + "; " + f.Change + "\n"
		}
		suite.Children = append(suite.Children, row)
	}
	suite.Attrs = []string{
		"name", "implicit doctor", "tests", strconv.Itoa(len(report.Findings)),
		"failures", strconv.Itoa(count["failure"]), "errors", strconv.Itoa(count["error"]), "skipped", strconv.Itoa(count["skipped"]),
	}
	if warnings != "" {
		suite.Children = append(suite.Children, words.Element{Name: "system-out", Text: warnings})
	}
	return words.XML(w, words.Element{Name: "testsuites", Children: []words.Element{suite}})
}

// junitOutcome is the element for a finding; empty: it passed.
func junitOutcome(f Finding) string {
	switch {
	case f.Status == Failed && f.Exit == fault.ExitUnreachable:
		return "error"
	case f.Status == Failed:
		return "failure"
	case f.Status == Skipped, f.Status == CouldNotTell:
		return "skipped"
	}
	return ""
}
