package main

import (
	"bytes"
	"testing"

	"github.com/spf13/cobra"
)

// A command is made in whole only if the command line has its name. No user sees
// which are.
func TestCommandsMadeWhenNamed(t *testing.T) {
	t.Parallel()
	a := newBench(t).app(nil, nil, nil)
	names := []string{"completion"}
	for _, e := range commands() {
		names = append(names, e.name)
		if cmd := e.build(a); cmd.Name() != e.name || cmd.Short != e.short || cmd.GroupID != e.group {
			t.Errorf("commands() lists %s, %q, %s, and the command is %s, %q, %s: repeat its Short and GroupID there",
				e.name, e.short, e.group, cmd.Name(), cmd.Short, cmd.GroupID)
		}
	}
	all := newRootCmd(a, names)
	if none := newRootCmd(a, nil); helpOf(none) != helpOf(all) {
		t.Errorf("the root's help without its commands differs:\n%s\n%s", helpOf(none), helpOf(all))
	}
	for _, name := range names {
		alone := newRootCmd(a, []string{name})
		visit(all, func(cmd *cobra.Command) {
			path := commandNames(cmd)
			if len(path) == 0 || path[0] != name {
				return
			}
			same, _, err := alone.Find(path)
			if err != nil || helpOf(same) != helpOf(cmd) {
				t.Errorf("help of %s differs where it is made alone (%v)", cmd.CommandPath(), err)
			}
		})
	}
}

// commandNames are the names that lead from the root to cmd.
func commandNames(cmd *cobra.Command) []string {
	if !cmd.HasParent() {
		return nil
	}
	return append(commandNames(cmd.Parent()), cmd.Name())
}

func helpOf(cmd *cobra.Command) string {
	var b bytes.Buffer
	writeHelp(&b, cmd)
	return b.String()
}
