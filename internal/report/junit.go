package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/implicit-cli/implicit/internal/words"
)

// JUnit is a test suite of a JUnit report, as far as CI servers read them.
type JUnit struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Properties []JUnitProperty `xml:"properties>property,omitempty"`
	Cases      []JUnitCase     `xml:"testcase"`
	Out        string          `xml:"system-out,omitempty"` // warnings
}

// JUnitProperty is a fact about the suite.
type JUnitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

// JUnitCase is a test case. Without an outcome it passed.
type JUnitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Time    string        `xml:"time,attr"` // some readers insist on one
	Failure *JUnitOutcome `xml:"failure"`
	Error   *JUnitOutcome `xml:"error"`
	Skipped *JUnitOutcome `xml:"skipped"`
}

// JUnitOutcome says why a case did not pass.
type JUnitOutcome struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// Add adds a case, and counts it.
func (s *JUnit) Add(c JUnitCase) {
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
	c.Time = "0"
	s.Cases = append(s.Cases, c)
}

// Write writes the report with this one suite.
func (s *JUnit) Write(w io.Writer) error {
	text, err := xml.MarshalIndent(struct {
		XMLName xml.Name `xml:"testsuites"`
		Suite   *JUnit   `xml:"testsuite"`
	}{Suite: s}, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, xml.Header+referControls(string(text))+"\n")
	return err
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
