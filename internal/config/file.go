package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/implicit-cli/implicit/internal/words"
)

// The max sizes of what is read. A thousand profiles take a quarter of maxFile.
const (
	maxFile         = 1 << 20
	maxCertificates = 4 << 20
)

// defaultProfile is used where nothing names another; it need not exist.
const defaultProfile = "default"

// File is the configuration file: named profiles, and which is used unless one
// is named. A missing file is an empty one. The names of profiles are in lower
// case.
type File struct {
	Path     string   // where it is, or would be
	Default  string   // what `config use` set; "default" where nothing did
	Warnings []string // sentences for the user: the file may not be private

	data   []byte         // without a byte order mark
	blocks map[string]any // by the name of the profile
}

// ReadFile reads config.yaml, .yml, .toml or .json of dir. It refuses a file
// that another user could have written, as its settings say where a password is
// sent to. The content of a profile is checked by [File.Profile].
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
	file, err := openFile(f.Path)
	if err != nil {
		return f.problem("%w", err)
	}
	defer file.Close()
	if err := f.checkTrust(file); err != nil {
		return err
	}
	data, err := readText(file, maxFile)
	if err != nil {
		return f.problem("%w", err)
	}
	return f.parse(data)
}

// format is the format of the file, by its ending.
func (f *File) format() string {
	if format := strings.TrimPrefix(filepath.Ext(f.Path), "."); format != "yml" {
		return format
	}
	return "yaml"
}

// parse takes the profiles and the default out of data.
func (f *File) parse(data []byte) error {
	f.data = data
	tree, err := decode(f.format(), data)
	if err != nil {
		return f.problem("%w", err)
	}
	profiles := tree["profiles"]
	blocks, ok := profiles.(map[string]any)
	if !ok && profiles != nil {
		return f.problem("expected profiles to hold one block for each profile")
	}
	f.blocks = blocks
	text, ok := leaf(tree["default-profile"], " ")
	if !ok {
		return f.problem("expected default-profile to be a name")
	}
	if text != "" {
		f.Default = strings.ToLower(text)
	}
	return nil
}

// Names returns the names of all profiles, sorted.
func (f *File) Names() []string { return slices.Sorted(maps.Keys(f.blocks)) }

// Profile returns the profile of that name; ok is false if there is none.
func (f *File) Profile(name string) (p Profile, ok bool, err error) {
	name = strings.ToLower(name)
	block, ok := f.blocks[name]
	if !ok {
		return nil, false, nil
	}
	p, err = f.profile(name, block)
	return p, true, err
}

// Profiles returns all profiles by their names.
func (f *File) Profiles() (map[string]Profile, error) {
	all := map[string]Profile{}
	for name, block := range f.blocks {
		var err error
		if all[name], err = f.profile(name, block); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (f *File) profile(name string, value any) (Profile, error) {
	block, ok := value.(map[string]any)
	if !ok && value != nil {
		return nil, f.problem("profile %.40q: expected its settings, one on each line", name)
	}
	p := Profile{}
	for key, value := range block {
		if key == "password" {
			return nil, f.problem("profile %.40q: passwords are not stored in this file; name a file that holds it with password-file", name)
		}
		if _, known := find(key); !known {
			return nil, f.problem("profile %.40q: unknown setting %.40q", name, key)
		}
		text, ok := leaf(value, separator(key))
		if !ok {
			return nil, f.problem("profile %.40q: expected %s to be a string or a list of strings", name, key)
		}
		p[key] = text
	}
	return p, nil
}

func (f *File) problem(format string, args ...any) error {
	return &Error{Problem: fmt.Errorf("configuration file "+strings.ReplaceAll(f.Path, "%", "%%")+": "+format, args...).Error()}
}

// Has reports whether there is a profile of that name, in any case.
func (f *File) Has(name string) bool { return slices.Contains(f.Names(), strings.ToLower(name)) }

// NoProfile is the error for a name that no profile has. It lists those that exist.
func (f *File) NoProfile(name string) *Error {
	if f.Path == "" {
		return &Error{Problem: fmt.Sprintf("there is no profile %.40q, and no directory for a configuration file", name)}
	}
	return &Error{Problem: fmt.Sprintf("%s has no profile %.40q; it has %s%s", f.Path, name, f.listNames(), words.DidYouMean(name, f.Names()))}
}

// listNames lists the first profiles, for an error message.
func (f *File) listNames() string {
	const maxListed = 10
	names := f.Names()
	switch n := len(names); {
	case n == 0:
		return "none"
	case n > maxListed:
		return strings.Join(names[:maxListed], ", ") + fmt.Sprintf(" and %d more", n-maxListed)
	}
	return strings.Join(names, ", ")
}

func find(name string) (Key, bool) {
	all := All()
	i := slices.IndexFunc(all, func(k Key) bool { return k.Name == name })
	if i < 0 {
		return Key{}, false
	}
	return all[i], true
}

// separator is that of the key; a space where there is none of that name.
func separator(name string) string {
	k, _ := find(name)
	return k.Kind.separator()
}

// leaf returns a value of the file as its flag would have it: the parts of a list
// joined by the separator.
func leaf(value any, separator string) (text string, ok bool) {
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
		return strings.Join(parts, separator), true
	}
	return "", false
}
