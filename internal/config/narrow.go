package config

import (
	"bytes"
	"slices"
	"strings"
)

// narrow returns a YAML file with the block of one profile; the lines of the
// others are blank, so that those that are left keep their numbers. It also
// returns the names of all, sorted. Parsing takes time for every profile there
// is, and this hardly any. It understands the plain way to write such a file;
// for any other ok is false, and the whole has to be parsed.
func narrow(data []byte, wanted string) (text []byte, names []string, ok bool) {
	for _, unusual := range []string{"\r", "\u0085", "\u2028", "\u2029", "\ufeff"} { // line ends to YAML
		if bytes.Contains(data, []byte(unusual)) {
			return data, nil, false
		}
	}
	n := narrower{text: make([]byte, 0, len(data)), wanted: wanted}
	for line := range bytes.Lines(data) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		content := bytes.TrimLeft(line, " ")
		if len(content) > 0 && content[0] != '#' {
			name, value, plain := plainLine(string(content))
			if !plain || !n.place(len(line)-len(content), name, value) {
				return data, nil, false
			}
			if n.keep {
				n.text = append(n.text, line...)
			}
		}
		n.text = append(n.text, '\n')
	}
	slices.Sort(n.names)
	if len(slices.Compact(slices.Clone(n.names))) < len(n.names) {
		return data, nil, false
	}
	return n.text, n.names, true
}

type narrower struct {
	text   []byte
	wanted string
	names  []string
	seen   bool // the line profiles
	inside bool // the block below it
	indent int  // of the names in it; 0 before the first
	keep   bool // this line
}

// place says where a line stands; false: not where it is expected.
func (n *narrower) place(depth int, name, value string) bool {
	if depth == 0 {
		n.inside, n.keep = settingName(name) == "profiles", true
		again := n.inside && n.seen
		n.seen = n.seen || n.inside
		return name != "" && !again && !(n.inside && value != "")
	}
	if n.indent == 0 {
		n.indent = depth
	}
	if n.inside && depth == n.indent {
		name = strings.ToLower(name)
		n.names = append(n.names, name)
		n.keep = name == n.wanted
		return name != "" && (value == "" || value == "{}")
	}
	return n.inside && depth > n.indent
}

// plainLine reads "name: value" or "- value", where the value begins and ends
// on the line and means nothing but itself.
func plainLine(line string) (name, value string, ok bool) {
	if strings.ContainsFunc(line, func(c rune) bool { return c < ' ' || c > '~' }) {
		return "", "", false
	}
	value, item := strings.CutPrefix(line, "- ")
	if !item {
		var found bool
		name, value, found = strings.Cut(line, ":")
		if !found || name == "" || strings.ContainsFunc(name, notInName) || name[0] == '-' || value != "" && value[0] != ' ' {
			return "", "", false
		}
	}
	value = strings.Trim(value, " ")
	if strings.HasPrefix(value, "#") {
		value = ""
	}
	return name, value, plainValue(value)
}

func notInName(c rune) bool {
	letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
	return !letter && !('0' <= c && c <= '9') && c != '.' && c != '_' && c != '-'
}

func plainValue(value string) bool {
	if value == "" || value == "{}" {
		return true
	}
	var end int
	var barred string
	switch value[0] {
	case '"', '\'':
		end, barred = strings.IndexByte(value[1:], value[0])+1, `\`
	case '[':
		end, barred = strings.IndexByte(value, ']'), `"'[{}&*!#:?|>%@`+"`"
	default:
		return value[0] == '/' || value[0] != '-' && !notInName(rune(value[0]))
	}
	if end <= 0 || strings.ContainsAny(value[1:end], barred) {
		return false
	}
	rest := value[end+1:]
	return rest == "" || strings.HasPrefix(strings.TrimLeft(rest, " "), "#") && rest[0] == ' '
}
