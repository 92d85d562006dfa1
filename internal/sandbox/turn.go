package sandbox

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// SwitchState is a switch that is on.
type SwitchState struct {
	Name string `json:"name"`
	// Application is the client ID of the one whose requests it acts on; empty for all.
	Application string `json:"application,omitempty"`
	// For is on how many more requests it acts; 0 means until it is turned off.
	For int `json:"for,omitempty"`
}

// limitedSwitch is a switch that is on for some requests.
type limitedSwitch struct {
	SwitchState
	names []string // with legs
	ends  bool     // when For is used up
}

// request is what is known of the request that is being answered.
type request struct {
	app     *application // nil where it names none, or none that is known
	flow    *flow
	account *account
	why     string           // it matched no application or redirect URI
	fault   string           // that acted, where one did
	used    []*limitedSwitch // that have acted on it

	on             []string       // switches for it alone
	claims, header map[string]any // of the tokens that it gets
}

func (r *request) application() *application {
	if r.app == nil && r.flow != nil {
		return r.flow.req.app
	}
	return r.app
}

func (r *request) user() *account {
	if r.account == nil && r.flow != nil {
		return r.flow.account
	}
	return r.account
}

// Set turns a switch on or off while the sandbox runs, for all requests. It refuses an
// unknown name or leg, naming the known ones.
func (s *Sandbox) Set(name string, on bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.set(name, on)
}

func (s *Sandbox) set(name string, on bool) error {
	names, err := expandSwitch(name)
	if err != nil {
		return err
	}
	for _, n := range names {
		s.switches[n] = on
		delete(s.spent, n)
	}
	if !on {
		other := func(n string) bool { return !slices.Contains(names, n) }
		s.limited = slices.DeleteFunc(s.limited, func(l *limitedSwitch) bool { return !slices.ContainsFunc(l.names, other) })
	}
	if name == "rotated-key" && s.keys != nil {
		s.keys.hideLate()
	}
	return nil
}

// SetFor turns a switch on for the requests of one application (a client ID or a name;
// empty means all), and for the next n requests on which it acts (0 means until it is
// turned off). It takes the place of an earlier SetFor of the same switch and
// application.
func (s *Sandbox) SetFor(state SwitchState) error {
	names, err := knownSwitch(state.Name)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if state.Application == "" && state.For == 0 {
		return s.set(state.Name, true)
	}
	if state.Application != "" {
		app := s.named(state.Application)
		if app == nil {
			return &NotFoundError{What: "application", Name: state.Application}
		}
		bare, leg, _ := strings.Cut(state.Name, ":")
		if actsOnEnvironment(bare, leg) {
			return &ValueError{fmt.Sprintf("%q acts on the whole environment, not on one application", state.Name)}
		}
		state.Application = app.ClientID
	}
	s.unset(state.Name, state.Application)
	for _, n := range names {
		delete(s.spent, n)
	}
	s.limited = append(s.limited, &limitedSwitch{state, names, state.For > 0})
	return nil
}

// Unset turns off what SetFor turned on for an application, and what its tenant has
// turned on for it; with an empty application, what is on for all, and for some requests.
func (s *Sandbox) Unset(name, application string) error {
	names, err := knownSwitch(name)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	app := s.named(application)
	switch {
	case application == "":
		return s.set(name, false)
	case app == nil:
		return &NotFoundError{What: "application", Name: application}
	}
	for _, n := range names {
		delete(app.switches, n)
	}
	s.unset(name, app.ClientID)
	return nil
}

func (s *Sandbox) unset(name, clientID string) {
	s.limited = slices.DeleteFunc(s.limited, func(l *limitedSwitch) bool { return l.Name == name && l.Application == clientID })
}

// SwitchesOn lists the switches that are on, sorted by name.
func (s *Sandbox) SwitchesOn() []SwitchState {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []SwitchState{}
	for name, on := range s.switches {
		if on {
			list = append(list, SwitchState{Name: name})
		}
	}
	for _, a := range s.apps {
		for name := range a.switches {
			list = append(list, SwitchState{Name: name, Application: a.ClientID})
		}
	}
	for _, l := range s.limited {
		list = append(list, l.SwitchState)
	}
	sort.Slice(list, func(i, j int) bool {
		a, b := list[i], list[j]
		return a.Name < b.Name || a.Name == b.Name && a.Application < b.Application
	})
	return list
}

// named returns the application with a client ID or else a name, or nil.
func (s *Sandbox) named(name string) *application {
	if app := s.application(name); app != nil {
		return app
	}
	for _, a := range s.apps {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// on reports whether a switch is on, for all or for the application whose request
// is being answered. The caller holds s.mu.
func (s *Sandbox) on(name string) bool {
	if s.switches[name] {
		return true
	}
	if s.request == nil {
		return false
	}
	app := s.request.application()
	return slices.Contains(s.request.on, name) || app != nil && app.switches[name] || s.limitedOn(name, app)
}

// limitedOn counts a request once, however often its answer asks for the switch.
func (s *Sandbox) limitedOn(name string, app *application) bool {
	for _, l := range s.limited {
		switch {
		case !slices.Contains(l.names, name), l.Application != "" && (app == nil || app.ClientID != l.Application):
		case !l.ends, slices.Contains(s.request.used, l):
			return true
		case l.For > 0:
			l.For--
			s.request.used = append(s.request.used, l)
			return true
		}
	}
	return slices.ContainsFunc(s.request.used, func(l *limitedSwitch) bool { return slices.Contains(l.names, name) })
}

// endRequest drops the switches that have acted on their last request.
func (s *Sandbox) endRequest() {
	s.request = nil
	s.limited = slices.DeleteFunc(s.limited, func(l *limitedSwitch) bool { return l.ends && l.For == 0 })
}

// knownSwitch is expandSwitch with a suggestion in place of all names.
func knownSwitch(name string) ([]string, error) {
	names, err := expandSwitch(name)
	if err == nil {
		return names, nil
	}
	bare, _, _ := strings.Cut(name, ":")
	return nil, &ValueError{fmt.Sprintf("unknown switch or leg %q%s", name, cmp.Or(didYouMean(bare, bareSwitchNames()), `; "implicit sandbox list switches" has them`))}
}

// NotFoundError says that there is no user or application of a name.
type NotFoundError struct{ What, Name string }

func (e *NotFoundError) Error() string { return fmt.Sprintf("no %s %q", e.What, e.Name) }

// Kind is the class of the error: wrong usage.
func (e *NotFoundError) Kind() string { return "usage" }
