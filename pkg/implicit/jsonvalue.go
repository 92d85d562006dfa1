package implicit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// object is a JSON object, read to its end.
type object struct {
	raw     string
	members []member
}

type member struct {
	name  string // unescaped
	value rawValue
}

// rawValue is the text of one JSON value.
type rawValue string

// get returns the member of exactly that name.
func (o *object) get(name string) (rawValue, bool) {
	for i := range o.members {
		if o.members[i].name == name {
			return o.members[i].value, true
		}
	}
	return "", false
}

// text returns the member name when it is a string.
func (o *object) text(name string) (s string, ok bool) {
	raw, _ := o.get(name)
	return raw.text()
}

// unlessNull returns a member for which null is the same as no member.
func (o *object) unlessNull(name string) (rawValue, bool) {
	raw, found := o.get(name)
	return raw, found && raw != "null"
}

// variants returns the names that are one of names in other letters. They are
// others (RFC 7519 section 4), though encoding/json would take them for these.
func (o *object) variants(names []string) (found []string) {
	for _, m := range o.members {
		if isLower(m.name) {
			continue
		}
		for _, name := range names {
			if name != m.name && strings.EqualFold(name, m.name) {
				found = append(found, fmt.Sprintf("%s is not %s", quote(m.name), name))
			}
		}
	}
	return found
}

// isLower reports whether the name has neither capitals nor letters beyond ASCII,
// some of which fold to ASCII.
func isLower(name string) bool {
	for i := range len(name) {
		if c := name[i]; 'A' <= c && c <= 'Z' || c > '~' {
			return false
		}
	}
	return true
}

// unquote takes a string that was read before.
func unquote(quoted string, escaped bool) string {
	if !escaped {
		return quoted[1 : len(quoted)-1]
	}
	var s string
	_ = json.Unmarshal([]byte(quoted), &s) // cannot fail: skipString allows less
	return s
}

func (v rawValue) text() (string, bool) {
	if v == "" || v[0] != '"' {
		return "", false
	}
	return unquote(string(v), strings.Contains(string(v), `\`)), true
}

// elements returns the values of an array; ok is false for any other value.
func (v rawValue) elements() (values []rawValue, ok bool) {
	if v == "" || v[0] != '[' {
		return nil, false
	}
	r := jsonReader{src: string(v), pos: 1}
	for {
		r.space()
		if r.peek() == ']' {
			return values, true
		}
		start := r.pos
		if r.value(0) != nil { // cannot be: v was read before
			return nil, false
		}
		values = append(values, v[start:r.pos])
		if r.space(); r.peek() == ',' {
			r.pos++
		}
	}
}

// texts returns a string as one, and an array of strings as all of them.
func (v rawValue) texts() (list []string, ok bool) { return v.appendTexts(nil) }

func (v rawValue) appendTexts(list []string) (all []string, ok bool) {
	if s, ok := v.text(); ok {
		return append(list, s), true
	}
	values, ok := v.elements()
	for _, value := range values {
		s, isText := value.text()
		ok = ok && isText
		list = append(list, s)
	}
	return list, ok
}

// numericDate reads RFC 7519's seconds since 1970, within the years that RFC
// 3339 can print.
func (v rawValue) numericDate() (time.Time, bool) {
	const end = 253402300800 // the year 10000
	if s, err := strconv.ParseInt(string(v), 10, 64); err == nil {
		return time.Unix(s, 0), 0 <= s && s < end
	}
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil || v[0] == '"' || !(0 <= f && f < end) {
		return time.Time{}, false
	}
	return time.Unix(int64(f), int64((f-float64(int64(f)))*1e9)), true
}

// child returns the member or element name of a value that was read before.
func (v rawValue) child(name string) (rawValue, bool) {
	if values, ok := v.elements(); ok {
		i, err := strconv.Atoi(name)
		if err != nil || i < 0 || i >= len(values) {
			return "", false
		}
		return values[i], true
	}
	o, err := parseObject(string(v))
	if err != nil {
		return "", false
	}
	return o.get(name)
}

// has reports whether the value, or an element of it, reads as text. An array or an
// object reads as its JSON, whatever space is between its parts.
func (v rawValue) has(text string) bool {
	if s, ok := v.text(); ok {
		return s == text
	}
	if values, ok := v.elements(); ok {
		for _, e := range values {
			if s, isText := e.text(); isText && s == text || !isText && string(e) == text {
				return true
			}
		}
	}
	return string(v) == text || sameJSON(string(v), text)
}

func sameJSON(a, b string) bool {
	var compactA, compactB bytes.Buffer
	return json.Compact(&compactA, []byte(a)) == nil && json.Compact(&compactB, []byte(b)) == nil && compactA.String() == compactB.String()
}
