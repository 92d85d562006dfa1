package prompt

import (
	"strings"
	"unicode/utf8"
)

// The columns that a message does not have: those of "implicit: ", and the
// indentation of its further lines.
const (
	prefixColumns = len("implicit: ")
	indentColumns = 2
)

// wrap breaks a text between words into lines of at most width columns, the first
// one after used columns. A longer word stays in one piece. Line ends stay, and a
// width of 0 breaks nothing.
func wrap(text string, width, used int) string {
	if width == 0 {
		return text
	}
	var lines []string
	for i, paragraph := range strings.Split(text, "\n") {
		room := width - used
		if i > 0 {
			room = width
		}
		line := ""
		for j, word := range strings.Split(paragraph, " ") {
			switch {
			case j == 0:
				line = word
			case word == "":
				line += " "
			case utf8.RuneCountInString(line+" "+word) > room:
				lines, line, room = append(lines, line), word, width
			default:
				line += " " + word
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// maxText bounds a text of the server at the terminal, in bytes.
const maxText = 16 << 10

// paragraphs is a text of the server to read: its lines, without white space that
// is of no use at a terminal.
func (t *Terminal) paragraphs(text string) string {
	text, rest := t.scrubbed(text), ""
	if len(text) > maxText {
		text, rest = strings.ToValidUTF8(text[:maxText], ""), "\n… the rest is too long to be shown here"
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.Join(strings.Fields(line), " ")
	}
	return strings.TrimSpace(strings.Join(lines, "\n")) + rest
}
