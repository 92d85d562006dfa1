package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/internal/words"
)

// A user who mistypes wants the right word, and the help to read.

// wrongFlag makes a usage error of what Cobra says about a flag.
func wrongFlag(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return fault.As(fault.Usage, err)
	}
	known, found := flagNames(cmd), unknown.GetSpecifiedName()
	if group := unknown.GetSpecifiedShortnames(); group != "" { // one dash for two
		found, _, _ = strings.Cut(group, "=")
	}
	near := words.Near(found, known)
	if near == "" {
		return fault.As(fault.Usage, err)
	}
	return usagef("%w; did you mean --%s?", err, near)
}

func flagNames(cmd *cobra.Command) (names []string) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && f.Deprecated == "" {
			names = append(names, f.Name)
		}
	})
	return names
}

// addHelp names the help to read after a wrong call.
func (a *app) addHelp(f *fault.Fault, err error) {
	var one *config.Error
	setting := errors.As(err, &one)
	if f.Kind != fault.Usage || a.command == "" || f.Hint != "" && !setting {
		return
	}
	if f.Hint != "" {
		f.Hint += "; "
	}
	f.Hint += "see " + a.command + " --help"
}

// checkSwitches refuses a switch that the sandbox does not have.
func checkSwitches(names []string) error {
	var known []string
	for _, s := range sandbox.Switches() {
		known = append(known, s.Name)
	}
	for _, name := range names {
		bare, _, _ := strings.Cut(name, ":")
		if !slices.Contains(known, bare) {
			return usagef("--switch: the sandbox has no switch %q%s", bare, words.DidYouMean(bare, known))
		}
	}
	return nil
}
