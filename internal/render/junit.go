package render

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// The elements of a JUnit report, as far as CI servers read them.
type (
	junitSuites struct {
		XMLName xml.Name   `xml:"testsuites"`
		Suite   junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
		Out        string          `xml:"system-out,omitempty"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Time    string        `xml:"time,attr"` // some readers insist on one
		Failure *junitOutcome `xml:"failure"`
		Skipped *junitOutcome `xml:"skipped"`
	}
	junitOutcome struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes the checks as a JUnit report, one test case for each check; warnings
// are its output. It contains no token.
func (l Login) JUnit(w io.Writer) error {
	suite := junitSuite{Name: "implicit verify", Properties: []junitProperty{{"issuer", l.Issuer}, {"client_id", l.ClientID}}}
	for _, c := range checksMade(l.Result) {
		suite.Tests++
		row := junitCase{Class: "implicit.verify", Name: c.Name, Time: "0"}
		switch c.Status {
		case implicit.StatusFail:
			suite.Failures++
			row.Failure = &junitOutcome{Message: c.Detail, Type: "check", Text: checkLine(c)}
		case implicit.StatusSkip:
			suite.Skipped++
			row.Skipped = &junitOutcome{Message: c.Detail}
		}
		suite.Cases = append(suite.Cases, row)
	}
	for _, w := range l.Result.Warnings {
		suite.Out += "warning: " + w.Code + ": " + w.Message + "\n"
	}
	report, err := xml.MarshalIndent(junitSuites{Suite: suite}, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, xml.Header+referControls(string(report))+"\n")
	return err
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

// referControls writes what drives a terminal as character references.
func referControls(s string) string {
	var b strings.Builder
	for _, c := range s {
		if c != '\n' && words.Drives(c) {
			fmt.Fprintf(&b, "&#x%X;", c)
		} else {
			b.WriteRune(c)
		}
	}
	return b.String()
}
