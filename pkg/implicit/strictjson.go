package implicit

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// encoding/json is no reader for what must have one meaning: it takes names
// without regard to case, the last of two equal names, and replaces what is not
// UTF-8. This reader refuses the last two (RFC 7493), matches names exactly, keeps
// numbers as written and decodes only the values that are read.

const maxDepth = 32 // of objects and arrays inside each other

func parseObject(src string) (o object, err error) {
	err = o.parse(src)
	return o, err
}

// parse replaces what was read before, and uses its memory.
func (o *object) parse(src string) error {
	o.raw, o.members = src, o.members[:0]
	if few := 2 + len(src)/32; cap(o.members) < few {
		o.members = make([]member, 0, few)
	}
	if !utf8.ValidString(src) {
		return errors.New("it is not UTF-8")
	}
	r := jsonReader{src: src}
	r.space()
	if r.peek() != '{' {
		return r.errorf("expected an object")
	}
	if err := r.object(1, &o.members); err != nil {
		return err
	}
	r.space()
	if r.pos != len(src) {
		return r.errorf("expected the end")
	}
	return nil
}

type jsonReader struct {
	src  string
	pos  int
	open []member // of the objects inside the first one that are being read
}

func (r *jsonReader) errorf(format string, args ...any) error {
	return fmt.Errorf("byte %d: %s", r.pos, fmt.Sprintf(format, args...))
}

func (r *jsonReader) peek() byte {
	if r.pos < len(r.src) {
		return r.src[r.pos]
	}
	return 0
}

func (r *jsonReader) space() {
	for r.pos < len(r.src) {
		switch r.src[r.pos] {
		case ' ', '\t', '\n', '\r':
			r.pos++
		default:
			return
		}
	}
}

func (r *jsonReader) expect(c byte) error {
	r.space()
	if r.peek() != c {
		return r.errorf("expected %q", c)
	}
	r.pos++
	r.space()
	return nil
}

// object reads an object and adds its members to into.
func (r *jsonReader) object(depth int, into *[]member) error {
	r.pos++
	r.space()
	if r.peek() == '}' {
		r.pos++
		return nil
	}
	var seen names
	first := len(*into)
	for {
		name, err := r.string()
		if err != nil {
			return err
		}
		if seen.repeats((*into)[first:], name) {
			return r.errorf("the name %s appears more than once", quote(name))
		}
		if err := r.expect(':'); err != nil {
			return err
		}
		start := r.pos
		if err := r.value(depth); err != nil {
			return err
		}
		*into = append(*into, member{name, rawValue(r.src[start:r.pos])})
		r.space()
		if r.peek() == '}' {
			r.pos++
			return nil
		}
		if err := r.expect(','); err != nil {
			return err
		}
	}
}

// names finds a repeated name in one object, in time that does not grow with
// the square of their number.
type names struct{ many map[string]bool } // nil: they are few

// repeats reports whether name is one of the earlier members'.
func (n *names) repeats(earlier []member, name string) bool {
	const few = 32
	if len(earlier) < few {
		return slices.ContainsFunc(earlier, func(m member) bool { return m.name == name })
	}
	if n.many == nil {
		n.many = make(map[string]bool, 2*few)
		for _, m := range earlier {
			n.many[m.name] = true
		}
	}
	if n.many[name] {
		return true
	}
	n.many[name] = true
	return false
}

func (r *jsonReader) array(depth int) error {
	r.pos++
	r.space()
	if r.peek() == ']' {
		r.pos++
		return nil
	}
	for {
		if err := r.value(depth); err != nil {
			return err
		}
		r.space()
		if r.peek() == ']' {
			r.pos++
			return nil
		}
		if err := r.expect(','); err != nil {
			return err
		}
	}
}

// value reads a value at depth.
func (r *jsonReader) value(depth int) error {
	switch c := r.peek(); {
	case c == '"':
		_, err := r.skipString()
		return err
	case c == '-' || '0' <= c && c <= '9':
		return r.number()
	case (c == '{' || c == '[') && depth == maxDepth:
		return r.errorf("more than %d objects and arrays inside each other", maxDepth)
	case c == '{':
		first := len(r.open)
		err := r.object(depth+1, &r.open)
		r.open = r.open[:first]
		return err
	case c == '[':
		return r.array(depth + 1)
	}
	for _, word := range [...]string{"true", "false", "null"} {
		if strings.HasPrefix(r.src[r.pos:], word) {
			r.pos += len(word)
			return nil
		}
	}
	return r.errorf("expected a value")
}

func (r *jsonReader) number() error {
	if r.peek() == '-' {
		r.pos++
	}
	if r.peek() == '0' {
		r.pos++
	} else if !r.digits() {
		return r.errorf("expected a digit")
	}
	if r.peek() == '.' {
		r.pos++
		if !r.digits() {
			return r.errorf("expected a digit")
		}
	}
	if c := r.peek(); c == 'e' || c == 'E' {
		r.pos++
		if c := r.peek(); c == '+' || c == '-' {
			r.pos++
		}
		if !r.digits() {
			return r.errorf("expected a digit")
		}
	}
	return nil
}

func (r *jsonReader) digits() bool {
	start := r.pos
	for c := r.peek(); '0' <= c && c <= '9'; c = r.peek() {
		r.pos++
	}
	return r.pos > start
}

// string reads a string and unescapes it.
func (r *jsonReader) string() (string, error) {
	start := r.pos
	escaped, err := r.skipString()
	if err != nil {
		return "", err
	}
	return unquote(r.src[start:r.pos], escaped), nil
}

// skipString reads a string and reports whether it holds escapes.
func (r *jsonReader) skipString() (escaped bool, err error) {
	if r.peek() != '"' {
		return false, r.errorf("expected a string")
	}
	for r.pos++; r.pos < len(r.src); r.pos++ {
		switch c := r.src[r.pos]; {
		case c == '"':
			r.pos++
			return escaped, nil
		case c < ' ':
			return false, r.errorf("a control character in a string")
		case c == '\\':
			escaped = true
			if err := r.escape(); err != nil {
				return false, err
			}
		}
	}
	return false, r.errorf("a string without an end")
}

// escape reads an escape and stops at its last byte. Half a surrogate pair is
// refused: decoders differ on what it is.
func (r *jsonReader) escape() error {
	r.pos++
	if r.peek() != 'u' {
		if !strings.ContainsRune(`"\/bfnrt`, rune(r.peek())) || r.peek() == 0 {
			return r.errorf("a bad escape")
		}
		return nil
	}
	unit, ok := r.hex4(r.pos + 1)
	r.pos += 4
	if !ok || 0xdc00 <= unit && unit < 0xe000 {
		return r.errorf("a bad escape")
	}
	if 0xd800 <= unit && unit < 0xdc00 {
		low, ok := r.hex4(r.pos + 3)
		if !ok || r.src[r.pos+1:r.pos+3] != `\u` || low < 0xdc00 || low >= 0xe000 {
			return r.errorf("half a surrogate pair")
		}
		r.pos += 6
	}
	return nil
}

func (r *jsonReader) hex4(at int) (uint64, bool) {
	if at+4 > len(r.src) {
		return 0, false
	}
	for _, c := range []byte(r.src[at : at+4]) {
		if !('0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f') {
			return 0, false
		}
	}
	unit, err := strconv.ParseUint(r.src[at:at+4], 16, 16)
	return unit, err == nil
}
