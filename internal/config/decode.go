package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/spf13/viper"
)

// maxDepth is how far blocks and lists nest in a file: profiles, a profile, a
// list in it.
const maxDepth = 4

// decode reads a file in one of three formats. Values are kept as they are
// written, so that a client ID of digits keeps its zeros; names are folded, and
// none appears twice.
//
// Viper, in a private instance, is kept for this: it picks the decoder of the
// format. It cannot resolve the settings, as its precedence has no place for
// aliases between a named and the default profile, and it does not tell the
// source of a value. Its getters would add 130 KB of conversions to the program,
// for values that are all texts, so the tree is what the decoder has read.
func decode(format string, data []byte) (map[string]any, error) {
	var tree map[string]any
	v := viper.NewWithOptions(viper.KeyDelimiter("\x00"), viper.WithDecoderRegistry(decoders{&tree})) // a profile's name may hold a dot
	v.SetConfigType(format)
	if err := v.ReadConfig(bytes.NewReader(data)); err != nil {
		var parse viper.ConfigParseError
		if errors.As(err, &parse) {
			err = parse.Unwrap()
		}
		return nil, err
	}
	return map[string]any{"default-profile": tree["default-profile"], "profiles": tree["profiles"]}, nil
}

// decoders replace Viper's own, which turn some strings into numbers and dates
// and accept a name that appears twice. They put what they read into tree.
type decoders struct{ tree *map[string]any }

type decoder struct {
	read func(data []byte) (map[string]any, error)
	tree *map[string]any
}

// Decoder implements [viper.DecoderRegistry].
func (d decoders) Decoder(format string) (viper.Decoder, error) {
	switch format {
	case "yaml":
		return decoder{decodeYAML, d.tree}, nil
	case "toml":
		return decoder{decodeTOML, d.tree}, nil
	case "json":
		return decoder{decodeJSON, d.tree}, nil
	}
	return nil, fmt.Errorf("expected YAML, TOML or JSON, found %q", format)
}

// Decode implements [viper.Decoder].
func (d decoder) Decode(data []byte, into map[string]any) error {
	tree, err := d.read(data)
	if err == nil {
		tree, err = foldTree(tree)
	}
	*d.tree = tree
	maps.Copy(into, tree)
	return err
}

// foldTree folds the names of the file, of the profiles and of their settings.
func foldTree(tree map[string]any) (map[string]any, error) {
	tree, err := fold(tree, settingName)
	if err != nil {
		return nil, err
	}
	for name := range tree {
		if name != "default-profile" && name != "profiles" {
			return nil, fmt.Errorf("expected default-profile and profiles, found %.40q", name)
		}
	}
	profiles, ok := tree["profiles"].(map[string]any)
	if !ok {
		return tree, nil
	}
	if profiles, err = fold(profiles, strings.ToLower); err != nil {
		return nil, err
	}
	for name, value := range profiles {
		if block, ok := value.(map[string]any); ok {
			if profiles[name], err = fold(block, settingName); err != nil {
				return nil, fmt.Errorf("profile %.40q: %w", name, err)
			}
		}
	}
	tree["profiles"] = profiles
	return tree, nil
}

// settingName is the form in which names of the file are compared: _ equals -.
func settingName(name string) string { return strings.ReplaceAll(strings.ToLower(name), "_", "-") }

func fold(object map[string]any, same func(string) string) (map[string]any, error) {
	out := make(map[string]any, len(object))
	for name, value := range object {
		if _, twice := out[same(name)]; twice {
			return nil, fmt.Errorf("%.40q appears twice, written in two ways", same(name))
		}
		out[same(name)] = value
	}
	return out, nil
}

func decodeTOML(data []byte) (tree map[string]any, err error) {
	if err = toml.Unmarshal(data, &tree); err != nil {
		return nil, err
	}
	_, err = tomlTexts(tree, 0)
	return tree, err
}

// tomlTexts turns integers and booleans into strings, in place. The other types
// cannot be turned back into what was written.
func tomlTexts(value any, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errors.New("expected profiles and their settings, found deeper blocks")
	}
	var err error
	switch v := value.(type) {
	case map[string]any:
		for name := range v {
			if v[name], err = tomlTexts(v[name], depth+1); err != nil {
				return nil, fmt.Errorf("%.40s: %w", name, err)
			}
		}
	case []any:
		for i := range v {
			if v[i], err = tomlTexts(v[i], depth+1); err != nil {
				return nil, err
			}
		}
	case string:
	case int64, bool:
		return fmt.Sprint(v), nil
	default:
		return nil, errors.New("expected a string: put it in quotes")
	}
	return value, nil
}

func decodeJSON(data []byte) (map[string]any, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	value, err := jsonValue(dec, 0)
	if err != nil {
		return nil, fmt.Errorf("JSON: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("JSON: expected one object and nothing after it")
	}
	tree, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("JSON: expected an object")
	}
	return tree, nil
}

func jsonValue(dec *json.Decoder, depth int) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, errors.New("expected profiles and their settings, found deeper objects")
	}
	switch v := token.(type) {
	case json.Delim:
		if v == '[' {
			return jsonList(dec, depth)
		}
		return jsonObject(dec, depth)
	case nil:
		return nil, nil
	default:
		return fmt.Sprint(v), nil
	}
}

func jsonList(dec *json.Decoder, depth int) (any, error) {
	list := []any{}
	for dec.More() {
		value, err := jsonValue(dec, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	_, err := dec.Token()
	return list, err
}

func jsonObject(dec *json.Decoder, depth int) (any, error) {
	object := map[string]any{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		if _, twice := object[name.(string)]; twice {
			return nil, fmt.Errorf("%.40q appears twice", name)
		}
		if object[name.(string)], err = jsonValue(dec, depth+1); err != nil {
			return nil, err
		}
	}
	_, err := dec.Token()
	return object, err
}
