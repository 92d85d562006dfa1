package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// Sources is where settings come from.
type Sources struct {
	Flags  *pflag.FlagSet // the command's; a setting is checked only if it has a flag here. nil: no flags, all are checked
	Getenv func(string) string
	File   *File
	Flow   *Supplied // a saved flow: flags win over it, and it wins over variables; nil: none

	// Sandbox starts the embedded PingOne and returns its settings. It is called
	// once, if the sandbox is the chosen provider and every setting is right.
	// nil: it is not started, and what it would supply is not set.
	Sandbox func() (*Supplied, error)

	Need      Need
	AnyIssuer bool // nothing is fetched from the issuer, so it need not be a URL
}

// Supplied are settings that the program itself supplies.
type Supplied struct {
	Source string            // for messages: "sandbox"
	Values map[string]string // by the name of the setting
	CACert []byte            // PEM, added to Settings.CAPEM
}

// Need is what a command cannot run without.
type Need int

// The needs. Each includes those before it.
const (
	NeedNothing Need = iota
	NeedProvider
	NeedClient
	NeedRequest // a redirect URI too, unless the response mode is pi.flow
)

// Resolve takes each setting from its flag, the saved flow, its variable, a
// profile that was named, the alias of other PingOne tools, the default profile
// or its default. An empty value counts as missing, except for a flag that must
// not be empty. Each value is parsed and checked once.
//
// The error lists everything that is wrong: an [*Error], or [Problems] for more
// than one. The settings are then returned too, for showing, unless there is no
// such profile.
func Resolve(src Sources) (*Settings, error) {
	r := resolver{src: src, s: &Settings{File: src.File}}
	if err := r.findProfile(); err != nil {
		return nil, err
	}
	return r.resolve()
}

type resolver struct {
	src      Sources
	s        *Settings
	profile  Profile
	named    bool // by --profile or its variable
	chosen   way
	problems Problems
}

func (r *resolver) resolve() (*Settings, error) {
	r.chooseProvider()
	r.s.values = map[string]Value{}
	all := All()
	for _, k := range all {
		r.s.values[k.Name] = r.pick(k)
	}
	for _, k := range all {
		r.read(k)
	}
	r.readParams()
	r.checkNeed()
	if len(r.problems) > 0 {
		return r.s, r.problems.err()
	}
	return r.s, r.useSandbox()
}

func (r *resolver) report(e *Error) { r.problems = append(r.problems, e) }

func (r *resolver) findProfile() (err error) {
	r.s.Profile, r.named = r.src.File.InUse(r.src.Flags, r.src.Getenv)
	var exists bool
	r.profile, exists, err = r.src.File.Profile(r.s.Profile)
	if err == nil && !exists && r.s.Profile != defaultProfile {
		missing := r.src.File.NoProfile(r.s.Profile)
		missing.Name = "profile"
		err = missing
	}
	return err
}

// InUse returns the name of the profile that is used: --profile, its variable,
// what `config use` set. named reports whether it is one of the first two.
func (f *File) InUse(fs *pflag.FlagSet, getenv func(string) string) (name string, named bool) {
	for _, name := range []string{flagText(fs, "profile"), getenv("IMPLICIT_PROFILE")} {
		if name != "" {
			return strings.ToLower(name), true
		}
	}
	return f.Default, false
}

// candidates are the values of a setting, the strongest source first.
func (r *resolver) candidates(k Key) (all []Value) {
	add := func(text, source string, rank rank) {
		if strings.TrimSpace(text) != "" {
			all = append(all, Value{Text: text, Source: source, rank: rank})
		}
	}
	add(flagText(r.src.Flags, k.Name), "flag", byFlag)
	if flow := r.src.Flow; flow != nil {
		add(flow.Values[k.Name], flow.Source, byFlow)
	}
	env := k.Env()
	add(r.src.Getenv(env), env, byVariable)
	if r.named {
		add(r.profile[k.Name], "profile "+r.s.Profile, byNamedProfile)
	}
	if k.Alias != "" {
		add(r.src.Getenv(k.Alias), k.Alias, byAlias)
	}
	if !r.named {
		add(r.profile[k.Name], "profile "+r.s.Profile, byDefaultProfile)
	}
	add(k.Default, "default", unset)
	return all
}

// pick returns the strongest value that applies to the chosen provider.
func (r *resolver) pick(k Key) Value {
	if w := wayOf(k.Name); w != noWay && r.chosen != noWay && w != r.chosen {
		return Value{}
	}
	for _, v := range r.candidates(k) {
		if r.chosen != sandboxWay || r.appliesToSandbox(k.Name, v) {
			return v
		}
	}
	return Value{}
}

// read parses a setting. What is wrong with one that the command has no flag
// for does not matter to it.
func (r *resolver) read(k Key) {
	checked := r.src.Flags == nil || r.src.Flags.Lookup(k.Name) != nil
	if mustNotBeEmpty(k.Name) && givenEmpty(r.src.Flags, k.Name) {
		r.report(&Error{Name: k.Name, Problem: "empty"})
		return
	}
	v := r.s.values[k.Name]
	if v.Text == "" {
		return
	}
	if err := r.parse(k, v.Text); err != nil && checked {
		r.report(&Error{Name: k.Name, Source: v.Source, Problem: err.Error()})
	}
}

// checkNeed reports what is missing, unless its flag is empty: that is reported
// already.
func (r *resolver) checkNeed() {
	if r.chosen == sandboxWay {
		return
	}
	for _, e := range r.s.missing(r.src.Need) {
		if !r.problems.about(e.Name) {
			r.report(e)
		}
	}
}

func (r *resolver) text(name string) string { return r.s.values[name].Text }

// mustNotBeEmpty names the flags for which an empty value is most likely a
// script's variable that was never set.
func mustNotBeEmpty(name string) bool {
	return slices.Contains([]string{"environment-id", "region", "auth-url", "issuer", "client-id", "redirect-uri",
		"scope", "response-type", "response-mode", "method", "state", "nonce", "audience", "require-scope", "require", "trust-audience"}, name)
}

// readParams reads --param, which is a flag only.
func (r *resolver) readParams() {
	if r.src.Flags == nil || r.src.Flags.Lookup(ParamFlag) == nil {
		return
	}
	texts, err := r.src.Flags.GetStringArray(ParamFlag)
	for _, text := range texts {
		err = errors.Join(err, r.addParam(text))
	}
	if err != nil {
		r.report(&Error{Name: ParamFlag, Problem: err.Error()})
	}
}

func given(fs *pflag.FlagSet, name string) bool {
	return fs != nil && fs.Lookup(name) != nil && fs.Changed(name)
}

func flagText(fs *pflag.FlagSet, name string) string {
	values := flagValues(fs, name)
	if values == nil {
		return ""
	}
	return strings.TrimSpace(strings.Join(values, separator(name)))
}

// flagValues returns the values of a flag that is given: more than one where it is
// repeated.
func flagValues(fs *pflag.FlagSet, name string) []string {
	if !given(fs, name) {
		return nil
	}
	f := fs.Lookup(name)
	if list, ok := f.Value.(pflag.SliceValue); ok {
		return list.GetSlice()
	}
	return []string{f.Value.String()}
}

// givenEmpty reports a flag with an empty value. One of a repeated flag is enough:
// a requirement must not get lost.
func givenEmpty(fs *pflag.FlagSet, name string) bool {
	return slices.ContainsFunc(flagValues(fs, name), func(text string) bool { return strings.TrimSpace(text) == "" })
}

func parseSwitch(text string) (bool, error) {
	on, err := strconv.ParseBool(text)
	if err != nil {
		return false, fmt.Errorf("expected true or false, found %.40q", text)
	}
	return on, nil
}
