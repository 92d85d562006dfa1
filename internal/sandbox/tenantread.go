package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// TenantFile is the text of a tenant file, in YAML or JSON, with the name that
// messages call it by.
type TenantFile struct {
	Name string
	Text []byte
}

// Mistake is what is wrong in a tenant file, and where.
type Mistake struct {
	File         string
	Line, Column int    // from 1
	Path         string // applications[0].redirect_uris[1]; empty for the file itself
	Message      string
}

// String is file:line:column, which editors and terminals can open.
func (m Mistake) String() string {
	where := fmt.Sprintf("%s:%d:%d: ", m.File, m.Line, m.Column)
	if m.Path != "" {
		where += m.Path + ": "
	}
	return where + m.Message
}

// TenantError says what is wrong with tenant files: one mistake or more.
type TenantError struct{ Mistakes []Mistake }

func (e *TenantError) Error() string {
	lines := make([]string, len(e.Mistakes))
	for i, m := range e.Mistakes {
		lines[i] = m.String()
	}
	return strings.Join(lines, "; ")
}

// Kind is the class of the error: wrong settings.
func (e *TenantError) Kind() string { return "usage" }

// Limits of what is read, so that a small file does not take minutes.
const (
	maxMistakes = 20
	maxNodes    = 1 << 24 // those that aliases repeat included
	maxDepth    = 64      // of a claim's value
)

// ReadTenant reads the files of one tenant. Lists are joined; of a single value the
// last one counts. What the files leave out is the built-in tenant's. The error is
// a *TenantError.
func ReadTenant(files ...TenantFile) (*Tenant, error) {
	r := newTenantReader()
	for _, f := range files {
		r.readFile(f)
	}
	for _, check := range r.later {
		check()
	}
	if len(r.mistakes) > 0 {
		return nil, &TenantError{r.mistakes}
	}
	r.t.complete()
	return r.t, nil
}

// tenantReader goes through the nodes of tenant files and collects mistakes.
type tenantReader struct {
	file     string
	t        *Tenant
	schema   schema
	path     []step
	nodes    int
	mistakes []Mistake
	seen     map[string]Mistake // where a name was given first, by kind and name
	later    []func()           // checks of what may be in a later file
}

// step is one step of a path: a key, or an index where the key is empty.
type step struct {
	key   string
	index int
}

func newTenantReader() *tenantReader {
	return &tenantReader{
		t: &Tenant{environmentID: EnvironmentID, region: "NA", passwords: standardPasswords()}, schema: newSchema(), seen: map[string]Mistake{},
	}
}

func (r *tenantReader) readFile(f TenantFile) {
	r.file = f.Name
	dec := yaml.NewDecoder(bytes.NewReader(f.Text))
	for first := true; ; first = false {
		var doc yaml.Node
		switch err := dec.Decode(&doc); {
		case errors.Is(err, io.EOF) && first:
			r.mistake(&doc, "the file is empty")
			return
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			r.unreadable(f.Text, err)
			return
		case len(doc.Content) > 0:
			readObject(r, doc.Content[0], "a tenant", r.schema.tenant, r.t)
		}
	}
}

// unreadable reports what is not YAML. The parser names the line alone.
func (r *tenantReader) unreadable(text []byte, err error) {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 1
	if rest, ok := strings.CutPrefix(message, "line "); ok {
		number, after, _ := strings.Cut(rest, ": ")
		if n, err := strconv.Atoi(number); err == nil {
			line, message = max(n, 1), after
		}
	}
	column := 1
	if lines := bytes.Split(text, []byte("\n")); line <= len(lines) {
		column += len(lines[line-1]) - len(bytes.TrimLeft(lines[line-1], " "))
	}
	r.mistake(&yaml.Node{Line: line, Column: column}, "not YAML or JSON: %s", message)
}

func (r *tenantReader) mistake(n *yaml.Node, format string, args ...any) {
	if len(r.mistakes) < maxMistakes {
		r.mistakes = append(r.mistakes, r.at(n, fmt.Sprintf(format, args...)))
	}
}

func (r *tenantReader) at(n *yaml.Node, message string) Mistake {
	return Mistake{File: r.file, Line: max(n.Line, 1), Column: max(n.Column, 1), Path: r.where(), Message: message}
}

func (r *tenantReader) where() string {
	var b strings.Builder
	for _, s := range r.path {
		switch {
		case s.key == "":
			fmt.Fprintf(&b, "[%d]", s.index)
		case b.Len() > 0:
			b.WriteString("." + s.key)
		default:
			b.WriteString(s.key)
		}
	}
	return b.String()
}

// below runs read one step further down.
func (r *tenantReader) below(s step, read func()) {
	r.path = append(r.path, s)
	read()
	r.path = r.path[:len(r.path)-1]
}

// afterwards runs a check once all files are read, as if it were run now.
func (r *tenantReader) afterwards(check func()) {
	file, path := r.file, slices.Clone(r.path)
	r.later = append(r.later, func() {
		r.file, r.path = file, path
		check()
	})
}

// unique reports a name that is taken.
func (r *tenantReader) unique(n *yaml.Node, kind, name string) {
	id := kind + "\x00" + name
	if first, taken := r.seen[id]; taken {
		r.mistake(n, "the %s %q is taken: %s:%d:%d", kind, name, first.File, first.Line, first.Column)
		return
	}
	r.seen[id] = Mistake{File: r.file, Line: n.Line, Column: n.Column}
}

// resolve follows an alias, and gives up on files that repeat too much.
func (r *tenantReader) resolve(n *yaml.Node) *yaml.Node {
	if r.nodes++; r.nodes > maxNodes {
		if r.nodes == maxNodes+1 {
			r.mistake(n, "the file is too large: aliases may repeat at most %d values", maxNodes)
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Line: n.Line, Column: n.Column}
	}
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// found describes a node for a message.
func found(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "keys and values"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == "!!null", n.Value == "":
		return "nothing"
	}
	return strconv.Quote(n.Value)
}

func (r *tenantReader) text(n *yaml.Node) string {
	n = r.resolve(n)
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || n.Value == "" {
		r.mistake(n, "expected text, found %s", found(n))
		return ""
	}
	return n.Value
}

func (r *tenantReader) flag(n *yaml.Node) (on bool) {
	n = r.resolve(n)
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" || n.Decode(&on) != nil {
		r.mistake(n, "expected true or false, found %s", found(n))
	}
	return on
}

func (r *tenantReader) number(n *yaml.Node, smallest, greatest int) int {
	n = r.resolve(n)
	i, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || i < smallest || i > greatest {
		r.mistake(n, "expected a number from %d to %d, found %s", smallest, greatest, found(n))
		return smallest
	}
	return i
}

// seconds reads a number of seconds, or a duration such as 5m.
func (r *tenantReader) seconds(n *yaml.Node) int {
	n = r.resolve(n)
	const day = 24 * 60 * 60
	if d, err := time.ParseDuration(n.Value); n.Kind == yaml.ScalarNode && err == nil && d%time.Second == 0 && d > 0 && d <= 365*day*time.Second {
		return int(d / time.Second)
	}
	if i, err := strconv.Atoi(n.Value); n.Kind == yaml.ScalarNode && err == nil && i > 0 && i <= 365*day {
		return i
	}
	r.mistake(n, "expected a number of seconds or a duration such as 5m, up to a year, found %s", found(n))
	return 1
}

// word reads one of some words, in any case.
func (r *tenantReader) word(n *yaml.Node, known ...string) string {
	n = r.resolve(n)
	text := r.text(n)
	for _, w := range known {
		if strings.EqualFold(w, text) {
			return w
		}
	}
	if text != "" {
		r.mistake(n, "expected one of %s, found %q%s", strings.Join(known, ", "), text, didYouMean(text, known))
	}
	return ""
}

// list reads each item of a list.
func (r *tenantReader) list(n *yaml.Node, item func(*yaml.Node)) {
	n = r.resolve(n)
	if n.Kind != yaml.SequenceNode {
		r.mistake(n, "expected a list, found %s", found(n))
		return
	}
	if len(r.path) > maxDepth {
		r.mistake(n, "expected at most %d levels", maxDepth)
		return
	}
	for i, entry := range n.Content {
		r.below(step{index: i}, func() { item(entry) })
	}
}

func (r *tenantReader) texts(n *yaml.Node) []string {
	list := []string{}
	r.list(n, func(item *yaml.Node) { list = append(list, r.text(item)) })
	return list
}

// members reads each entry of an object whose keys are free.
func (r *tenantReader) members(n *yaml.Node, entry func(name string, key, value *yaml.Node)) {
	n = r.resolve(n)
	if n.Kind != yaml.MappingNode {
		r.mistake(n, "expected keys and values, found %s", found(n))
		return
	}
	if len(r.path) > maxDepth {
		r.mistake(n, "expected at most %d levels", maxDepth)
		return
	}
	first := make(map[string]int, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := r.resolve(n.Content[i]), n.Content[i+1]
		line, again := first[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode:
			r.mistake(key, "expected a key, found %s", found(key))
		case again:
			r.mistake(n.Content[i], "the key %q is in line %d already", key.Value, line)
		default:
			first[key.Value] = n.Content[i].Line
			r.below(step{key: cmpKey(key.Value)}, func() { entry(key.Value, n.Content[i], value) })
		}
	}
}

// cmpKey is a key as paths show it.
func cmpKey(name string) string {
	if name == "" || strings.ContainsAny(name, ".[] \n") {
		return strconv.Quote(name)
	}
	return name
}

// json reads any value.
func (r *tenantReader) json(n *yaml.Node) any {
	n = r.resolve(n)
	switch n.Kind {
	case yaml.MappingNode:
		object := map[string]any{}
		r.members(n, func(name string, _, value *yaml.Node) { object[name] = r.json(value) })
		return object
	case yaml.SequenceNode:
		list := []any{}
		r.list(n, func(item *yaml.Node) { list = append(list, r.json(item)) })
		return list
	}
	return r.scalar(n)
}

func (r *tenantReader) scalar(n *yaml.Node) any {
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		return r.flag(n)
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			return json.Number(n.Value)
		}
		var f float64
		if err := n.Decode(&f); err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			r.mistake(n, "expected a number that JSON has, found %q", n.Value)
		}
		return f
	}
	return n.Value
}
