package words

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Element is an XML element to write. Its attributes are pairs of name and value.
// encoding/xml writes the same, and adds 70 KB to the program and its tables to each
// start.
type Element struct {
	Name     string
	Attrs    []string
	Text     string
	Children []Element
}

// XML writes a document: what drives a terminal as character references, and U+FFFD
// for what XML cannot hold.
func XML(w io.Writer, root Element) error {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	root.write(&b, "\n")
	_, err := io.WriteString(w, b.String()+"\n")
	return err
}

func (e Element) write(b *strings.Builder, lineStart string) {
	b.WriteString("<" + e.Name)
	for pair := range slices.Chunk(e.Attrs, 2) {
		b.WriteString(" " + pair[0] + `="` + escapeXML(pair[1]) + `"`)
	}
	b.WriteString(">" + escapeXML(e.Text))
	for _, child := range e.Children {
		b.WriteString(lineStart + "  ")
		child.write(b, lineStart+"  ")
	}
	if len(e.Children) > 0 {
		b.WriteString(lineStart)
	}
	b.WriteString("</" + e.Name + ">")
}

func escapeXML(s string) string {
	var b strings.Builder
	for _, c := range s {
		switch {
		case c == '&':
			b.WriteString("&amp;")
		case c == '<':
			b.WriteString("&lt;")
		case c == '>':
			b.WriteString("&gt;")
		case c == '"' || c == '\'':
			fmt.Fprintf(&b, "&#%d;", c)
		case c < ' ' && c != '\t' && c != '\n' && c != '\r', c == 0xfffe, c == 0xffff: // XML 1.0 section 2.2
			b.WriteRune(utf8.RuneError)
		case Drives(c):
			fmt.Fprintf(&b, "&#x%X;", c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}
