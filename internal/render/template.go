package render

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/implicit-cli/implicit/internal/words"
)

// Template writes template to w, with the paths in it replaced from result, a
// JSON object. A path is a name after each dot in double braces,
// {{.claims.id_token.sub}}. A name with characters other than letters, digits, _
// and - is in double quotes: {{.claims."https://example.com/role"}}.
//
// Text is written as it is, a number digit for digit, an object or a list as
// JSON. A path to null or to a missing member is an error, and so is text with
// control characters, which could end a line or drive a terminal: then nothing is
// written.
func Template(w io.Writer, template string, result []byte) error {
	pieces, err := scanTemplate(template)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, p := range pieces {
		text := p.literal
		if p.path != nil {
			if text, err = follow(result, p.path); err != nil {
				return err
			}
		}
		b.WriteString(text)
	}
	_, err = io.WriteString(w, b.String())
	return err
}

// CheckTemplate says whether a template can be read, before there is a result.
func CheckTemplate(template string) error {
	_, err := scanTemplate(template)
	return err
}

// piece is literal text, or the names of a path: none for {{.}}.
type piece struct {
	literal string
	path    []string
}

func scanTemplate(template string) (pieces []piece, err error) {
	for rest := template; rest != ""; {
		literal, after, found := strings.Cut(rest, "{{")
		if literal != "" {
			pieces = append(pieces, piece{literal: literal})
		}
		if !found {
			break
		}
		var path []string
		if path, rest, err = scanPath(after); err != nil {
			return nil, fmt.Errorf("template: at character %d: %w", len(template)-len(after)-1, err)
		}
		pieces = append(pieces, piece{path: path})
	}
	return pieces, nil
}

// scanPath reads a path up to its closing braces.
func scanPath(text string) (path []string, rest string, err error) {
	path, text = []string{}, strings.TrimLeft(text, " ")
	if rest, whole := strings.CutPrefix(text, ".}}"); whole {
		return path, rest, nil
	}
	rest = text
	for strings.HasPrefix(rest, ".") {
		var name string
		if name, rest = scanName(rest[1:]); name == "" {
			return nil, "", fmt.Errorf("expected a name after the dot, found %.20q", rest)
		}
		path = append(path, name)
	}
	rest, closed := strings.CutPrefix(strings.TrimLeft(rest, " "), "}}")
	if !closed || len(path) == 0 {
		return nil, "", fmt.Errorf("expected a path such as {{.claims.id_token.sub}} and nothing else, found %.40q", "{{"+text)
	}
	return path, rest, nil
}

// scanName cuts off a plain or quoted name; none is empty.
func scanName(text string) (name, rest string) {
	if quoted, err := strconv.QuotedPrefix(text); err == nil && quoted[0] == '"' {
		name, _ = strconv.Unquote(quoted)
		return name, text[len(quoted):]
	}
	end := strings.IndexFunc(text, notInName)
	if end < 0 {
		end = len(text)
	}
	return text[:end], text[end:]
}

func notInName(c rune) bool {
	return c != '_' && c != '-' && !unicode.IsLetter(c) && !unicode.IsDigit(c)
}

// follow returns the value at path in object.
func follow(object json.RawMessage, path []string) (string, error) {
	for i, name := range path {
		members, err := orderedMembers(object)
		if err != nil {
			return "", fmt.Errorf("template: %s is not an object and has no %q", pathText(path[:i]), name)
		}
		object = nil
		for _, m := range members {
			if m.name == name {
				object = m.value
			}
		}
		if object == nil || string(object) == "null" {
			return "", fmt.Errorf("template: the result has no %s", pathText(path[:i+1]))
		}
	}
	return valueText(object, path)
}

func valueText(value json.RawMessage, path []string) (string, error) {
	var text string
	if json.Unmarshal(value, &text) != nil {
		var b strings.Builder
		err := words.JSON(&b, value)
		return strings.TrimSuffix(b.String(), "\n"), err
	}
	for _, c := range text {
		if unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) {
			return "", fmt.Errorf("template: %s holds a control character (%U); take it from -o json", pathText(path), c)
		}
	}
	return text, nil
}

func pathText(path []string) string {
	var b strings.Builder
	for _, name := range path {
		b.WriteByte('.')
		if strings.IndexFunc(name, notInName) >= 0 {
			name = strconv.Quote(name)
		}
		b.WriteString(name)
	}
	if b.Len() == 0 {
		return "."
	}
	return b.String()
}
