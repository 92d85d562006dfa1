package adminjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// place is where a value is.
type place struct {
	file string
	line int // of the JSON document
	path string
}

func (p place) String() string {
	if p.path == "" {
		return fmt.Sprintf("%s:%d", p.file, p.line)
	}
	return fmt.Sprintf("%s:%d: %s", p.file, p.line, p.path)
}

func (p place) key(name string) place {
	if strings.ContainsAny(name, ".[] \n\"") {
		name = fmt.Sprintf("%q", name)
	}
	if p.path != "" {
		name = "." + name
	}
	p.path += name
	return p
}

func (p place) item(i int) place {
	p.path += fmt.Sprintf("[%d]", i)
	return p
}

func (p place) fail(format string, args ...any) *Error {
	return &Error{File: p.file, Line: p.line, Path: p.path, Message: fmt.Sprintf(format, args...)}
}

// read takes the JSON documents of a file, one after the other. Lines of text before
// one, in which a program says that its call succeeded, are passed over.
func (im *importer) read(f File) error {
	text := bytes.TrimPrefix(f.Text, []byte("\xef\xbb\xbf"))
	at := func(pos int, message, hint string) error {
		line := 1 + bytes.Count(text[:pos], []byte("\n"))
		return &Error{File: f.Name, Line: line, Column: pos - bytes.LastIndexByte(text[:pos], '\n'), Message: message, hint: hint}
	}
	switch start := bytes.TrimSpace(text); {
	case len(start) == 0:
		return at(0, "the file is empty", howToSave)
	case bytes.IndexByte(text, 0) >= 0:
		return at(bytes.IndexByte(text, 0), "expected UTF-8 text, found a zero byte: UTF-16, or not text", "in PowerShell: Set-Content -Encoding utf8")
	case start[0] == '<':
		return at(bytes.IndexByte(text, '<'), "expected JSON, found a web page: a proxy or a sign-on page answered instead of PingOne's API", howToSave)
	case start[0] != '{' && start[0] != '[':
		if done, err := im.takeReadings(f.Name, text); done {
			return err
		}
	}
	pos, line, counted := 0, 1, 0
	for first := true; ; first = false {
		found := nextDocument(text, pos)
		rest := bytes.TrimSpace(text[pos:])
		switch {
		case found < 0 && len(rest) == 0 && !first:
			return nil
		case found < 0:
			return at(pos+bytes.Index(text[pos:], rest), "expected JSON, found text", howToSave)
		}
		line, counted = line+bytes.Count(text[counted:found], []byte("\n")), found
		value, length, err := decode(text[found:])
		if err != nil {
			return at(found+length, "not JSON: "+err.Error(), howToSave)
		}
		pos = found + length
		if err := im.document(value, place{file: f.Name, line: line}, ""); err != nil {
			return err
		}
	}
}

// nextDocument returns where the next line begins that begins a JSON document, or -1.
func nextDocument(text []byte, pos int) int {
	for pos < len(text) {
		switch c := text[pos]; {
		case c == '{' || c == '[':
			return pos
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			pos++
		default:
			end := bytes.IndexByte(text[pos:], '\n')
			if end < 0 {
				return -1
			}
			pos += end
		}
	}
	return -1
}

// decode reads one JSON value, and returns its length, or where it is wrong.
func decode(text []byte) (value any, length int, err error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err = dec.Decode(&value); err == nil {
		return value, int(dec.InputOffset()), nil
	}
	var wrong *json.SyntaxError
	switch {
	case errors.As(err, &wrong):
		length = int(wrong.Offset) - 1
	case errors.Is(err, io.ErrUnexpectedEOF):
		length, err = len(text), errors.New("it ends too early")
	}
	return nil, min(max(length, 0), len(text)), err
}

// maxReadings is how long the file of implicit doctor --fit may be, in bytes.
const maxReadings = 1 << 16

// takeReadings takes the file that implicit doctor --fit writes. done is false where the
// text is something else.
func (im *importer) takeReadings(name string, text []byte) (done bool, err error) {
	if len(text) > maxReadings {
		return false, nil
	}
	var doc yaml.Node
	if yaml.Unmarshal(text, &doc) != nil || len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return false, nil
	}
	root := doc.Content[0]
	var keys []string
	for i := 0; i < len(root.Content); i += 2 {
		keys = append(keys, root.Content[i].Value)
	}
	if !slices.Contains(keys, "switches") && !slices.Contains(keys, "applications") && !slices.Contains(keys, "users") {
		return false, nil
	}
	var fit struct{ Switches []string }
	if len(keys) > 1 || keys[0] != "switches" || root.Decode(&fit) != nil {
		return true, &Error{File: name, Line: root.Line, Column: root.Column, Message: "expected JSON, or what implicit doctor --fit writes, found a tenant file",
			hint: "give it to the sandbox as it is: --tenant may be repeated"}
	}
	for _, s := range fit.Switches {
		if !slices.Contains(im.readings, s) {
			im.readings = append(im.readings, s)
		}
	}
	return true, nil
}
