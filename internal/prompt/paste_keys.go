package prompt

import (
	"bytes"
	"unicode/utf8"
)

// In xterm's bracketed paste mode a terminal marks where a paste begins and ends,
// so that a line break in it is not taken for the Enter key.
const (
	bracketsOn  = "\x1b[?2004h"
	bracketsOff = "\x1b[?2004l"
	pasteBegin  = "[200~"
	pasteEnd    = "[201~"
)

// Keys that edit, as a terminal sends them.
const (
	keyEOT       = 0x04 // Ctrl-D
	keyBackspace = 0x08
	keyKill      = 0x15 // Ctrl-U
	keyEscape    = 0x1b
	keyDelete    = 0x7f
)

// assembly puts typed and pasted text together, byte by byte.
type assembly struct {
	text    []byte
	escape  []byte // an escape sequence so far, with its first byte
	pasting bool
	entered bool // the last key was Enter
	ended   bool // Ctrl-D
}

func (a *assembly) add(c byte) {
	if a.escape != nil {
		a.sequence(c)
		return
	}
	wrapped := a.entered
	a.entered = false
	switch {
	case c == keyEscape:
		a.escape = []byte{c}
	case (c == '\n' || c == '\r') && !a.pasting:
		a.entered = true
		if wrapped {
			a.append('\n')
		}
		return
	case c == keyEOT:
		a.ended = true
	case c == keyKill:
		a.text = nil
	case c == keyBackspace || c == keyDelete:
		_, size := utf8.DecodeLastRune(a.text)
		a.text = a.text[:len(a.text)-size]
	case c >= ' ' || c == '\n' || c == '\r' || c == '\t':
		if wrapped {
			a.append('\n')
		}
		a.append(c)
	}
}

func (a *assembly) append(c byte) {
	if len(a.text) < maxPaste {
		a.text = append(a.text, c)
	}
}

// sequence adds to an escape sequence (ECMA-48 section 5.4). All but the brackets
// of a paste are arrow keys and the like, which do nothing.
func (a *assembly) sequence(c byte) {
	a.escape = append(a.escape, c)
	control := a.escape[1] == '[' || a.escape[1] == 'O'
	if control && (len(a.escape) == 2 || c < 0x40 || c > 0x7e) && len(a.escape) < 32 {
		return
	}
	switch {
	case bytes.Equal(a.escape[1:], []byte(pasteBegin)):
		a.pasting = true
	case bytes.Equal(a.escape[1:], []byte(pasteEnd)):
		a.pasting = false
	}
	a.escape = nil
}
