// Package render lays results out: text for users, JSON, JUnit and SARIF for
// programs. Text from the network or from a token is written so that it cannot
// drive a terminal.
package render

import (
	"fmt"
	"io"
)

// Style colours text where Color is set, and else returns it unchanged.
type Style struct{ Color bool }

func (s Style) paint(code, text string) string {
	if !s.Color {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Good marks what passed.
func (s Style) Good(text string) string { return s.paint("32", text) }

// Bad marks what failed.
func (s Style) Bad(text string) string { return s.paint("1;31", text) }

// Dim marks what is less important.
func (s Style) Dim(text string) string { return s.paint("2", text) }

// Bold marks a heading.
func (s Style) Bold(text string) string { return s.paint("1", text) }

// Rows writes name and value pairs in two columns, indented; rows without a
// value are left out.
func Rows(w io.Writer, rows [][2]string) {
	width := 0
	for _, r := range rows {
		if r[1] != "" {
			width = max(width, len(r[0]))
		}
	}
	for _, r := range rows {
		if r[1] != "" {
			fmt.Fprintf(w, "  %-*s  %s\n", width, r[0], r[1])
		}
	}
}
