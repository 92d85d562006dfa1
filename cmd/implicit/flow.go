package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/render"
	"github.com/implicit-cli/implicit/internal/state"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// Somebody wants to know which step of a sign-on fails: flow reads it and sends
// one step at a time.

type submitOptions struct {
	action string
	data   string
}

type sessionOptions struct{ tokenFile string }

func (o *sessionOptions) addFlags(fs *pflag.FlagSet) {
	fs.StringVar(&o.tokenFile, "session-token-file", "", "`FILE` file that holds the session cookie ST; or IMPLICIT_SESSION_TOKEN")
}

func newFlowCmd(a *app) *cobra.Command {
	cmd := group("flow", "Look at a sign-on flow, or send one step of it",
		`Look at the sign-on flow that implicit authorize began, or send one step of it.
The request and the session cookie are kept for 15 minutes, for the next command.`,
		newFlowShowCmd(a), newFlowSubmitCmd(a))
	cmd.GroupID = "steps"
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
			return a.withFlow(cmd, args[0], session, func(ctx context.Context, f *openFlow) (*pingone.Flow, error) {
				return f.client.Flow(ctx, args[0])
			})
		},
	}
	session.addFlags(cmd.Flags())
	config.AddFlags(cmd.Flags(), config.Environment(), config.Network())
	return cmd
}

func newFlowSubmitCmd(a *app) *cobra.Command {
	var session sessionOptions
	var o submitOptions
	cmd := &cobra.Command{
		Use:   "submit <flow-id> [flags]",
		Short: "Send one action of a flow",
		Long: `Send one action of a flow, once: the one its status asks for, with the user name
and password at hand, or the one named by --action with the JSON of --data.

Exit status: 0 done, 2 wrong settings, 3 refused (wrong password, action not
offered), 4 a person is needed, 6 not reached.`,
		Example: `  $ implicit flow submit 0e1f2a3b-4c5d-4e6f-8a7b-9c0d1e2f3a4b --username jane --password-stdin <password
  $ echo '{}' | implicit flow submit 0e1f2a3b-4c5d-4e6f-8a7b-9c0d1e2f3a4b --action session.reset --data -`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withFlow(cmd, args[0], session, func(ctx context.Context, f *openFlow) (*pingone.Flow, error) {
				return a.submit(ctx, f, args[0], o)
			})
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&o.action, "action", "", "`NAME` action, such as usernamePassword.check")
	fs.StringVar(&o.data, "data", "", "`FILE` the action's JSON body; - for standard input")
	session.addFlags(fs)
	config.AddFlags(fs, config.Environment(), config.Credentials(), config.Network())
	return cmd
}

// openFlow is a flow that an earlier command began.
type openFlow struct {
	client *pingone.Client
	step   *login.Step // nil where nothing was kept
	conn   *connection
}

// withFlow opens the flow id, lets do work on it, and keeps what came of it for
// the next command.
func (a *app) withFlow(cmd *cobra.Command, id string, session sessionOptions, do func(context.Context, *openFlow) (*pingone.Flow, error)) error {
	ctx := cmd.Context()
	f, err := a.openFlow(ctx, cmd, id, session)
	if err != nil {
		return err
	}
	defer f.conn.close()
	flow, err := do(ctx, f)
	if saved := a.keepStep(f, id, flow); saved != nil {
		a.warn("%v", saved)
	}
	if err != nil {
		return err
	}
	return a.showFlow(flow)
}

// openFlow connects to the environment that the flow was begun at, with the
// cookies of its session.
func (a *app) openFlow(ctx context.Context, cmd *cobra.Command, id string, session sessionOptions) (*openFlow, error) {
	step, err := a.steps().Load(id)
	if err != nil {
		return nil, err
	}
	if step != nil && cmd.Flags().Lookup("auth-url") != nil && !namesProvider(cmd.Flags()) {
		if err := cmd.Flags().Set("auth-url", step.AuthURL); err != nil {
			return nil, err
		}
	}
	c, err := a.connect(ctx, cmd)
	if err != nil {
		return nil, err
	}
	if c.Target.PingOne == nil {
		return nil, usagef("a sign-on flow is PingOne's; --issuer names another provider")
	}
	f := &openFlow{client: &pingone.Client{Environment: *c.Target.PingOne, HTTP: c.HTTP}, step: step, conn: c}
	if step != nil && step.AuthURL == c.Target.PingOne.AuthURL() {
		f.client.Session = step.Session
	}
	token, err := a.sessionToken(session)
	if !token.Empty() {
		f.client.Session = pingone.SessionFromToken(token)
	}
	return f, err
}

// namesProvider reports whether a flag says which provider is asked.
func namesProvider(fs *pflag.FlagSet) bool {
	return fs.Changed("auth-url") || fs.Changed("environment-id") || fs.Changed("region") || fs.Changed("issuer") || fs.Changed("sandbox")
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

func (a *app) keepStep(f *openFlow, id string, flow *pingone.Flow) error {
	if f.step == nil {
		return nil
	}
	f.step.Session = f.client.Session
	if flow != nil {
		f.step.Answer, f.step.ResumeURL = flow.Response, flow.ResumeURL
		if flow.ID != "" && flow.ID != id {
			if err := a.steps().Save(flow.ID, f.step); err != nil {
				return err
			}
		}
	}
	return a.steps().Save(id, f.step)
}

func (a *app) submit(ctx context.Context, f *openFlow, id string, o submitOptions) (*pingone.Flow, error) {
	var body json.RawMessage
	if o.data != "" {
		if o.action == "" {
			return nil, usagef("--data needs --action")
		}
		var err error
		if body, err = a.actionBody(o.data); err != nil {
			return nil, err
		}
	}
	flow, err := f.client.Flow(ctx, id)
	if err != nil {
		return nil, err
	}
	if flow.ID == "" {
		flow.ID = id
	}
	if body != nil {
		return f.client.Submit(ctx, flow, o.action, body)
	}
	creds, err := a.credentials(f.conn)
	if err != nil {
		return nil, err
	}
	return f.client.Step(ctx, flow, o.action, creds)
}

func (a *app) actionBody(name string) (json.RawMessage, error) {
	const maxBody = 1 << 20
	read := func() ([]byte, error) { return state.ReadTextFile(name, "--data", maxBody) }
	if name == "-" {
		read = func() ([]byte, error) { return state.ReadText(a.in, "--data", maxBody) }
	}
	data, err := read()
	if err != nil {
		return nil, err
	}
	if !json.Valid(data) {
		return nil, usagef("--data: expected JSON")
	}
	return data, nil
}

func (a *app) showFlow(flow *pingone.Flow) error {
	var needs []string
	for _, field := range flow.Needs() {
		needs = append(needs, string(field))
	}
	if a.json() {
		return render.JSON(a.out, struct {
			FlowID    string   `json:"flow_id"`
			Status    string   `json:"status"`
			Needs     []string `json:"needs,omitempty"`
			Actions   []string `json:"actions,omitempty"`
			Username  string   `json:"username,omitempty"`
			ResumeURL string   `json:"resume_url,omitempty"`
		}{flow.ID, flow.Status, needs, flow.Actions(), flow.User.Username, flow.ResumeURL})
	}
	rows := [][2]string{{"flow ID", flow.ID}, {"status", render.Text(flow.Status)}, {"needs", strings.Join(needs, ", ")}}
	for _, row := range [][2]string{{"application", flow.Application}, {"user", flow.User.Username}, {"actions", strings.Join(flow.Actions(), ", ")}} {
		if row[1] != "" {
			rows = append(rows, [2]string{row[0], render.Text(row[1])})
		}
	}
	if !flow.ExpiresAt.IsZero() {
		rows = append(rows, [2]string{"expires", render.When(flow.ExpiresAt, a.now())})
	}
	render.Rows(a.out, rows)
	next := "implicit flow submit " + flow.ID
	if flow.Completed() || flow.Failed() {
		next = "implicit resume " + flow.ID
	}
	_, err := fmt.Fprintf(a.out, "\nNext: %s\n", next)
	return err
}
