package config

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/implicit-cli/implicit/internal/state"
)

// Editor changes a configuration file. Each change is made to the document, which
// keeps its order and comments, and to the content that the document must have
// in the end.
type Editor struct {
	*File

	doc     *yaml.Node
	want    map[string]any // the folded content after the changes
	touched []string       // profiles that must be right
}

// Edit calls change and then writes the configuration file of dir, 0600, as a
// whole or not at all. The file at lock serialises concurrent edits. Only YAML is
// written. Nothing is written if change fails, if a profile that it touched is
// wrong, or if an alias in the file would change more than was asked for. The
// error is an [*Error], [Problems], change's own or the system's.
func Edit(ctx context.Context, dir, lock string, change func(*Editor) error) error {
	unlock, err := state.Lock(ctx, lock)
	if err != nil {
		return err
	}
	defer unlock()
	e, err := openEditor(dir)
	if err != nil {
		return err
	}
	if err := change(e); err != nil {
		return err
	}
	data, err := e.encode()
	if err != nil || bytes.Equal(data, e.data) {
		return err
	}
	path := e.Path
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // a link stays a link
	}
	return state.WriteFile(path, data)
}

func openEditor(dir string) (*Editor, error) {
	f, err := ReadFile(dir)
	if err != nil {
		return nil, err
	}
	if f.format() != "yaml" {
		return nil, f.problem("only YAML is written, so that nothing of another file is lost; edit it by hand")
	}
	e := &Editor{File: f}
	if e.doc, err = parseYAML(f.data); err != nil {
		return nil, f.problem("%w", err)
	}
	if e.want, err = decode("yaml", f.data); err != nil {
		return nil, f.problem("%w", err)
	}
	if len(e.doc.Content) == 0 { // empty, or comments only
		e.doc = &yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Tag: "!!null"}},
			HeadComment: strings.TrimSpace(string(f.data))}
	}
	if root := e.doc.Content[0]; root.ShortTag() == "!!null" {
		*root = yaml.Node{Kind: yaml.MappingNode, HeadComment: root.HeadComment, FootComment: root.FootComment}
	}
	return e, nil
}

// Set gives a profile a setting, and creates the profile if there is none.
func (e *Editor) Set(profile, name, value string) error {
	value, err := Storable(name, value)
	if err == nil {
		profile, err = e.newName(profile)
	}
	if err != nil {
		return err
	}
	name = settingName(name)
	put(blockIn(blockIn(e.doc.Content[0], "profiles", settingName), profile, strings.ToLower), name, value, settingName)
	e.wanted(profile)[name] = value
	e.touched = append(e.touched, profile)
	return nil
}

// Unset removes a setting from a profile. It fails if the profile has none.
func (e *Editor) Unset(profile, name string) error {
	profile, name = strings.ToLower(profile), settingName(name)
	if _, known := find(name); !known && name != "password" {
		return &Error{Problem: fmt.Sprintf("unknown setting %.40q%s", name, unknownSetting(name))}
	}
	block := value(value(e.doc.Content[0], "profiles", settingName), profile, strings.ToLower)
	if block == nil {
		return e.NoProfile(profile)
	}
	if !remove(block, name, settingName) {
		return &Error{Name: name, Problem: fmt.Sprintf("the profile %s does not set it", profile)}
	}
	delete(e.wanted(profile), name)
	return nil
}

// Use makes a profile the one that is used if none is named.
func (e *Editor) Use(profile string) error {
	profile = strings.ToLower(profile)
	if !e.has(profile) && profile != defaultProfile {
		return e.NoProfile(profile)
	}
	put(e.doc.Content[0], "default-profile", profile, settingName)
	e.want["default-profile"] = profile
	return nil
}

// Delete removes a profile. If it was the one in use, "default" is used next.
func (e *Editor) Delete(profile string) error {
	profile = strings.ToLower(profile)
	root := e.doc.Content[0]
	if !remove(value(root, "profiles", settingName), profile, strings.ToLower) {
		return e.NoProfile(profile)
	}
	delete(e.want["profiles"].(map[string]any), profile)
	if e.Default == profile && remove(root, "default-profile", settingName) {
		e.want["default-profile"] = nil
	}
	return nil
}

func (e *Editor) has(profile string) bool {
	profiles, _ := e.want["profiles"].(map[string]any)
	_, ok := profiles[profile]
	return ok
}

// newName returns the name in lower case, or an error if it is not one for a
// profile.
func (e *Editor) newName(profile string) (string, error) {
	profile = strings.ToLower(profile)
	if e.has(profile) {
		return profile, nil
	}
	if profile == "" || len(profile) > 64 || strings.ContainsFunc(profile, notInName) || profile[0] == '-' {
		return "", &Error{Name: "profile", Problem: fmt.Sprintf("expected letters, digits, dots, _ and -, at most 64; found %.80q", profile)}
	}
	return profile, nil
}

func notInName(c rune) bool {
	letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
	return !letter && !('0' <= c && c <= '9') && c != '.' && c != '_' && c != '-'
}

// wanted returns the settings that a profile must have in the end.
func (e *Editor) wanted(profile string) map[string]any {
	profiles, ok := e.want["profiles"].(map[string]any)
	if !ok {
		profiles = map[string]any{}
		e.want["profiles"] = profiles
	}
	block, ok := profiles[profile].(map[string]any)
	if !ok {
		block = map[string]any{}
		profiles[profile] = block
	}
	return block
}

// encode writes the document and reads it again: it must have the changes and
// nothing else, and the touched profiles must be right.
func (e *Editor) encode() ([]byte, error) {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(e.doc); err != nil {
		return nil, e.problem("%w", err)
	}
	got, err := decode("yaml", b.Bytes())
	if err != nil || !reflect.DeepEqual(got, e.want) {
		return nil, e.problem("this change would affect other parts of the file; edit it by hand")
	}
	if b.Len() > maxFile {
		return nil, e.problem("expected at most %d bytes after the change", maxFile)
	}
	after := &File{Path: e.Path, Default: defaultProfile}
	if err := after.parse(b.Bytes()); err != nil {
		return nil, err
	}
	for _, name := range e.touched {
		p, _, err := after.Profile(name)
		if err == nil {
			_, err = p.Check()
		}
		if err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// entry returns the index of a name in a mapping's content, -1 if there is none.
func entry(mapping *yaml.Node, name string, same func(string) string) int {
	if mapping == nil || mapping.Kind != yaml.MappingNode {
		return -1
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if same(mapping.Content[i].Value) == name {
			return i
		}
	}
	return -1
}

func value(mapping *yaml.Node, name string, same func(string) string) *yaml.Node {
	if i := entry(mapping, name, same); i >= 0 {
		return mapping.Content[i+1]
	}
	return nil
}

func remove(mapping *yaml.Node, name string, same func(string) string) bool {
	i := entry(mapping, name, same)
	if i >= 0 {
		mapping.Content = slices.Delete(mapping.Content, i, i+2)
	}
	return i >= 0
}

// put sets the text of a name and keeps the comments of its old one.
func put(mapping *yaml.Node, name, text string, same func(string) string) {
	fresh := yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	if text == "true" || text == "false" {
		fresh.Tag = "!!bool"
	}
	if old := value(mapping, name, same); old != nil {
		fresh.HeadComment, fresh.LineComment, fresh.FootComment = old.HeadComment, old.LineComment, old.FootComment
		*old = fresh
		return
	}
	mapping.Content = append(mapping.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name}, &fresh)
}

// blockIn returns the block of a name, and creates it if there is none.
func blockIn(mapping *yaml.Node, name string, same func(string) string) *yaml.Node {
	block := value(mapping, name, same)
	switch {
	case block == nil:
		put(mapping, name, "", same)
		block = mapping.Content[len(mapping.Content)-1]
		fallthrough
	case block.ShortTag() == "!!null":
		*block = yaml.Node{Kind: yaml.MappingNode, HeadComment: block.HeadComment, LineComment: block.LineComment, FootComment: block.FootComment}
	case block.Kind == yaml.MappingNode:
		block.Style = 0 // one setting on each line
	}
	return block
}
