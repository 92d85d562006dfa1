package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// Value is a setting and where it came from: "flag", the name of a variable,
// "profile NAME", "sandbox", "default", or "" for what is not set.
type Value struct {
	Text   string
	Source string

	rank int // the smaller, the stronger the source; 0: a default or nothing
}

// Settings are all settings of one run.
type Settings struct {
	Profile string // the one in use
	File    *File

	profile Profile
	values  map[string]Value
}

// Sources is where settings come from.
type Sources struct {
	Flags  *pflag.FlagSet // those of the command; nil: none
	Getenv func(string) string
	File   *File
}

// AddFlags gives fs a flag for every key of the groups.
func AddFlags(fs *pflag.FlagSet, groups ...Group) {
	for _, k := range join(groups...) {
		switch k.Kind {
		case Switch:
			fs.Bool(k.Name, false, k.Usage)
		case List:
			fs.StringArray(k.Name, nil, k.Usage)
		default:
			fs.String(k.Name, "", k.Usage)
		}
		fs.Lookup(k.Name).Annotations = map[string][]string{ValueAnnotation: {k.Value}, DefaultAnnotation: {k.Default}}
	}
}

// Annotations of a setting's flag, for the help text: the default does not
// stand in the flag itself, where it would hide that nobody gave it.
const (
	ValueAnnotation   = "value"
	DefaultAnnotation = "default"
)

// Resolve settles every setting: flag, then its variable, a profile that was
// named, the alias of other PingOne tools, the default profile, the default. An
// empty value counts as missing, but for a flag that may not be empty.
func Resolve(src Sources) (*Settings, error) {
	s := &Settings{File: src.File, values: map[string]Value{}}
	named, err := s.chooseProfile(src)
	if err != nil {
		return nil, err
	}
	for _, k := range All() {
		v, err := s.resolve(k, src, named)
		if err != nil {
			return nil, err
		}
		s.values[k.Name] = v
	}
	return s, s.settleTarget()
}

// chooseProfile finds the profile, and whether somebody named it.
func (s *Settings) chooseProfile(src Sources) (named bool, err error) {
	s.Profile, named = src.File.InUse(src.Flags, src.Getenv)
	profile, exists, err := src.File.Profile(s.Profile)
	if err == nil && !exists && s.Profile != defaultProfile {
		err = src.File.noProfile(s.Profile)
	}
	s.profile = profile
	return named, err
}

// InUse returns the name of the profile that is used: --profile, its variable,
// what `config use` set. named says that one of the first two did.
func (f *File) InUse(fs *pflag.FlagSet, getenv func(string) string) (name string, named bool) {
	for _, name := range []string{flagText(fs, "profile"), getenv("IMPLICIT_PROFILE")} {
		if name != "" {
			return strings.ToLower(name), true
		}
	}
	return f.Default, false
}

func (s *Settings) resolve(k Key, src Sources, named bool) (Value, error) {
	if given(src.Flags, k.Name) && flagText(src.Flags, k.Name) == "" && mayNotBeEmpty(k.Name) {
		return Value{}, &Error{Name: k.Name, Problem: "empty"}
	}
	profile := s.profile[k.Name]
	candidates := []Value{{flagText(src.Flags, k.Name), "flag", 1}, {src.Getenv(k.Env()), k.Env(), 2}}
	if named {
		candidates = append(candidates, Value{profile, "profile " + s.Profile, 3})
	}
	if k.Alias != "" {
		candidates = append(candidates, Value{src.Getenv(k.Alias), k.Alias, 4})
	}
	candidates = append(candidates, Value{profile, "profile " + s.Profile, 5}, Value{k.Default, "default", 0})
	for _, v := range candidates {
		if strings.TrimSpace(v.Text) != "" {
			return v, nil
		}
	}
	return Value{}, nil
}

// mayNotBeEmpty names the flags whose empty value is a variable of a script
// that was never set, and not a wish.
func mayNotBeEmpty(name string) bool {
	return slices.Contains([]string{"environment-id", "region", "auth-url", "issuer", "client-id", "redirect-uri",
		"scope", "response-type", "response-mode", "method", "state", "nonce"}, name)
}

func given(fs *pflag.FlagSet, name string) bool {
	return fs != nil && fs.Lookup(name) != nil && fs.Changed(name)
}

func flagText(fs *pflag.FlagSet, name string) string {
	if !given(fs, name) {
		return ""
	}
	f := fs.Lookup(name)
	if list, ok := f.Value.(pflag.SliceValue); ok {
		return strings.TrimSpace(strings.Join(list.GetSlice(), " "))
	}
	return f.Value.String()
}

// Get returns a setting; its Text is empty where nothing set it.
func (s *Settings) Get(name string) Value {
	v, ok := s.values[name]
	if !ok {
		panic("config: no setting " + name)
	}
	return v
}

// Text returns a setting's text.
func (s *Settings) Text(name string) string { return s.Get(name).Text }

// Override sets what nobody gave by a flag: the sandbox's own settings.
func (s *Settings) Override(name, text, source string) {
	if s.Get(name).Source != "flag" {
		s.values[name] = Value{Text: text, Source: source}
	}
}

// Fill sets what nothing but a default sets.
func (s *Settings) Fill(name, text, source string) {
	if v := s.Get(name); v.Source == "" || v.Source == "default" {
		s.values[name] = Value{Text: text, Source: source}
	}
}

// Problem returns an error about a setting that names where it came from.
func (s *Settings) Problem(name, format string, args ...any) error {
	return &Error{name, s.Get(name).Source, fmt.Sprintf(format, args...)}
}

// Duration returns a setting that is a time: "30s", "5m", or whole seconds.
func (s *Settings) Duration(name string) (time.Duration, error) {
	text := s.Text(name)
	d, err := time.ParseDuration(text)
	if seconds, number := strconv.ParseInt(text, 10, 32); number == nil {
		d, err = time.Duration(seconds)*time.Second, nil
	}
	if err != nil || d < 0 {
		return 0, s.Problem(name, "expected a time such as 30s or 5m, found %q", text)
	}
	return d, nil
}

// Switch returns a setting that is on or off.
func (s *Settings) Switch(name string) (bool, error) {
	text := s.Text(name)
	if text == "" {
		return false, nil
	}
	on, err := strconv.ParseBool(text)
	if err != nil {
		return false, s.Problem(name, "expected true or false, found %q", text)
	}
	return on, nil
}

// Words returns a setting that is a list, separated by spaces or commas.
func (s *Settings) Words(name string) []string {
	return strings.FieldsFunc(s.Text(name), func(c rune) bool { return c == ' ' || c == ',' })
}
