package words

import (
	"hash/maphash"
	"html"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxLayers is how many escapes inside of each other are undone.
const maxLayers = 3

// decoder undoes one layer of escapes. decode returns what the text begins with and
// how many bytes of it that was, 0 where it begins with no escape.
type decoder struct {
	begins string // the bytes that an escape begins with
	decode func(string) (string, int)
}

var decoders = [...]decoder{{`\`, backslash}, {"%", path}, {"%+", query}, {"&", reference}}

// maxEscape is the length in bytes of the longest escape.
const maxEscape = 16

// layers calls visit for text and for each text that undoing up to maxLayers of
// its escapes gives.
func layers(text string, visit func(layered)) {
	seen := map[key]bool{}
	seed := maphash.MakeSeed()
	level := []layered{original(text)}
	for range maxLayers + 1 {
		var next []layered
		for _, l := range level {
			k := l.key(seed)
			if seen[k] {
				continue
			}
			seen[k] = true
			visit(l)
			for _, d := range decoders {
				if strings.ContainsAny(l.text, d.begins) {
					next = append(next, l.undo(d))
				}
			}
		}
		level = next
	}
}

// backslash reads the escapes of JSON, JavaScript and Go.
func backslash(s string) (string, int) {
	if s[0] != '\\' || len(s) == 1 {
		return "", 0
	}
	if i := strings.IndexByte("abfnrtv0", s[1]); i >= 0 {
		return "\a\b\f\n\r\t\v\x00"[i : i+1], 2
	}
	switch s[1] {
	case 'x':
		if n, ok := hex(s, 2, 2); ok {
			return string([]byte{byte(n)}), 4
		}
	case 'u':
		if hi, ok := hex(s, 2, 4); ok {
			if lo, _ := hex(s, 8, 4); utf16.IsSurrogate(hi) && strings.HasPrefix(s[6:], `\u`) {
				return string(utf16.DecodeRune(hi, lo)), 12
			}
			return string(hi), 6
		}
	case 'U':
		if n, ok := hex(s, 2, 8); ok {
			return string(n), 10
		}
	}
	_, size := utf8.DecodeRuneInString(s[1:])
	return s[1 : 1+size], 1 + size // a backslash before any other character leaves it as it is
}

// path reads a byte of a URL's path.
func path(s string) (string, int) {
	if n, ok := hex(s, 1, 2); ok && s[0] == '%' {
		return string([]byte{byte(n)}), 3
	}
	return "", 0
}

// query reads a byte of a form or of a URL's query.
func query(s string) (string, int) {
	if s[0] == '+' {
		return " ", 1
	}
	return path(s)
}

// reference reads a character reference of HTML.
func reference(s string) (string, int) {
	end := strings.IndexByte(s[:min(len(s), maxEscape)], ';')
	if s[0] != '&' || end < 0 || strings.IndexByte(s[1:end], '&') >= 0 {
		return "", 0
	}
	digits, numeric := strings.CutPrefix(s[1:end], "#")
	base := 10
	if trimmed := strings.TrimLeft(digits, "xX"); trimmed != digits {
		digits, base = trimmed, 16
	}
	if n, err := strconv.ParseUint(digits, base, 21); numeric && err == nil {
		return string(rune(n)), end + 1
	}
	return html.UnescapeString(s[:end+1]), end + 1
}

func hex(s string, at, width int) (rune, bool) {
	if at+width > len(s) {
		return 0, false
	}
	n, err := strconv.ParseUint(s[at:at+width], 16, 31)
	return rune(n), err == nil
}
