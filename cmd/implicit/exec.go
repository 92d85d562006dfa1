package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/session"
	"github.com/implicit-cli/implicit/internal/state"
)

// A program wants tokens in its environment, and they should be nowhere else.

func newExecCmd(a *app) *cobra.Command {
	var minTTL string
	cmd := &cobra.Command{
		Use:     "exec [flags] -- <command> [<argument>...]",
		Short:   "Run a command with the tokens in its environment",
		GroupID: "signon",
		Long: `Run a command with ACCESS_TOKEN and ID_TOKEN in its environment. The tokens are
obtained as by implicit token, before the command starts; they are not renewed while
it runs. Signals are passed on.

Exit status: the command's own; 126 when it cannot be run, 127 when it is not found,
and those of implicit token when there is no token.`,
		Example: `  $ implicit exec -- sh -c 'curl -H "Authorization: Bearer $ACCESS_TOKEN" https://api.example.com/orders'`,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runExec(cmd.Context(), a, cmd.Flags(), args, minTTL)
		},
	}
	cmd.Flags().SetInterspersed(false)
	addWantFlags(cmd.Flags(), nil, &minTTL)
	addTokenSettings(cmd.Flags())
	a.global.record.addFlags(cmd.Flags())
	return cmd
}

func runExec(ctx context.Context, a *app, fs *pflag.FlagSet, args []string, minTTL string) error {
	ttl, err := time.ParseDuration(minTTL)
	if err != nil || ttl < 0 {
		return usagef("--min-ttl: expected a time such as 60s, found %q", minTTL)
	}
	path, err := exec.LookPath(args[0])
	if err != nil && !errors.Is(err, exec.ErrDot) {
		return cannotRun(args[0], err)
	}
	s, stop, err := a.signOnService(ctx, config.Sources{Flags: fs, Need: config.NeedClient})
	if err != nil {
		return err
	}
	defer stop()
	e, err := s.Token(ctx, login.Want{IDToken: s.Settings.ResponseType == "id_token", TTL: ttl})
	if err != nil {
		return err
	}
	if err := a.endRecord(nil); err != nil { // now: the child owns the terminal from here on
		return err
	}
	child := exec.Command(path, args[1:]...)
	child.Args[0] = args[0]
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	child.Env = childEnv(os.Environ(), e)
	return a.runChild(child)
}

// childEnv is the environment with the tokens in it, and without what only
// this program should read.
func childEnv(environ []string, e *session.Entry) []string {
	environ = state.ChildEnv(environ)
	if e.AccessToken != "" {
		environ = append(environ, "ACCESS_TOKEN="+e.AccessToken)
	}
	if e.IDToken != "" {
		environ = append(environ, "ID_TOKEN="+e.IDToken)
	}
	return environ
}

// runChild runs the command to its end, passes signals on and gives its status
// as an error. A terminal sends its own signals to the child directly.
func (a *app) runChild(child *exec.Cmd) error {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, forwarded()...)
	defer signal.Stop(signals)
	if a.releaseSignals != nil {
		a.releaseSignals()
	}
	if err := child.Start(); err != nil {
		return cannotRun(child.Args[0], err)
	}
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	for {
		select {
		case s := <-signals:
			if !sentToGroup(s) {
				_ = child.Process.Signal(s)
			}
		case err := <-ended:
			var exit *exec.ExitError
			if errors.As(err, &exit) {
				return &silentError{exitStatus(exit.ProcessState)}
			}
			return err
		}
	}
}

// cannotRun gives the status of a shell that cannot run a command.
func cannotRun(name string, err error) error {
	exit := 126
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		exit = 127
	}
	return fault.WithExit(fault.Usage, exit, fmt.Errorf("cannot run %q: %w", name, errors.Unwrap(err)))
}
