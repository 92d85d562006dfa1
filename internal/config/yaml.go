package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"go.yaml.in/yaml/v3"
)

// mostNodes bounds what aliases may blow a YAML file up to.
const mostNodes = 1 << 20

// decodeYAML reads one YAML document. Anchors, aliases and merge keys mean what
// they mean elsewhere.
func decodeYAML(data []byte) (map[string]any, error) {
	doc, err := parseYAML(data)
	if err != nil || len(doc.Content) == 0 {
		return nil, err
	}
	left := mostNodes
	value, err := yamlValue(doc.Content[0], 0, &left)
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

func yamlValue(n *yaml.Node, depth int, left *int) (any, error) {
	if *left--; *left < 0 || depth > deepest {
		return nil, fmt.Errorf("yaml: line %d: expected profiles and their settings, found more blocks in them", n.Line)
	}
	switch n.Kind {
	case yaml.AliasNode:
		return yamlValue(n.Alias, depth, left)
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range n.Content {
			value, err := yamlValue(item, depth+1, left)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	case yaml.MappingNode:
		return yamlMapping(n, depth, left)
	}
	if n.ShortTag() == "!!null" {
		return nil, nil
	}
	return n.Value, nil
}

func yamlMapping(n *yaml.Node, depth int, left *int) (any, error) {
	object, merged := map[string]any{}, []any{}
	for pair := range slices.Chunk(n.Content, 2) {
		name := pair[0]
		value, err := yamlValue(pair[1], depth+1, left)
		if err != nil {
			return nil, err
		}
		_, twice := object[name.Value]
		switch {
		case name.Kind != yaml.ScalarNode:
			return nil, fmt.Errorf("yaml: line %d: expected a name", name.Line)
		case twice:
			return nil, fmt.Errorf("yaml: line %d: %.40q stands twice", name.Line, name.Value)
		case name.ShortTag() == "!!merge":
			merged = append(merged, value)
		default:
			object[name.Value] = value
		}
	}
	for _, value := range merged {
		if err := merge(object, value); err != nil {
			return nil, fmt.Errorf("yaml: line %d: %w", n.Line, err)
		}
	}
	return object, nil
}

// merge adds to object what it lacks of a merge key's value: a mapping, or a
// list of them, the first winning.
func merge(object map[string]any, value any) error {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	for _, item := range list {
		from, ok := item.(map[string]any)
		if !ok {
			return errors.New("expected << to name a block")
		}
		for name, value := range from {
			if _, own := object[name]; !own {
				object[name] = value
			}
		}
	}
	return nil
}
