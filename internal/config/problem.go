package config

import (
	"fmt"
	"slices"
	"strings"
)

// Error says what is wrong with one setting, or with the file. Nothing was sent.
type Error struct {
	Name      string // of the setting; empty where it is about the file
	Source    string // as in [Value]; empty where it does not matter
	Problem   string
	Missing   bool     // the command cannot run without the setting
	Conflicts []string // the settings it cannot be used with
	Fix       string   // a command that repairs it; empty: none
}

func (e *Error) Error() string {
	switch {
	case e.Name == "":
		return e.Problem
	case e.Source == "":
		return fmt.Sprintf("--%s: %s", e.Name, e.Problem)
	}
	return fmt.Sprintf("--%s (from %s): %s", e.Name, e.Source, e.Problem)
}

// Kind, Exit and Hint say how the error is reported.
func (e *Error) Kind() string { return "usage" }

// Exit returns the exit status of wrong settings.
func (e *Error) Exit() int { return 2 }

// Hint says what to do next; empty: nothing to say.
func (e *Error) Hint() string {
	switch {
	case e.Fix != "":
		return "run: " + e.Fix
	case e.Missing:
		return "implicit config init asks for these settings and saves them; implicit login --sandbox works without any"
	}
	return ""
}

// Problems are all the problems of one run's settings, two or more.
type Problems []*Error

func (p Problems) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d settings are wrong", len(p))
	for _, e := range p {
		b.WriteString("\n  " + e.Error())
	}
	return b.String()
}

// Unwrap lets [errors.As] find each one.
func (p Problems) Unwrap() []error {
	all := make([]error, len(p))
	for i, e := range p {
		all[i] = e
	}
	return all
}

// Kind, Exit and Hint say how the error is reported.
func (p Problems) Kind() string { return "usage" }

// Exit returns the exit status of wrong settings.
func (p Problems) Exit() int { return 2 }

// Hint returns the first hint of the problems.
func (p Problems) Hint() string {
	for _, e := range p {
		if hint := e.Hint(); hint != "" {
			return hint
		}
	}
	return ""
}

func (p Problems) err() error {
	switch len(p) {
	case 0:
		return nil
	case 1:
		return p[0]
	}
	return p
}

func (p Problems) about(name string) bool {
	return slices.ContainsFunc(p, func(e *Error) bool { return e.Name == name })
}

// withoutSource returns the problems as those of one profile, whose name is
// known.
func (p Problems) withoutSource() Problems {
	for _, e := range p {
		e.Source = ""
	}
	return p
}
