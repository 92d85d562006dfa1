package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/viper"
)

// Formats are the endings that a configuration file may have.
var formats = []string{"yaml", "yml", "toml", "json"}

// File is the configuration file: named profiles, and which is used unless one
// is named. A file that is not there is an empty one.
type File struct {
	Path     string // where it is, or would be
	Default  string // what `config use` set; "default" where nothing did
	Profiles map[string]Profile
}

// Profile is one set of settings, by the names of their flags.
type Profile map[string]string

// ReadFile reads config.yaml, .yml, .toml or .json of dir.
func ReadFile(dir string) (*File, error) {
	f := &File{Path: filepath.Join(dir, "config.yaml"), Default: "default", Profiles: map[string]Profile{}}
	var found []string
	for _, format := range formats {
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
	v := viper.NewWithOptions(viper.KeyDelimiter("\x00")) // a profile's name may hold a dot
	v.SetConfigFile(f.Path)
	if err := v.ReadInConfig(); err != nil {
		return &Error{Problem: fmt.Sprintf("configuration file %s: %v", f.Path, err)}
	}
	for name, value := range v.AllSettings() {
		switch strings.ReplaceAll(name, "_", "-") {
		case "default-profile":
			f.Default = strings.ToLower(fmt.Sprint(value))
		case "profiles":
			if err := f.readProfiles(value); err != nil {
				return err
			}
		default:
			return f.problem("expected default-profile and profiles, found %q", name)
		}
	}
	return nil
}

func (f *File) readProfiles(value any) error {
	profiles, ok := value.(map[string]any)
	if !ok && value != nil {
		return f.problem("expected profiles to hold one block a profile")
	}
	for name, value := range profiles {
		block, ok := value.(map[string]any)
		if !ok && value != nil {
			return f.problem("profile %q: expected its settings, found %v", name, value)
		}
		profile := Profile{}
		for key, value := range block {
			key = strings.ReplaceAll(key, "_", "-")
			if !known(key) {
				return f.problem("profile %q: %q is no setting", name, key)
			}
			profile[key] = text(value)
		}
		f.Profiles[name] = profile
	}
	return nil
}

func (f *File) problem(format string, args ...any) error {
	return &Error{Problem: "configuration file " + f.Path + ": " + fmt.Sprintf(format, args...)}
}

func known(name string) bool {
	return slices.ContainsFunc(All(), func(k Key) bool { return k.Name == name })
}

// text writes a value of the file as its flag would say it.
func text(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case []any:
		parts := make([]string, len(v))
		for i, part := range v {
			parts[i] = fmt.Sprint(part)
		}
		return strings.Join(parts, " ")
	}
	return fmt.Sprint(value)
}
