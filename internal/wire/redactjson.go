package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strings"
	"sync"
)

// maxDepth bounds how deep JSON is nested.
const maxDepth = 64

// walker redacts JSON and keeps its order, its repeated names too.
type walker struct {
	r      *Redactor
	claims bool             // the members are a token's claims, or userinfo's
	keys   bool             // it is a key set
	keep   map[string]class // if set, the only members that are kept

	in      *json.Decoder
	out     bytes.Buffer
	changed bool
}

var errTooDeep = errors.New("JSON is nested too deep")

// json returns the redacted text; ok is false for what is not one JSON value.
func (w *walker) json(text []byte) (redacted string, ok bool) {
	w.in = json.NewDecoder(bytes.NewReader(text))
	w.in.UseNumber()
	if w.value("", "", 0) != nil {
		return "", false
	}
	if _, err := w.in.Token(); !errors.Is(err, io.EOF) {
		return "", false
	}
	return w.out.String(), true
}

// value redacts the next value, which has this name in an object of the name parent.
func (w *walker) value(parent, name string, depth int) error {
	if depth > maxDepth {
		return errTooDeep
	}
	t, err := w.in.Token()
	if err != nil {
		return err
	}
	switch v := t.(type) {
	case json.Delim:
		if v == '{' {
			return w.object(name, depth)
		}
		return w.array(parent, name, depth)
	case string:
		redacted := w.text(parent, name, v)
		w.changed = w.changed || redacted != v
		w.write(redacted)
	case json.Number:
		if redacted := w.text(parent, name, v.String()); redacted != v.String() {
			w.changed = true
			w.write(redacted)
		} else {
			w.out.WriteString(v.String())
		}
	case bool:
		w.write(v)
	case nil:
		w.out.WriteString("null")
	}
	return nil
}

func (w *walker) object(parent string, depth int) error {
	w.out.WriteByte('{')
	for first := true; w.in.More(); first = false {
		t, err := w.in.Token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		if !first {
			w.out.WriteByte(',')
		}
		shown := w.r.name(name)
		w.changed = w.changed || shown != name
		w.write(shown)
		w.out.WriteByte(':')
		if err := w.value(parent, name, depth+1); err != nil {
			return err
		}
	}
	_, err := w.in.Token()
	w.out.WriteByte('}')
	return err
}

func (w *walker) array(parent, name string, depth int) error {
	w.out.WriteByte('[')
	for first := true; w.in.More(); first = false {
		if !first {
			w.out.WriteByte(',')
		}
		if err := w.value(parent, name, depth+1); err != nil {
			return err
		}
	}
	_, err := w.in.Token()
	w.out.WriteByte(']')
	return err
}

func (w *walker) write(v any) {
	enc := json.NewEncoder(&w.out)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) == nil {
		w.out.Truncate(w.out.Len() - 1) // the line end
	}
}

var errorCode = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Z][A-Z_]{2,}$`) })

// text redacts a string or a number.
func (w *walker) text(parent, name, value string) string {
	c := parameters()[name]
	switch {
	case w.keep != nil:
		c = w.keep[name]
	case w.claims:
		c = w.claim(name)
	case name == "id" && parent == "session":
		c = secret
	case name == "code" && errorCode().MatchString(value): // of an error; another is an authorization code
		c = harmless
	case w.keys && publicKey()[name] == harmless:
		c = harmless
	case endsLike().MatchString(name):
		c = harmless
		if strings.Contains(value, "://") {
			c = address
		}
	case name == "claims" || name == "scopes":
		c = harmless
	}
	return w.r.value(c, value)
}

func (w *walker) claim(name string) class {
	switch {
	case parameters()[name] == secret || parameters()[name] == token:
		return parameters()[name]
	case named()[name] == harmless:
		return harmless
	}
	return personal
}
