// Package render lays results out: text for users, JSON, JUnit and SARIF for
// programs. Text from the network or from a token is written so that it cannot
// drive a terminal.
package render

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Style colours text where Color is set, and else returns it unchanged. Lines are
// wrapped at Width columns; 0: they are not.
type Style struct {
	Color bool
	Width int
}

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

// Rows writes name and value pairs in two columns, indented and not wrapped; rows
// without a value are left out.
func Rows(w io.Writer, rows [][2]string) { Style{}.Rows(w, rows) }

// narrow is the width below which a value that does not fit next to its name goes
// on the line below: an ID is then still in one piece.
const narrow = 60

// Rows is the function Rows, wrapped at the style's width.
func (s Style) Rows(w io.Writer, rows [][2]string) {
	width := 0
	for _, r := range rows {
		if r[1] != "" {
			width = max(width, utf8.RuneCountInString(r[0]))
		}
	}
	for _, r := range rows {
		name := fmt.Sprintf("  %-*s  ", width, r[0])
		switch below := s.Width > 0 && s.Width < narrow && width+4+utf8.RuneCountInString(r[1]) > s.Width; {
		case r[1] == "":
		case below:
			fmt.Fprintln(w, "  "+r[0])
			s.Hanging(w, "    ", "    ", r[1])
		default:
			s.Hanging(w, name, strings.Repeat(" ", width+4), r[1])
		}
	}
}

// Message writes a sentence behind a prefix, wrapped. Further lines of the text are
// an indented list.
func (s Style) Message(w io.Writer, prefix, text string) {
	for _, line := range strings.Split(text, "\n") {
		bare := strings.TrimLeft(line, " ")
		first := prefix + line[:len(line)-len(bare)]
		rest := strings.Repeat(" ", len(line)-len(bare)+2)
		prefix = ""
		if s.Width == 0 {
			fmt.Fprintln(w, first+bare)
			continue
		}
		for _, wrapped := range wrapWords(bare, s.Width-utf8.RuneCountInString(first), s.Width-len(rest)) {
			fmt.Fprintln(w, first+wrapped)
			first = rest
		}
	}
}

// Paragraph writes a text, wrapped.
func (s Style) Paragraph(w io.Writer, text string) { s.Hanging(w, "", "", text) }

// Hanging writes a text, its first line behind first and the others behind rest.
func (s Style) Hanging(w io.Writer, first, rest, text string) {
	for i, line := range s.wrap(text, utf8.RuneCountInString(rest)) {
		if i > 0 {
			first = rest
		}
		fmt.Fprintln(w, first+line)
	}
}

// wrap breaks a text between words. A word that is longer than a line stays whole, so
// that an address can be copied.
func (s Style) wrap(text string, indent int) (lines []string) {
	room := s.Width - indent
	if s.Width == 0 || room < 10 {
		return []string{text}
	}
	return wrapWords(text, room, room)
}

// wrapWords breaks a text between words; its first line has another width.
func wrapWords(text string, first, rest int) (lines []string) {
	room, line := first, ""
	for i, word := range strings.Split(text, " ") {
		switch {
		case i == 0:
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > room:
			lines, line, room = append(lines, line), word, rest
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}
