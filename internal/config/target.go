package config

import (
	"slices"
	"strings"
)

// targets are the three ways to name a provider, each the settings it is made
// of. Only one can hold.
var targets = [][]string{{"environment-id", "region"}, {"auth-url"}, {"issuer"}}

// settleTarget keeps the way whose setting comes from the strongest source, so
// that a flag for one provider wins over variables for another. Two ways from
// equally strong sources contradict each other.
func (s *Settings) settleTarget() error {
	if on, _ := s.Switch("sandbox"); on {
		return s.settleSandbox()
	}
	best, chosen, clash := 0, -1, []string(nil)
	for i, names := range targets {
		for _, name := range names {
			switch rank := s.Get(name).rank; {
			case rank == 0:
			case best == 0 || rank < best:
				best, chosen, clash = rank, i, []string{name}
			case rank == best && chosen != i:
				clash = append(clash, name)
			}
		}
	}
	if len(clash) > 1 {
		return s.Problem(clash[len(clash)-1], "cannot stand beside --%s: they name two different providers", strings.Join(clash[:len(clash)-1], ", --"))
	}
	for i, names := range targets {
		if chosen >= 0 && i != chosen {
			for _, name := range names {
				s.values[name] = Value{}
			}
		}
	}
	return nil
}

// settleSandbox drops what names another provider; by a flag it contradicts.
func (s *Settings) settleSandbox() error {
	for _, name := range slices.Concat(targets...) {
		if s.Get(name).Source == "flag" {
			return s.Problem(name, "cannot stand beside --sandbox, which is a provider of its own")
		}
		s.values[name] = Value{}
	}
	for _, name := range []string{"client-id", "redirect-uri", "ca-cert"} {
		if s.Get(name).Source != "flag" {
			s.values[name] = Value{}
		}
	}
	// A profile's people are those of the provider it was made for.
	for _, name := range []string{"username", "password-file", "login-hint"} {
		if s.profile["sandbox"] == "" && s.fromProfile(name) {
			s.values[name] = Value{}
		}
	}
	return nil
}

func (s *Settings) fromProfile(name string) bool {
	return strings.HasPrefix(s.Get(name).Source, "profile ")
}
