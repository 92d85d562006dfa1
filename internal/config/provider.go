package config

import (
	"slices"
	"strings"
)

// way is one of the four ways to name a provider.
type way int

const (
	noWay way = iota
	environmentWay
	authURLWay
	issuerWay
	sandboxWay
)

func wayOf(setting string) way {
	switch setting {
	case "environment-id", "region":
		return environmentWay
	case "auth-url":
		return authURLWay
	case "issuer":
		return issuerWay
	case "sandbox":
		return sandboxWay
	}
	return noWay
}

// chooseProvider takes the way whose setting has the strongest source, so that
// a flag for one provider wins over variables for another. Two ways of equally
// strong sources contradict each other.
func (r *resolver) chooseProvider() {
	var strongest []Value
	for _, k := range Environment() {
		v, ok := r.names(k)
		switch {
		case !ok:
		case len(strongest) == 0 || v.rank < strongest[0].rank:
			strongest = []Value{v}
		case v.rank == strongest[0].rank:
			strongest = append(strongest, v)
		}
	}
	if len(strongest) == 0 {
		return
	}
	r.chosen = wayOf(strongest[0].Name)
	r.checkConflict(strongest)
}

// names returns the value by which a setting names a provider. A default does
// not, nor does a sandbox that is off.
func (r *resolver) names(k Key) (Value, bool) {
	if wayOf(k.Name) == noWay {
		return Value{}, false
	}
	v := Value{}
	if all := r.candidates(k); len(all) > 0 {
		v = all[0]
	}
	v.Name = k.Name
	if k.Name == "sandbox" {
		on, err := parseSwitch(v.Text)
		return v, err == nil && on
	}
	return v, v.rank != unset
}

func (r *resolver) checkConflict(values []Value) {
	last := values[len(values)-1]
	var others []string
	for _, v := range values {
		if wayOf(v.Name) != wayOf(last.Name) {
			others = append(others, v.Name)
		}
	}
	fs := r.src.Flags
	if len(others) == 0 || fs != nil && fs.Lookup(last.Name) == nil {
		return
	}
	r.report(&Error{Name: last.Name, Source: last.Source, Conflicts: others,
		Problem: "cannot be used together with --" + strings.Join(others, ", --") + ": they name different providers"})
}

// appliesToSandbox reports whether a value may be used with the sandbox, which
// is not the provider that variables and most profiles are made for.
func (r *resolver) appliesToSandbox(name string, v Value) bool {
	fromProfile := v.rank == byNamedProfile || v.rank == byDefaultProfile
	sandboxProfile, _ := parseSwitch(r.profile["sandbox"])
	switch name {
	case "client-id", "redirect-uri", "ca-cert":
		return v.rank == byFlag || fromProfile && sandboxProfile
	case "username", "password-file", "password-command", "new-password-file", "totp-secret-file", "otp-command", "device", "profile-data", "login-hint":
		return !fromProfile || sandboxProfile
	}
	return true
}

// useSandbox takes the settings of the embedded PingOne that are not set.
func (r *resolver) useSandbox() error {
	r.s.Provider.Sandbox = r.chosen == sandboxWay
	if !r.s.Provider.Sandbox || r.src.Sandbox == nil {
		return nil
	}
	its, err := r.src.Sandbox()
	if err != nil {
		return err
	}
	for _, k := range All() {
		if text := its.Values[k.Name]; text != "" && r.s.values[k.Name].rank == unset {
			r.s.values[k.Name] = Value{Text: text, Source: its.Source}
			r.read(k)
		}
	}
	r.s.CAPEM = slices.Concat(r.s.CAPEM, its.CACert)
	return r.problems.err()
}
