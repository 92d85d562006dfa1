package config

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/words"
)

// Profile is one set of settings, by the names of their flags.
type Profile map[string]string

// Check returns the settings of the profile alone if each is right and they do
// not contradict each other. The error is as [Resolve]'s.
func (p Profile) Check() (*Settings, error) {
	none := func(string) string { return "" }
	r := resolver{src: Sources{Getenv: none}, s: &Settings{Profile: defaultProfile, File: &File{Default: defaultProfile}}, profile: p}
	s, err := r.resolve()
	if err != nil {
		return nil, r.problems.withoutSource().err()
	}
	return s, nil
}

// FromFlags returns the settings that flags give, as a profile that can be
// stored.
func FromFlags(fs *pflag.FlagSet) (Profile, error) {
	p := Profile{}
	for _, k := range All() {
		if given(fs, k.Name) {
			value, err := Storable(k.Name, flagText(fs, k.Name))
			if err != nil {
				return nil, err
			}
			p[k.Name] = value
		}
	}
	return p, nil
}

// Storable returns the value as it is written to a profile: files by their
// absolute path, since a profile is used from any directory. The error, an
// [*Error], is for secrets and for what must be new for each request.
func Storable(name, value string) (string, error) {
	name = settingName(name)
	k, known := find(name)
	problem := ""
	switch {
	case name == "password":
		problem = "passwords are not stored in the configuration file; name a file that holds it with password-file"
	case name == "id-token-hint":
		problem = "tokens are not stored in the configuration file; give it with each call"
	case name == "state", name == "nonce":
		problem = "must be new for each request, so it is not stored in a profile; it is random unless a call gives it"
	case name == "password-stdin":
		problem = "applies to one call and is not stored in a profile"
	case !known:
		return "", &Error{Problem: fmt.Sprintf("unknown setting %.40q%s", name, unknownSetting(name))}
	case strings.TrimSpace(value) == "":
		problem = "empty; implicit config unset removes a setting"
	}
	if problem != "" {
		return "", &Error{Name: name, Problem: problem}
	}
	if k.Value == "FILE" {
		return filepath.Abs(value)
	}
	return value, nil
}

// unknownSetting names the setting that was meant, or all of them.
func unknownSetting(name string) string {
	if near := words.DidYouMean(name, settingNames()); near != "" {
		return near
	}
	return "; the settings are " + strings.Join(settingNames(), " ")
}

func settingNames() []string {
	var names []string
	for _, k := range All() {
		names = append(names, k.Name)
	}
	return names
}
