package sandbox

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// maxFound is how much of a value a message repeats, in characters.
const maxFound = 80

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
	if text := []rune(n.Value); len(text) > maxFound {
		return strconv.Quote(string(text[:maxFound])) + "…"
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
			r.mistake(n.Content[i], "the key %q is already in line %d", key.Value, line)
		default:
			first[key.Value] = n.Content[i].Line
			r.below(step{key: pathKey(key.Value)}, func() { entry(key.Value, n.Content[i], value) })
		}
	}
}

// pathKey is a key as paths show it.
func pathKey(name string) string {
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
