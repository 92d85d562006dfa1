package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/config"
)

// For a sign-on step by step: resume exchanges the flow for the tokens.

func newResumeCmd(a *app) *cobra.Command {
	var o sessionOptions
	cmd := &cobra.Command{
		Use:     "resume <flow-id> [flags]",
		Short:   "Exchange a completed flow for the tokens",
		GroupID: "steps",
		Long: `Exchange a completed flow for the tokens, once, with its session cookie, and
validate them. The request and the cookie are those of implicit authorize, kept
for 15 minutes; for a flow that another program began, the cookie comes from
IMPLICIT_SESSION_TOKEN or --session-token-file, and the request from the flags.

Exit status: 0 valid tokens, 2 wrong settings, 3 refused, 5 failed validation,
6 not reached.`,
		Example: `  $ implicit resume 0e1f2a3b-4c5d-4e6f-8a7b-9c0d1e2f3a4b -o json`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runResume(cmd.Context(), a, cmd.Flags(), args[0], o)
		},
	}
	o.addFlags(cmd.Flags())
	config.AddFlags(cmd.Flags(), config.Environment(), config.Request(), config.Validation(), config.Network(), config.Storage())
	a.global.record.addFlags(cmd.Flags())
	a.global.record.addCurlFlag(cmd.Flags())
	return cmd
}

func runResume(ctx context.Context, a *app, fs *pflag.FlagSet, id string, o sessionOptions) error {
	s, stop, token, err := a.flowService(ctx, fs, id, o)
	if err != nil {
		return err
	}
	defer stop()
	out, err := s.Resume(ctx, id, token)
	if out == nil {
		return err
	}
	return errors.Join(err, a.showLogin(out, s.Store))
}
