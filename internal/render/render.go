// Package render writes values in their two forms: text for people, JSON for
// programs. Whatever came from the network or out of a token leaves here in a
// form that cannot drive a terminal.
package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// JSON writes v as one line of JSON. Beside what encoding/json escapes, DEL, C1
// and bidirectional controls are escaped: they drive some terminals.
func JSON(w io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := io.WriteString(w, escapeControls(b.String()))
	return err
}

func escapeControls(s string) string {
	if strings.IndexFunc(s, drives) < 0 {
		return s
	}
	var b strings.Builder
	for _, c := range s {
		switch {
		case !drives(c):
			b.WriteRune(c)
		case c > 0xffff:
			hi, lo := (c-0x10000)>>10+0xd800, (c-0x10000)&0x3ff+0xdc00
			fmt.Fprintf(&b, `\u%04x\u%04x`, hi, lo)
		default:
			fmt.Fprintf(&b, `\u%04x`, c)
		}
	}
	return b.String()
}

// drives reports whether c may do more in a terminal than show itself. Line
// ends are left to the caller: JSON has escaped those inside strings.
func drives(c rune) bool {
	return c != '\n' && (unicode.IsControl(c) || unicode.Is(unicode.Cf, c))
}

// Text returns untrusted text for a line of text: as it is where every
// character shows itself, else quoted.
func Text(s string) string {
	plain := utf8.ValidString(s) && s == strings.TrimSpace(s) && s != ""
	for _, c := range s {
		plain = plain && (c == ' ' || unicode.IsPrint(c)) && c != '"'
	}
	if plain {
		return s
	}
	return strconv.Quote(s)
}

// When returns a moment and how far it is from now, in words.
func When(t, now time.Time) string {
	distance := t.Sub(now).Round(time.Second)
	words := "now"
	switch {
	case distance > 0:
		words = "in " + Span(distance)
	case distance < 0:
		words = Span(-distance) + " ago"
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC") + " (" + words + ")"
}

// Span returns a length of time in its largest unit that keeps it exact enough
// to act upon.
func Span(d time.Duration) string {
	units := []struct {
		name string
		size time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}, {"second", time.Second}}
	for _, u := range units {
		if d >= 2*u.size || (d >= u.size && u.size <= time.Minute) {
			n := int64((d + u.size/2) / u.size)
			if n == 1 {
				return "1 " + u.name
			}
			return strconv.FormatInt(n, 10) + " " + u.name + "s"
		}
	}
	return "less than a second"
}

// Style colours text, or leaves it alone.
type Style struct{ Color bool }

func (s Style) paint(code, text string) string {
	if !s.Color {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Good, Bad, Dim and Bold are the four styles there are.
func (s Style) Good(text string) string { return s.paint("32", text) }

// Bad marks what failed.
func (s Style) Bad(text string) string { return s.paint("1;31", text) }

// Dim marks what matters less.
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
