package adminjson

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxRounds is how often the result is checked again without what the sandbox refused.
const maxRounds = 20

// settle leaves out what the sandbox refuses: PingOne may allow more than the sandbox
// does.
func (im *importer) settle(text []byte) ([]byte, error) {
	for range maxRounds {
		if im.options.Check == nil {
			return text, nil
		}
		problems := im.options.Check(text)
		if len(problems) == 0 {
			return text, nil
		}
		var doc yaml.Node // with the lines and columns of the text
		if err := yaml.Unmarshal(text, &doc); err != nil {
			return nil, &Error{File: "the tenant", Message: err.Error()}
		}
		if len(doc.Content) == 0 {
			return text, nil // nothing is left
		}
		root := doc.Content[0]
		refused := map[*yaml.Node]bool{}
		for _, p := range problems {
			node := at(root, p)
			if node == nil || node == root {
				return nil, &Error{File: "the tenant", Path: p.Path, Message: p.Message}
			}
			refused[node] = true
			im.ignore(p.Path+" of the tenant", "", p.Message)
		}
		prune(root, refused)
		im.recount(root)
		var err error
		if text, err = write(root); err != nil {
			return nil, err
		}
	}
	return nil, &Error{File: "the tenant", Message: "the sandbox refuses too many values of these files"}
}

// maxEncoded is how many items are encoded at a time: the encoder keeps all that it
// was ever given.
const maxEncoded = 500

// write is the text of a tenant.
func write(root *yaml.Node) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("# Imported by implicit sandbox import, without PingOne's secrets and passwords. docs/sandbox.md\n" +
		"# has every key. A user with any_password signs on with whatever is typed.\n\n")
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		if value.Kind != yaml.SequenceNode || value.Style == yaml.FlowStyle {
			if err := encodeTo(&b, "", &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{key, value}}); err != nil {
				return nil, err
			}
			continue
		}
		b.WriteString(strings.TrimSuffix(key.Value+": "+key.LineComment, " ") + "\n")
		for chunk := range slices.Chunk(value.Content, maxEncoded) {
			if err := encodeTo(&b, "  ", &yaml.Node{Kind: yaml.SequenceNode, Content: chunk}); err != nil {
				return nil, err
			}
		}
	}
	return b.Bytes(), nil
}

func encodeTo(b *bytes.Buffer, indent string, node *yaml.Node) error {
	var text bytes.Buffer
	enc := yaml.NewEncoder(&text)
	enc.SetIndent(2)
	if err := enc.Encode(node); err != nil {
		return &Error{File: "the tenant", Message: err.Error()}
	}
	for line := range bytes.Lines(text.Bytes()) {
		b.WriteString(indent)
		b.Write(line)
	}
	return nil
}

// steps are the keys and indexes of a path such as a[0]."b.c".
func steps(path string) []string {
	var list []string
	for path != "" {
		switch {
		case path[0] == '.':
			path = path[1:]
		case path[0] == '[':
			index, rest, _ := strings.Cut(path[1:], "]")
			list, path = append(list, index), rest
		case path[0] == '"':
			quoted, err := strconv.QuotedPrefix(path)
			if err != nil {
				return nil
			}
			name, _ := strconv.Unquote(quoted)
			list, path = append(list, name), path[len(quoted):]
		default:
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			list, path = append(list, path[:end]), path[end:]
		}
	}
	return list
}

// at returns the node of a problem: the one at its path, or the item of that list
// which is at its line and column.
func at(n *yaml.Node, p Problem) *yaml.Node {
	for _, step := range steps(p.Path) {
		if n = child(n, step); n == nil {
			return nil
		}
	}
	for _, item := range n.Content {
		if n.Kind == yaml.SequenceNode && item.Line == p.Line && item.Column == p.Column {
			return item
		}
	}
	return n
}

// child returns a value by its key or index; nil: there is none.
func child(n *yaml.Node, step string) *yaml.Node {
	for i, c := range n.Content {
		switch {
		case n.Kind == yaml.SequenceNode && strconv.Itoa(i) == step:
			return c
		case n.Kind == yaml.MappingNode && i%2 == 0 && c.Value == step:
			return n.Content[i+1]
		}
	}
	return nil
}

// prune takes the refused values out of their lists and objects, and what that leaves
// empty with them.
func prune(n *yaml.Node, refused map[*yaml.Node]bool) {
	width := 1
	if n.Kind == yaml.MappingNode {
		width = 2
	}
	var kept []*yaml.Node
	for i := 0; i+width <= len(n.Content); i += width {
		value := n.Content[i+width-1]
		had := len(value.Content)
		if !refused[value] {
			prune(value, refused)
		}
		if !refused[value] && (had == 0 || len(value.Content) > 0) {
			kept = append(kept, n.Content[i:i+width]...)
		}
	}
	n.Content = kept
}

// recount counts what is left in the tenant.
func (im *importer) recount(root *yaml.Node) {
	for _, name := range []string{"applications", "users", "resources", "policies"} {
		if list := child(root, name); list != nil {
			im.counts[name] = len(list.Content)
		} else {
			delete(im.counts, name)
		}
	}
}
