package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

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
	if err := r.finish(); err != nil {
		return nil, err
	}
	r.t.complete()
	return r.t, nil
}

// finish runs the checks that need all files.
func (r *tenantReader) finish() error {
	for _, check := range r.later {
		check()
	}
	if len(r.mistakes) > 0 {
		return &TenantError{r.mistakes}
	}
	return nil
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
	r.readDocuments(f, func(n *yaml.Node) { readObject(r, n, "a tenant", r.schema.tenant, r.t) })
}

func (r *tenantReader) readDocuments(f TenantFile, read func(*yaml.Node)) {
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
			read(doc.Content[0])
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
		place := fmt.Sprintf("%s:%d:%d", first.File, first.Line, first.Column)
		r.mistake(n, "the %s %q is taken: %s", kind, name, strings.TrimPrefix(place, ":"))
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
