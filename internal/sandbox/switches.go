package sandbox

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// Switch is a named deviation from the sandbox's default behaviour.
type Switch struct {
	Name  string // kebab-case, as Options.Switches and Set take it
	Does  string // one phrase
	Group string // "reading": PingOne's pages allow it; "fault": a server or a setting gone wrong
	Shown Shown  // what shows a reading; empty for a fault
	// HiddenBy are readings under which this one cannot be seen.
	HiddenBy []string
	// Legs, when not empty, are the requests the switch can act on: name one
	// after a colon (html-502:resume), or none to act on them all.
	Legs []string
}

// The legs of a sign-on, each one kind of request, as switches name them.
const (
	legDiscovery = "discovery"
	legJWKS      = "jwks"
	legAuthorize = "authorize"
	legFlow      = "flow"   // reading a flow
	legAction    = "action" // acting on a flow
	legResume    = "resume"
	legUserinfo  = "userinfo"
	legSignoff   = "signoff" // signoff and idpSignoff
	legPage      = "page"    // the hosted sign-on page
)

// The groups of switches.
const (
	reading = "reading"
	fault   = "fault"
)

// Shown says what a client must do to see which reading a PingOne follows.
type Shown string

// No wrong credential is ever sent to see a reading: what only one would show is
// Never seen, and so is what another policy, user or response mode would show.
const (
	Anonymous Shown = "anonymous" // requests without a credential
	SignedOn  Shown = "signed-on" // one sign-on, and userinfo
	Never     Shown = "never"
)

// Switches returns every switch, readings first, sorted by name within a group.
func Switches() []Switch {
	all := readings()
	for i := range all {
		all[i].Group = reading
	}
	for _, sw := range slices.Concat(serverFaults(), applicationFaults(), signOnFaults(), legFaults()) {
		sw.Group = fault
		all = append(all, sw)
	}
	sort.Slice(all, func(i, j int) bool {
		return cmp.Or(strings.Compare(all[j].Group, all[i].Group), strings.Compare(all[i].Name, all[j].Name)) < 0
	})
	return all
}

// Legs are the names of the kinds of requests.
func Legs() []string {
	return []string{legDiscovery, legJWKS, legAuthorize, legFlow, legAction, legResume, legUserinfo, legSignoff, legPage}
}

// expandSwitch checks a name and returns what it means: itself, or the
// switch at each of its legs.
func expandSwitch(name string) ([]string, error) {
	bare, leg, hasLeg := strings.Cut(name, ":")
	known := Switches()
	i := slices.IndexFunc(known, func(sw Switch) bool { return sw.Name == bare })
	if i < 0 {
		return nil, fmt.Errorf("sandbox: unknown switch %q; known are %s", name, strings.Join(switchNames(known), ", "))
	}
	legs := known[i].Legs
	switch {
	case !hasLeg && len(legs) == 0:
		return []string{bare}, nil
	case !hasLeg:
		names := make([]string, len(legs))
		for j, l := range legs {
			names[j] = bare + ":" + l
		}
		return names, nil
	case slices.Contains(legs, leg):
		return []string{name}, nil
	case len(legs) == 0:
		return nil, fmt.Errorf("sandbox: switch %q takes no leg, got %q", bare, name)
	}
	return nil, fmt.Errorf("sandbox: unknown leg in switch %q; known are %s", name, strings.Join(legs, ", "))
}

func switchNames(all []Switch) []string {
	names := make([]string, len(all))
	for i, sw := range all {
		names[i] = sw.Name
		if len(sw.Legs) > 0 {
			names[i] += "[:LEG]"
		}
	}
	return names
}
