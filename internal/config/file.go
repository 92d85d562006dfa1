package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// largestFile bounds the configuration file: a thousand profiles take a tenth.
const largestFile = 4 << 20

// defaultProfile is used where nothing names another; it need not exist.
const defaultProfile = "default"

// File is the configuration file: named profiles, and which is used unless one
// is named. A file that is not there is an empty one. The names of profiles
// are in lower case.
type File struct {
	Path    string // where it is, or would be
	Default string // what `config use` set; "default" where nothing did

	data  []byte
	names []string
	whole map[string]any // what the file says; nil where one profile can be read alone
}

// Profile is one set of settings, by the names of their flags.
type Profile map[string]string

// ReadFile reads config.yaml, .yml, .toml or .json of dir. What stands in a
// profile is judged when the profile is asked for.
func ReadFile(dir string) (*File, error) {
	f := &File{Path: filepath.Join(dir, "config.yaml"), Default: defaultProfile}
	var found []string
	for _, format := range []string{"yaml", "yml", "toml", "json"} {
		path := filepath.Join(dir, "config."+format)
		if _, err := os.Stat(path); err == nil {
			found = append(found, path)
		} else if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			return nil, err
		}
	}
	switch len(found) {
	case 0:
		return f, nil
	case 1:
		f.Path = found[0]
		return f, f.read()
	}
	return nil, &Error{Problem: fmt.Sprintf("expected one configuration file, found %s", strings.Join(found, ", "))}
}

func (f *File) read() error {
	file, err := os.Open(f.Path)
	if err != nil {
		return f.problem("%w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, largestFile+1))
	switch {
	case err != nil:
		return f.problem("%w", err)
	case len(data) > largestFile:
		return f.problem("expected at most %d bytes", largestFile)
	}
	return f.parse(data)
}

// format is how the file is written, by its ending.
func (f *File) format() string {
	if format := strings.TrimPrefix(filepath.Ext(f.Path), "."); format != "yml" {
		return format
	}
	return "yaml"
}

// parse takes the names of the profiles and the default out of data.
func (f *File) parse(data []byte) error {
	f.data = data
	narrowed, read := false, data
	if f.format() == "yaml" {
		read, f.names, narrowed = narrow(data, "")
	}
	tree, err := decode(f.format(), read)
	if err != nil {
		return f.problem("%w", err)
	}
	if !narrowed {
		f.whole = tree
		profiles, err := f.profilesOf(tree)
		if err != nil {
			return err
		}
		f.names = slices.Sorted(maps.Keys(profiles))
	}
	text, ok := leaf(tree["default-profile"])
	if !ok {
		return f.problem("expected default-profile to be a name")
	}
	if text != "" {
		f.Default = strings.ToLower(text)
	}
	return nil
}

func (f *File) profilesOf(tree map[string]any) (map[string]any, error) {
	value := tree["profiles"]
	profiles, ok := value.(map[string]any)
	if !ok && value != nil {
		return nil, f.problem("expected profiles to hold one block a profile")
	}
	return profiles, nil
}

// Names returns the names of all profiles, sorted.
func (f *File) Names() []string { return slices.Clone(f.names) }

// Profile returns the profile of that name; ok is false where there is none.
// The cost does not grow with the number of other profiles, but where the file
// is written in an unusual way.
func (f *File) Profile(name string) (p Profile, ok bool, err error) {
	name = strings.ToLower(name)
	if !slices.Contains(f.names, name) {
		return nil, false, nil
	}
	tree := f.whole
	if tree == nil {
		text, _, _ := narrow(f.data, name)
		if tree, err = decode(f.format(), text); err != nil {
			return nil, true, f.problem("%w", err)
		}
	}
	profiles, err := f.profilesOf(tree)
	if err != nil {
		return nil, true, err
	}
	p, err = f.profile(name, profiles[name])
	return p, true, err
}

// Profiles returns all profiles by their names.
func (f *File) Profiles() (map[string]Profile, error) {
	all := map[string]Profile{}
	tree, err := decode(f.format(), f.data)
	if err != nil {
		return nil, f.problem("%w", err)
	}
	blocks, err := f.profilesOf(tree)
	for name, block := range blocks {
		if all[name], err = f.profile(name, block); err != nil {
			return nil, err
		}
	}
	return all, err
}

func (f *File) profile(name string, value any) (Profile, error) {
	block, ok := value.(map[string]any)
	if !ok && value != nil {
		return nil, f.problem("profile %.40q: expected its settings, a line each", name)
	}
	p := Profile{}
	for key, value := range block {
		if key == "password" {
			return nil, f.problem("profile %.40q: a password has no place in this file; name a file that holds it with password-file", name)
		}
		if _, known := find(key); !known {
			return nil, f.problem("profile %.40q: %.40q is no setting", name, key)
		}
		text, ok := leaf(value)
		if !ok {
			return nil, f.problem("profile %.40q: expected %s to be a text or a list of texts", name, key)
		}
		p[key] = text
	}
	return p, nil
}

func (f *File) problem(format string, args ...any) error {
	return &Error{Problem: fmt.Errorf("configuration file "+strings.ReplaceAll(f.Path, "%", "%%")+": "+format, args...).Error()}
}

// noProfile says that there is no profile of that name, and which there are.
func (f *File) noProfile(name string) error {
	if f.Path == "" {
		return &Error{Name: "profile", Problem: fmt.Sprintf("there is no profile %.40q, and no directory for a configuration file", name)}
	}
	return &Error{Name: "profile", Problem: fmt.Sprintf("%s has no profile %.40q; it has %s", f.Path, name, f.listNames())}
}

// listNames names the profiles in an error message, as far as a person reads.
func (f *File) listNames() string {
	const most = 10
	switch n := len(f.names); {
	case n == 0:
		return "none"
	case n > most:
		return strings.Join(f.names[:most], ", ") + fmt.Sprintf(" and %d more", n-most)
	}
	return strings.Join(f.names, ", ")
}

func find(name string) (Key, bool) {
	all := All()
	i := slices.IndexFunc(all, func(k Key) bool { return k.Name == name })
	if i < 0 {
		return Key{}, false
	}
	return all[i], true
}

// leaf writes a value of the file as its flag would say it: a list's values
// with spaces between.
func leaf(value any) (text string, ok bool) {
	switch v := value.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case []any:
		parts := make([]string, len(v))
		for i, part := range v {
			if parts[i], ok = part.(string); !ok {
				return "", false
			}
		}
		return strings.Join(parts, " "), true
	}
	return "", false
}
