package render

import (
	"io"
	"slices"
	"strconv"

	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// JUnit writes the checks as a JUnit report, as far as CI servers read it: one test
// case for each check; warnings are its output. It contains no token.
func (l Login) JUnit(w io.Writer) error {
	checks, failures, skipped := checksMade(l.Result), 0, 0
	suite := words.Element{Name: "testsuite", Children: []words.Element{{Name: "properties", Children: []words.Element{
		{Name: "property", Attrs: []string{"name", "issuer", "value", l.Issuer}},
		{Name: "property", Attrs: []string{"name", "client_id", "value", l.ClientID}},
	}}}}
	for _, c := range checks {
		row := words.Element{Name: "testcase", Attrs: []string{"classname", "implicit.verify", "name", c.Name, "time", "0"}} // some readers insist on a time
		switch c.Status {
		case implicit.StatusFail:
			failures++
			row.Children = []words.Element{{Name: "failure", Attrs: []string{"message", c.Detail, "type", "check"}, Text: checkLine(c)}}
		case implicit.StatusSkip:
			skipped++
			row.Children = []words.Element{{Name: "skipped", Attrs: []string{"message", c.Detail}}}
		}
		suite.Children = append(suite.Children, row)
	}
	out := ""
	for _, w := range l.Result.Warnings {
		out += "warning: " + w.Code + ": " + w.Message + "\n"
	}
	if out != "" {
		suite.Children = append(suite.Children, words.Element{Name: "system-out", Text: out})
	}
	suite.Attrs = []string{
		"name", "implicit verify", "tests", strconv.Itoa(len(checks)),
		"failures", strconv.Itoa(failures), "errors", "0", "skipped", strconv.Itoa(skipped),
	}
	return words.XML(w, words.Element{Name: "testsuites", Children: []words.Element{suite}})
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
