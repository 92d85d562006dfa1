package report

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/wire"
)

// parts returns an address without its parameters, and those of query and fragment,
// decoded.
func parts(address string) (string, []wire.Field) {
	rest, fragment, _ := strings.Cut(address, "#")
	base, query, _ := strings.Cut(rest, "?")
	list := pairs(query)
	if fragment != "" {
		base += "#"
	}
	return base, append(list, pairs(fragment)...)
}

func pairs(text string) (list []wire.Field) {
	for pair := range strings.SplitSeq(text, "&") {
		if pair != "" {
			name, value, _ := strings.Cut(pair, "=")
			list = append(list, wire.Field{Name: unescaped(name), Value: unescaped(value)})
		}
	}
	return list
}

func unescaped(s string) string {
	if clear, err := url.QueryUnescape(s); err == nil {
		return clear
	}
	return s
}

// decoded is a token as it is recorded: header.claims.«fingerprint».
type decoded struct{ header, claims, signature string }

func decodeToken(value string) (d decoded, ok bool) {
	parts := strings.Split(value, ".")
	if len(parts) != 3 || !strings.HasPrefix(value, "eyJ") {
		return d, false
	}
	header, err := base64.RawURLEncoding.DecodeString(parts[0])
	claims, invalid := base64.RawURLEncoding.DecodeString(parts[1])
	return decoded{string(header), string(claims), parts[2]}, err == nil && invalid == nil
}

// inLine is a JSON object as NAME=VALUE, its times as such.
func inLine(text string) string {
	v, ok := decodeJSON(text)
	if !ok {
		return text
	}
	var list []string
	for _, f := range flatten("", v) {
		if seconds, err := strconv.ParseFloat(f.Value, 64); err == nil && slices.Contains([]string{"exp", "iat", "nbf", "auth_time"}, f.Name) {
			f.Value = time.Unix(int64(seconds), 0).UTC().Format(time.RFC3339)
		}
		list = append(list, f.Name+"="+f.Value)
	}
	return strings.Join(list, "  ")
}

// object is a JSON object in its order.
type object []member

type member struct {
	name  string
	value any // object, []any, string, json.Number, bool or nil
}

func (o object) get(name string) any {
	for _, m := range o {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

func (o object) text(name string) string { return scalar(o.get(name)) }

// decodeJSON reads one value.
func decodeJSON(text string) (any, bool) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	v, err := decodeValue(dec, 0)
	return v, err == nil
}

// maxDepth limits the nesting of JSON: anyone can write a recording.
const maxDepth = 100

func decodeValue(dec *json.Decoder, depth int) (any, error) {
	t, err := dec.Token()
	if err == nil && depth > maxDepth {
		err = errors.New("JSON is nested too deep")
	}
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'):
		o := object{}
		for dec.More() {
			name, err := dec.Token()
			if err != nil {
				return nil, err
			}
			v, err := decodeValue(dec, depth+1)
			if err != nil {
				return nil, err
			}
			o = append(o, member{fmt.Sprint(name), v})
		}
		_, err := dec.Token()
		return o, err
	case json.Delim('['):
		list := []any{}
		for dec.More() {
			v, err := decodeValue(dec, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := dec.Token()
		return list, err
	}
	return t, nil
}

// scalar is a value in one line; an array of such is joined.
func scalar(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case []any:
		var list []string
		for _, e := range v {
			list = append(list, scalar(e))
		}
		return strings.Join(list, " ")
	case object:
		return "{…}"
	}
	return fmt.Sprint(v)
}

// flatten gives each member of nested objects a dotted name.
func flatten(prefix string, v any) (rows []wire.Field) {
	switch v := v.(type) {
	case object:
		for _, m := range v {
			rows = append(rows, flatten(join(prefix, m.name), m.value)...)
		}
		return rows
	case []any:
		if !hasObject(v) {
			break
		}
		for i, e := range v {
			rows = append(rows, flatten(fmt.Sprintf("%s[%d]", prefix, i), e)...)
		}
		return rows
	}
	return []wire.Field{{Name: prefix, Value: scalar(v)}}
}

func join(prefix, name string) string {
	if prefix == "" {
		return name
	}
	return prefix + "." + name
}

func hasObject(list []any) bool {
	for _, e := range list {
		if _, ok := e.(object); ok {
			return true
		}
	}
	return false
}

func members(o object, names ...string) (rows []wire.Field) {
	for _, name := range names {
		if text := o.text(name); text != "" {
			rows = append(rows, wire.Field{Name: name, Value: text})
		}
	}
	return rows
}

// flowRows are what matters of PingOne's sign-on flow; nil for anything else.
func flowRows(o object) []wire.Field {
	links, ok := o.get("_links").(object)
	if !ok || o.text("status") == "" {
		return nil
	}
	rows := members(o, "id", "status", "resumeUrl", "expiresAt")
	var offers []string
	for _, m := range links {
		if m.name != "self" {
			offers = append(offers, m.name)
		}
	}
	if len(offers) > 0 {
		rows = append(rows, wire.Field{Name: "offers", Value: strings.Join(offers, " ")})
	}
	for _, name := range []string{"_embedded", "error", "authorizeResponse", "selectedDevice", "_prompt"} {
		if v := o.get(name); v != nil {
			rows = append(rows, flatten(strings.TrimPrefix(name, "_embedded"), v)...)
		}
	}
	return rows
}

// keyRows name the keys of a set; nil for anything else.
func keyRows(o object) (rows []wire.Field) {
	list, ok := o.get("keys").([]any)
	if !ok {
		return nil
	}
	for _, e := range list {
		if key, ok := e.(object); ok {
			rows = append(rows, wire.Field{Name: "key", Value: strings.TrimSpace(key.text("kty") + " " + key.text("alg") + " kid " + key.text("kid"))})
		}
	}
	return rows
}
