package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/config"
)

// writeHelp writes a command's help. Cobra's own is a text/template, which keeps
// the linker from leaving out dead code.
func writeHelp(w io.Writer, cmd *cobra.Command) {
	fmt.Fprintln(w, strings.TrimSpace(longOf(cmd)))
	fmt.Fprintf(w, "\nUsage:\n  %s\n", usageLine(cmd))
	if cmd.Example != "" {
		fmt.Fprintf(w, "\nExamples:\n%s\n", strings.TrimRight(cmd.Example, "\n"))
	}
	writeCommands(w, cmd)
	writeFlags(w, cmd)
	switch {
	case !cmd.HasParent():
		fmt.Fprintf(w, "Use %s <command> --help for more about a command.\n", cmd.Name())
	case cmd.HasAvailableSubCommands():
		fmt.Fprintf(w, "\nUse %s <command> --help for more about a command.\n", cmd.CommandPath())
	}
}

func longOf(cmd *cobra.Command) string {
	if cmd.Long != "" {
		return cmd.Long
	}
	return cmd.Short
}

func usageLine(cmd *cobra.Command) string {
	holds := cmd.CommandPath() + " <command> [flags]"
	switch {
	case !cmd.HasAvailableSubCommands():
		return cmd.UseLine()
	case strings.Contains(cmd.Use, " "): // does something by itself
		return cmd.UseLine() + "\n  " + holds
	}
	return holds
}

func writeCommands(w io.Writer, cmd *cobra.Command) {
	width := 0
	for _, sub := range cmd.Commands() {
		width = max(width, len(sub.Name()))
	}
	list := func(title, id string, topics bool) {
		var lines []string
		for _, sub := range inReadingOrder(cmd.Commands()) {
			if (sub.IsAvailableCommand() || topics) && isTopic(sub) == topics && sub.GroupID == id || sub.Name() == "help" && id == sub.GroupID {
				lines = append(lines, fmt.Sprintf("  %-*s  %s", width, sub.Name(), sub.Short))
			}
		}
		if len(lines) > 0 {
			fmt.Fprintf(w, "\n%s:\n%s\n", title, strings.Join(lines, "\n"))
		}
	}
	for _, g := range cmd.Groups() {
		list(g.Title, g.ID, false)
	}
	list("Commands", "", false)
	list("Help topics", "", true)
}

// inReadingOrder puts first what most users need first; Cobra sorts by name.
func inReadingOrder(commands []*cobra.Command) []*cobra.Command {
	first := []string{"login", "token", "exec", "status", "logout", "doctor", "decode", "verify", "parse", "userinfo", "replay", "diff", "config", "sandbox"}
	rank := func(cmd *cobra.Command) int {
		if i := slices.Index(first, cmd.Name()); i >= 0 {
			return i
		}
		return len(first)
	}
	commands = slices.Clone(commands)
	slices.SortStableFunc(commands, func(x, y *cobra.Command) int { return rank(x) - rank(y) })
	return commands
}

// sections are the headings over a command's flags: those of its own first,
// then each group of settings.
func sections() []struct {
	title string
	group config.Group
} {
	return []struct {
		title string
		group config.Group
	}{
		{"Provider and application", config.Environment()},
		{"Request", config.Request()},
		{"Credentials", config.Credentials()},
		{"Validation", config.Validation()},
		{"Network and waiting", append(config.Network(), config.Waiting()...)},
		{"Storage", config.Storage()},
	}
}

func writeFlags(w io.Writer, cmd *cobra.Command) {
	var rest, record []*pflag.Flag
	byName := map[string]*pflag.Flag{}
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		if f.Annotations[recordAnnotation] != nil {
			record = append(record, f)
			return
		}
		byName[f.Name] = f
		if _, setting := f.Annotations[config.ValueAnnotation]; !setting && cmd.Root().PersistentFlags().Lookup(f.Name) == nil {
			rest = append(rest, f)
		}
	})
	flagSection(w, "Flags", rest)
	for _, s := range sections() {
		var flags []*pflag.Flag
		for _, k := range s.group {
			if f := byName[k.Name]; f != nil && f.Annotations[config.ValueAnnotation] != nil && !slices.Contains(rest, f) {
				flags = append(flags, f)
			}
		}
		flagSection(w, s.title, flags)
	}
	flagSection(w, "Record", record)
	if !cmd.HasParent() { // whose help is to be short
		fmt.Fprintln(w, "\nEvery command takes -o json, -q, --no-color, --profile NAME and --show-secrets.")
		return
	}
	var global []*pflag.Flag
	cmd.Root().PersistentFlags().VisitAll(func(f *pflag.Flag) { global = append(global, f) })
	flagSection(w, "Every command", global)
}

func flagSection(w io.Writer, title string, flags []*pflag.Flag) {
	if len(flags) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s:\n", title)
	names, width := make([]string, len(flags)), 0
	for i, f := range flags {
		names[i] = flagName(f)
		width = max(width, len(names[i]))
	}
	for i, f := range flags {
		fmt.Fprintf(w, "  %-*s  %s\n", width, names[i], flagUsage(f))
	}
}

func flagName(f *pflag.Flag) string {
	value, _ := pflag.UnquoteUsage(f)
	if annotated := f.Annotations[config.ValueAnnotation]; annotated != nil {
		value = annotated[0]
	}
	name := "    --" + f.Name
	if f.Shorthand != "" {
		name = "-" + f.Shorthand + ", --" + f.Name
	}
	return strings.TrimRight(name+" "+value, " ")
}

func flagUsage(f *pflag.Flag) string {
	usage := f.Usage
	if _, text, ok := strings.Cut(usage, "` "); ok && strings.HasPrefix(usage, "`") {
		usage = text // the name of the value is shown with the flag
	}
	byDefault := f.DefValue
	if annotated := f.Annotations[config.DefaultAnnotation]; annotated != nil {
		byDefault = annotated[0]
	}
	if !slices.Contains([]string{"", "false", "[]", "0", "0s"}, byDefault) {
		usage += fmt.Sprintf(" (default %s)", byDefault)
	}
	return usage
}
