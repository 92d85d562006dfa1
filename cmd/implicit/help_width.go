package main

import (
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/implicit-cli/implicit/internal/render"
)

// Help is written for a page of documentation, and a terminal would break its long
// lines inside words.

// help prints help at the width of the terminal.
func (a *app) help(text string) { _, _ = io.WriteString(a.out, fit(text, a.style().Width)) }

func textOfHelp(cmd *cobra.Command) string {
	var b strings.Builder
	writeHelp(&b, cmd)
	return b.String()
}

// fit wraps help at a width in columns; 0: not at all. Commands stay whole, to be
// copied.
func fit(help string, width int) string {
	if width <= 0 {
		return help
	}
	var out strings.Builder
	lines := strings.Split(strings.TrimSuffix(help, "\n"), "\n")
	for len(lines) > 0 {
		n := paragraph(lines)
		fitLines(&out, lines[:n], width)
		lines = lines[n:]
	}
	return out.String()
}

// columnOf is the indentation of a line, with the name before a second column.
func columnOf(line string) string {
	text := strings.TrimLeft(line, " ")
	if _, second, ok := strings.Cut(text, "  "); ok && !isProse(line) {
		text = strings.TrimLeft(second, " ")
	}
	return line[:len(line)-len(text)]
}

// paragraph counts the lines that begin a text and belong together: those of prose, or
// of a command.
func paragraph(lines []string) int {
	n := 1
	for n < len(lines) && lines[n] != "" && (isProse(lines[n-1]) && isProse(lines[n]) || strings.HasSuffix(lines[n-1], `\`)) {
		n++
	}
	return n
}

func isProse(line string) bool { return line != "" && line[0] != ' ' }

func fitLines(out *strings.Builder, lines []string, width int) {
	longest := 0
	for _, line := range lines {
		longest = max(longest, utf8.RuneCountInString(line))
	}
	text := strings.Join(lines, "\n")
	if longest <= width || strings.HasPrefix(strings.TrimSpace(text), "$ ") {
		out.WriteString(text + "\n")
		return
	}
	first := columnOf(text)
	rest := strings.Repeat(" ", len(first))
	text = strings.ReplaceAll(text[len(first):], "\n", " ")
	if name := strings.TrimRight(first, " "); name != "" && width-len(first) < 30 {
		out.WriteString(name + "\n")
		first, rest = "          ", "          "
	}
	render.Style{Width: width}.Hanging(out, first, rest, text)
}
