package adminjson

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// object is an object of the tenant file.
type object struct {
	im   *importer
	kind string // as in Options.Console
	node *yaml.Node
}

func (im *importer) object(kind string) object {
	return object{im, kind, &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}}
}

// put adds a key, unless the value is empty. The first of its kind has a comment with
// the name in the console.
func (o object) put(name string, value any) {
	node := encode(value)
	if node == nil {
		return
	}
	key := encode(name)
	if full := o.kind + "." + name; !o.im.commented[full] {
		o.im.commented[full] = true
		if console := o.im.options.Console[full]; !sameWords(console, name) {
			comment := &node.LineComment
			if node.Kind != yaml.ScalarNode && node.Style != yaml.FlowStyle {
				comment = &key.LineComment
			}
			*comment = "# " + console
		}
	}
	o.node.Content = append(o.node.Content, key, node)
}

func sameWords(console, key string) bool {
	plain := strings.NewReplacer("_", "", " ", "").Replace
	return console == "" || strings.EqualFold(plain(console), plain(key))
}

// encode returns a value's node; nil where it is empty.
func encode(value any) *yaml.Node {
	switch v := value.(type) {
	case object:
		return encode(v.node)
	case *yaml.Node:
		if v == nil || len(v.Content) == 0 && v.Kind != yaml.ScalarNode {
			return nil
		}
		return v
	case string:
		if v == "" {
			return nil
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: v, Style: quoting(v)}
	case []string:
		list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle}
		for _, text := range v {
			if len(text) > 40 {
				list.Style = 0
			}
			list.Content = append(list.Content, json2yaml(text))
		}
		return encode(list)
	case []object:
		list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, o := range v {
			list.Content = append(list.Content, o.node)
		}
		return encode(list)
	case map[string]any:
		return encode(json2yaml(v))
	}
	return json2yaml(value)
}

// quoting is for text that a reader of YAML 1.1 would take for something else.
func quoting(text string) yaml.Style {
	switch strings.ToLower(text) {
	case "y", "n", "yes", "no", "on", "off":
		return yaml.DoubleQuotedStyle
	}
	return 0
}

// json2yaml returns the node of any JSON value.
func json2yaml(value any) *yaml.Node {
	scalar := func(tag, text string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: text} }
	switch v := value.(type) {
	case nil:
		return scalar("!!null", "null")
	case bool:
		return scalar("!!bool", strconv.FormatBool(v))
	case int:
		return scalar("!!int", strconv.Itoa(v))
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return scalar("!!float", v.String())
		}
		return scalar("!!int", v.String())
	case []any:
		list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle}
		for _, item := range v {
			list.Content = append(list.Content, json2yaml(item))
		}
		return list
	case map[string]any:
		node := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Style: yaml.FlowStyle}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			node.Content = append(node.Content, scalar("!!str", name), json2yaml(v[name]))
		}
		return node
	}
	text, _ := value.(string)
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text, Style: quoting(text)}
}
