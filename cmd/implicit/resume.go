package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// Somebody signed on step by step: resume exchanges the flow for the tokens.

func newResumeCmd(a *app) *cobra.Command {
	var session sessionOptions
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
			return runResume(cmd.Context(), a, cmd, args[0], session)
		},
	}
	session.addFlags(cmd.Flags())
	config.AddFlags(cmd.Flags(), config.Environment(), config.Request(), config.Validation(), config.Network())
	return cmd
}

func runResume(ctx context.Context, a *app, cmd *cobra.Command, id string, session sessionOptions) error {
	f, err := a.openFlow(ctx, cmd, id, session)
	if err != nil {
		return err
	}
	defer f.conn.close()
	if f.client.Session.Empty() && f.step == nil {
		return usagef("nothing is kept of flow %s, and no session cookie is given: IMPLICIT_SESSION_TOKEN or --session-token-file", id)
	}
	req, err := f.request()
	if err != nil {
		return err
	}
	f.conn.Verifier.ClientID = req.ClientID
	f.conn.Prefetch(ctx)
	resp, err := f.resume(ctx, id, req)
	if err != nil {
		return f.conn.Refusal(req, resp, err)
	}
	a.steps().Forget(id)
	out := &login.Outcome{Request: req, Response: resp}
	if f.step == nil {
		err = f.conn.JudgeUnknown(ctx, out)
	} else {
		err = f.conn.Judge(ctx, out)
	}
	if err != nil {
		return err
	}
	return a.showLogin(f.conn, out)
}

// request is the one that was sent. Of a flow that another program began, only
// what the flags say is known: state and nonce are not made up for it.
func (f *openFlow) request() (*implicit.Request, error) {
	if f.step != nil {
		return f.step.Request, nil
	}
	req, err := f.conn.request()
	if err == nil {
		req.State, req.Nonce = f.conn.settings.Text("state"), f.conn.settings.Text("nonce")
	}
	return req, err
}

func (f *openFlow) resume(ctx context.Context, id string, req *implicit.Request) (*implicit.Response, error) {
	flow := &pingone.Flow{ID: id}
	if f.step != nil {
		flow.ResumeURL, flow.Response = f.step.ResumeURL, f.step.Answer
	}
	return f.client.Resume(ctx, flow, req)
}
