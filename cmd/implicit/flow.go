package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/render"
	"github.com/implicit-cli/implicit/internal/session"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// For finding the step of a sign-on that fails: flow reads it and sends
// one step at a time.

type submitOptions struct {
	action string
	fields []string
	stdin  bool
}

type sessionOptions struct{ tokenFile string }

func (o *sessionOptions) addFlags(fs *pflag.FlagSet) {
	fs.StringVar(&o.tokenFile, "session-token-file", "", "`FILE` file that holds the session cookie ST; or IMPLICIT_SESSION_TOKEN")
}

func newFlowCmd(a *app) *cobra.Command {
	cmd := group("flow", "Show a sign-on flow, or send one action of it",
		`Show the sign-on flow that implicit authorize began, or send one action of it.
The request and the session cookie are kept for 15 minutes, for the next command.`,
		newFlowListCmd(a), newFlowShowCmd(a), newFlowSubmitCmd(a))
	cmd.GroupID = "steps"
	return cmd
}

func newFlowListCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the flows that are kept here",
		Long: `List the saved flows, the latest first. Nothing is sent, and the session cookie is
not shown.

Exit status: 0 listed, even if there are none.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runFlowList(cmd.Context(), a, cmd.Flags()) },
	}
	config.AddFlags(cmd.Flags(), config.Storage())
	return cmd
}

func newFlowShowCmd(a *app) *cobra.Command {
	var session sessionOptions
	cmd := &cobra.Command{
		Use:   "show <flow-id>",
		Short: "Read a flow: its status and the actions it offers",
		Long: `Read a flow: its status, what it needs and the actions it offers.

Exit status: 0 read, 2 wrong settings, 3 refused or expired, 6 not reached.`,
		Example: `  $ implicit flow show 0e1f2a3b-4c5d-4e6f-8a7b-9c0d1e2f3a4b`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runFlowShow(cmd.Context(), a, cmd.Flags(), args[0], session)
		},
	}
	session.addFlags(cmd.Flags())
	config.AddFlags(cmd.Flags(), config.Environment(), config.Network(), config.Storage())
	a.global.record.addFlags(cmd.Flags())
	a.global.record.addCurlFlag(cmd.Flags())
	return cmd
}

func newFlowSubmitCmd(a *app) *cobra.Command {
	var session sessionOptions
	var o submitOptions
	cmd := &cobra.Command{
		Use:   "submit <flow-id> [<action>] [flags]",
		Short: "Send one action of a flow",
		Long: `Send one action of a flow, once: the one its status asks for, or the one that is
named. Its fields come from --field and --fields-stdin, from the settings, or from
a prompt. Secrets are never flags: other users can read the arguments of a process.

An unknown action is sent with the fields as given; a dot in a name nests them.

Exit status: 0 done, 2 wrong settings, 3 refused (wrong password, action not
offered), 4 a user is needed, 6 not reached.`,
		Example: `  $ implicit flow submit 0e1f2a3b-4c5d-4e6f-8a7b-9c0d1e2f3a4b --username jane --password-stdin <password
  $ implicit flow submit 0e1f2a3b-4c5d-4e6f-8a7b-9c0d1e2f3a4b device.select --field device=sms
  $ echo '{"otp":"123456"}' | implicit flow submit 0e1f2a3b-4c5d-4e6f-8a7b-9c0d1e2f3a4b --fields-stdin`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 {
				o.action = args[1]
			}
			return runFlowSubmit(cmd.Context(), a, cmd.Flags(), args[0], session, o)
		},
	}
	fs := cmd.Flags()
	fs.StringArrayVar(&o.fields, "field", nil, "`NAME=VALUE` a field of the action that is not secret, such as device=sms; repeatable")
	fs.BoolVar(&o.stdin, "fields-stdin", false, "read fields from standard input, as a JSON object")
	session.addFlags(fs)
	config.AddFlags(fs, config.Environment(), config.Credentials(), config.Network(), config.Waiting(), config.Storage())
	a.global.record.addFlags(fs)
	a.global.record.addCurlFlag(fs)
	return cmd
}

func runFlowList(ctx context.Context, a *app, fs *pflag.FlagSet) error {
	settings, err := a.settings(config.Sources{Flags: fs})
	if err != nil {
		return err
	}
	store, err := a.store(ctx, settings)
	if err != nil {
		return err
	}
	flows := a.flows(store).List(ctx)
	if a.json() {
		return a.flowsJSON(flows)
	}
	if len(flows) == 0 {
		a.say("no sign-on flow is kept here; implicit authorize begins one")
		return nil
	}
	for _, f := range flows {
		fmt.Fprintln(a.out, a.style().Bold(words.Text(f.ID)))
		render.Rows(a.out, [][2]string{{"provider", words.Text(f.AuthURL)}, {"client", words.Text(f.ClientID)},
			{"scope", words.Text(f.Scope)}, {"kept until", words.When(f.Expires, a.now())}})
	}
	_, err = fmt.Fprintf(a.out, "\nNext: implicit flow show %s\n", flows[0].ID)
	return err
}

func (a *app) flowsJSON(flows []session.SavedFlow) error {
	type flowJSON struct {
		FlowID    string    `json:"flow_id"`
		AuthURL   string    `json:"auth_url"`
		ClientID  string    `json:"client_id"`
		Scope     string    `json:"scope"`
		ExpiresAt time.Time `json:"expires_at"`
	}
	list := []flowJSON{}
	for _, f := range flows {
		list = append(list, flowJSON{f.ID, f.AuthURL, f.ClientID, f.Scope, f.Expires.UTC().Truncate(time.Second)})
	}
	return words.JSON(a.out, map[string]any{"flows": list})
}

func runFlowShow(ctx context.Context, a *app, fs *pflag.FlagSet, id string, session sessionOptions) error {
	s, stop, token, err := a.flowService(ctx, fs, id, session)
	if err != nil {
		return err
	}
	defer stop()
	flow, err := s.ReadFlow(ctx, id, token)
	if err != nil {
		return err
	}
	return a.showFlow(flow)
}

func runFlowSubmit(ctx context.Context, a *app, fs *pflag.FlagSet, id string, session sessionOptions, o submitOptions) error {
	fields, body, err := a.actionFields(o)
	if err != nil {
		return err
	}
	s, stop, token, err := a.flowService(ctx, fs, id, session)
	if err != nil {
		return err
	}
	defer stop()
	flow, err := s.SubmitFlow(ctx, id, token, o.action, fields, body)
	if err != nil {
		return err
	}
	return a.showFlow(flow)
}

// flowService is signOnService at the environment that the flow was begun at,
// unless a flag names another, and the session token that was given.
func (a *app) flowService(ctx context.Context, fs *pflag.FlagSet, id string, o sessionOptions) (s *login.Service, stop func(), token implicit.Secret, err error) {
	token, err = a.sessionToken(o)
	if err != nil {
		return nil, nil, token, err
	}
	a.secrets.Add(token)
	saved, err := a.savedFlow(ctx, fs, id)
	if err != nil {
		return nil, nil, token, err
	}
	src := config.Sources{Flags: fs, Need: config.NeedProvider}
	if saved != nil {
		src.Flow = &config.Supplied{Source: "the flow", Values: map[string]string{"auth-url": saved.AuthURL}}
	}
	s, stop, err = a.signOnService(ctx, src)
	return s, stop, token, err
}

// savedFlow loads the flow before the settings are resolved, which it is a source
// of.
func (a *app) savedFlow(ctx context.Context, fs *pflag.FlagSet, id string) (*session.Flow, error) {
	settings, err := a.settings(config.Sources{Flags: fs})
	if err != nil {
		return nil, err
	}
	store, err := a.store(ctx, settings)
	if err != nil {
		return nil, err
	}
	return a.flows(store).Load(ctx, id)
}

func (a *app) sessionToken(o sessionOptions) (token implicit.Secret, err error) {
	token = implicit.NewSecret(strings.TrimSpace(a.getenv("IMPLICIT_SESSION_TOKEN")))
	if o.tokenFile != "" {
		if token, err = a.secretFile("--session-token-file", o.tokenFile); err != nil {
			return token, err
		}
	}
	if strings.ContainsFunc(token.Reveal(), noCookieOctet) {
		return implicit.Secret{}, usagef("session token: expected the bare value of the cookie ST, without its name and attributes")
	}
	return token, nil
}

// noCookieOctet follows RFC 6265 section 4.1.1.
func noCookieOctet(c rune) bool { return c <= ' ' || c > '~' || strings.ContainsRune(`",;\`, c) }
