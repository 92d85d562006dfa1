package words

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// JSON writes v as one line of JSON. In addition to what encoding/json escapes,
// it escapes what [Drives] a terminal.
func JSON(w io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := io.WriteString(w, escapeJSON(b.String()))
	return err
}

// escapeJSON leaves line ends alone: those inside of strings are escaped already.
func escapeJSON(s string) string {
	drives := func(c rune) bool { return c != '\n' && Drives(c) }
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

// Drives reports whether c can do more to a terminal than show itself: a
// control character (C0, DEL, C1), a format character (bidirectional controls
// among them), a line or paragraph separator.
func Drives(c rune) bool {
	return unicode.In(c, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// Text returns s as it is where each character shows itself and no quote can
// end it, and quoted otherwise. It is for a value in a row; a message takes %q.
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

// escape returns a message in which no byte drives a terminal. A line end stays
// one, and the next line is indented, so that it cannot pass for a message of
// ours.
func escape(s string) string {
	if utf8.ValidString(s) && strings.IndexFunc(s, Drives) < 0 {
		return s
	}
	var b strings.Builder
	for i, c := range s {
		_, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case c == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case c == '\n':
			b.WriteString("\n  ")
		case Drives(c):
			quoted := strconv.QuoteRuneToASCII(c)
			b.WriteString(quoted[1 : len(quoted)-1])
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}
