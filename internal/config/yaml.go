package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"go.yaml.in/yaml/v3"
)

// maxCopies bounds what aliases and merge keys copy, so that a small file does
// not take seconds. A thousand profiles that merge a block of ten settings take
// half of it.
const maxCopies = 1 << 16

// decodeYAML reads one YAML document. Anchors, aliases and merge keys have their
// usual meaning.
func decodeYAML(data []byte) (map[string]any, error) {
	doc, err := parseYAML(data)
	if err != nil || len(doc.Content) == 0 {
		return nil, err
	}
	r := yamlReader{left: maxCopies}
	value, err := r.value(doc.Content[0], 0)
	if err != nil {
		return nil, err
	}
	tree, ok := value.(map[string]any)
	if !ok && value != nil {
		return nil, errors.New("expected names and values")
	}
	return tree, nil
}

// parseYAML returns the document; one without Content for an empty file.
func parseYAML(data []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	doc := new(yaml.Node)
	if err := dec.Decode(doc); err != nil {
		if errors.Is(err, io.EOF) {
			return doc, nil
		}
		return nil, err
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("yaml: expected one document")
	}
	return doc, nil
}

type yamlReader struct {
	aliases int // nesting
	left    int // of maxCopies
}

// copied counts a name or value that an alias or a merge key copies; a long one,
// which takes longer, as several.
func (r *yamlReader) copied(n *yaml.Node, text string) error {
	if r.left -= 1 + len(text)/64; r.left < 0 {
		return fmt.Errorf("yaml: line %d: aliases and merge keys copy more than %d values", n.Line, maxCopies)
	}
	return nil
}

func (r *yamlReader) value(n *yaml.Node, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("yaml: line %d: expected profiles and their settings, found deeper blocks", n.Line)
	}
	if r.aliases > 0 {
		if err := r.copied(n, n.Value); err != nil {
			return nil, err
		}
	}
	switch n.Kind {
	case yaml.AliasNode:
		r.aliases++
		defer func() { r.aliases-- }()
		return r.value(n.Alias, depth)
	case yaml.SequenceNode:
		return r.list(n, depth)
	case yaml.MappingNode:
		return r.mapping(n, depth)
	}
	if n.ShortTag() == "!!null" {
		return nil, nil
	}
	return n.Value, nil
}

func (r *yamlReader) list(n *yaml.Node, depth int) (any, error) {
	list := []any{}
	for _, item := range n.Content {
		value, err := r.value(item, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	return list, nil
}

func (r *yamlReader) mapping(n *yaml.Node, depth int) (any, error) {
	object, merged := map[string]any{}, []any{}
	for pair := range slices.Chunk(n.Content, 2) {
		name := pair[0]
		if r.aliases > 0 {
			if err := r.copied(name, name.Value); err != nil {
				return nil, err
			}
		}
		value, err := r.value(pair[1], depth+1)
		if err != nil {
			return nil, err
		}
		_, twice := object[name.Value]
		switch {
		case name.Kind != yaml.ScalarNode:
			return nil, fmt.Errorf("yaml: line %d: expected a name", name.Line)
		case twice:
			return nil, fmt.Errorf("yaml: line %d: %.40q appears twice", name.Line, name.Value)
		case name.ShortTag() == "!!merge":
			merged = append(merged, value)
		default:
			object[name.Value] = value
		}
	}
	for _, value := range merged {
		if err := r.merge(n, object, value); err != nil {
			return nil, err
		}
	}
	return object, nil
}

// merge adds to object what it lacks of a merge key's value: a mapping, or a
// list of them, the first winning.
func (r *yamlReader) merge(n *yaml.Node, object map[string]any, value any) error {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	for _, item := range list {
		from, ok := item.(map[string]any)
		if !ok {
			return fmt.Errorf("yaml: line %d: expected << to name a block", n.Line)
		}
		for name, value := range from {
			if err := r.copied(n, name); err != nil {
				return err
			}
			if _, own := object[name]; !own {
				object[name] = value
			}
		}
	}
	return nil
}
