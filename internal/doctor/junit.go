package doctor

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/words"
)

// The elements of a JUnit report, as far as CI servers read them.
type (
	junitSuites struct {
		XMLName xml.Name   `xml:"testsuites"`
		Suite   junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
		Out      string      `xml:"system-out,omitempty"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Time    string        `xml:"time,attr"` // some readers insist on one
		Failure *junitOutcome `xml:"failure"`
		Error   *junitOutcome `xml:"error"`
		Skipped *junitOutcome `xml:"skipped"`
	}
	junitOutcome struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes the report as JUnit XML: what failed is a failure, what was not
// reached an error, and what was skipped or cannot be told is skipped. Warnings are
// the output of the suite.
func (report Report) JUnit(w io.Writer) error {
	suite := junitSuite{Name: "implicit doctor"}
	for _, f := range report.Findings {
		suite.add(f)
	}
	text, err := xml.MarshalIndent(junitSuites{Suite: suite}, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, xml.Header+referControls(string(text))+"\n")
	return err
}

func (s *junitSuite) add(f Finding) {
	s.Tests++
	row := junitCase{Class: "implicit.doctor." + string(f.Hop), Name: f.Name, Time: "0"}
	outcome := &junitOutcome{Message: f.Saw, Text: "tried: " + f.Tried + "\nchange: " + f.Change + "\nsee: " + f.Page}
	switch {
	case f.Status == Failed && f.Exit == fault.ExitUnreachable:
		s.Errors++
		row.Error = outcome
	case f.Status == Failed:
		s.Failures++
		row.Failure = outcome
	case f.Status == Skipped, f.Status == CouldNotTell:
		s.Skipped++
		row.Skipped = &junitOutcome{Message: f.Saw}
	case f.Status == Warning:
		s.Out += "warning: " + f.Name + ": " + f.Saw + "; " + f.Change + "\n"
	}
	s.Cases = append(s.Cases, row)
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
