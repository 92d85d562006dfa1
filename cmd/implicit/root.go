package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/words"
)

// globalOptions are the flags of every command.
type globalOptions struct {
	output      string
	noColor     bool
	quiet       bool
	showSecrets bool
	record      recordOptions // of the commands that send
}

func (g *globalOptions) addFlags(fs *pflag.FlagSet) {
	fs.StringVarP(&g.output, "output", "o", "text", "`FORMAT` output: text or json")
	fs.BoolVar(&g.noColor, "no-color", false, "no colours (also NO_COLOR)")
	fs.BoolVarP(&g.quiet, "quiet", "q", false, "no progress and no warnings")
	fs.BoolVar(&g.showSecrets, "show-secrets", false, "print tokens and cookies in clear")
	fs.String("profile", "", "`NAME` profile to use (also IMPLICIT_PROFILE)")
}

func (a *app) json() bool { return a.global.output == "json" }

// run carries out one command line and returns the exit status.
func run(ctx context.Context, a *app, args []string) int {
	root := newRootCmd(a, args)
	root.SetArgs(args)
	root.SetIn(a.in)
	root.SetErr(a.errOut)
	cmd, err := root.ExecuteContextC(ctx)
	a.command = cmd.CommandPath()
	if err == nil && a.out.err != nil {
		err = fmt.Errorf("write the output: %w", a.out.err)
	}
	var child *silentError // has a status of its own, whatever reached us too
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.As(err, &child) {
		err = cause
	}
	err = a.endRecord(err)
	if err == nil {
		return 0
	}
	return a.fail(err, a.json() || saysJSON(args))
}

// saysJSON finds the wish for JSON in a command line that could not be parsed.
func saysJSON(args []string) bool {
	for i, arg := range args {
		switch arg {
		case "-o=json", "-ojson", "--output=json":
			return true
		case "-o", "--output":
			return i+1 < len(args) && args[i+1] == "json"
		}
	}
	return false
}

const rootLong = `Sign on to PingOne by the OpenID Connect implicit grant, and validate the tokens.

  $ implicit login --sandbox   the whole grant, on a PingOne inside this program
  $ implicit config init       your own environment: asks, tests and saves
  $ implicit login             signs on; then implicit token prints the token`

// newRootCmd returns the root for a command line, with what that may run.
func newRootCmd(a *app, args []string) *cobra.Command {
	var version bool
	root := &cobra.Command{
		Use:           "implicit",
		Short:         "Sign on to PingOne by the implicit grant",
		Long:          rootLong,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          func(cmd *cobra.Command, args []string) error { return unknownCommand(cmd, args) },
		RunE: func(cmd *cobra.Command, _ []string) error {
			if version {
				return a.showVersion()
			}
			return cmd.Help()
		},
	}
	root.Flags().BoolVar(&version, "version", false, "print the version")
	a.global.addFlags(root.PersistentFlags())
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		if a.catchSignals != nil && cmd.HasParent() && cmd.Name() != "version" { // it takes a tenth of the time of those
			a.catchSignals()
		}
		if err := a.checkGlobal(cmd); err != nil {
			return err
		}
		return a.beginRecord(cmd)
	}
	root.SetFlagErrorFunc(wrongFlag)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { writeHelp(a.out, cmd) })
	root.SetUsageFunc(func(cmd *cobra.Command) error { writeHelp(a.errOut, cmd); return nil })
	root.AddGroup(
		&cobra.Group{ID: "signon", Title: "Sign on"},
		&cobra.Group{ID: "steps", Title: "Step by step"},
		&cobra.Group{ID: "tokens", Title: "Look closer"},
		&cobra.Group{ID: "setup", Title: "Set up"},
	)
	root.SetHelpCommand(newHelpCmd())
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetOut(a.out) // which the hidden command for completion writes to
	addCommands(a, root, args)
	root.AddCommand(topics(a)...)
	return root
}

// newHelpCmd is Cobra's own, but for a name that is no command: that is a wrong
// call.
func newHelpCmd() *cobra.Command {
	return &cobra.Command{
		Use: "help [command | topic]", Short: "Help about any command", GroupID: "setup",
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(cmd.Root(), args)
			}
			return found.Help()
		},
		ValidArgsFunction: complete(inOrder(helpSubjects)),
	}
}

// settleArgs makes usage errors of what Cobra says about arguments, which has
// no type of its own.
func settleArgs(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			err := check(cmd, args)
			if err == nil || fault.Of(err, fault.Context{}).Kind == fault.Usage {
				return err
			}
			if strings.HasPrefix(err.Error(), "unknown command") { // what Cobra calls an argument too many
				err = fmt.Errorf("unexpected argument %q", args[0])
			}
			return usagef("%w; usage: %s", err, cmd.UseLine())
		}
	}
	for _, sub := range cmd.Commands() {
		settleArgs(sub)
	}
}

func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	cmd.SuggestionsMinimumDistance = 2
	message := fmt.Sprintf("unknown command %q for %q", args[0], cmd.CommandPath())
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		message += "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return usagef("%s", message)
}

// formats are the outputs that a command has in addition to text and json.
const formatsAnnotation = "formats"

func (a *app) checkGlobal(cmd *cobra.Command) error {
	known := append([]string{"text", "json"}, strings.Fields(cmd.Annotations[formatsAnnotation])...)
	if !slices.Contains(known, a.global.output) {
		return usagef("--output: expected %s; found %q%s", strings.Join(known, ", "), a.global.output, words.DidYouMean(a.global.output, known))
	}
	return nil
}

// group is a command that only holds others.
func group(use, short, long string, subs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Long: long}
	holdsOthers(cmd)
	cmd.AddCommand(subs...)
	return cmd
}

// holdsOthers makes a command show its help, and refuse the name of a command
// that it does not hold.
func holdsOthers(cmd *cobra.Command) {
	cmd.Args = func(cmd *cobra.Command, args []string) error { return unknownCommand(cmd, args) }
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
}
