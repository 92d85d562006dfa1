package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/credstore"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/prompt"
	"github.com/implicit-cli/implicit/internal/render"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// A script wants a token and nothing else, in milliseconds if there is one.

type tokenOptions struct {
	idToken  bool
	minTTL   string
	format   string
	shell    string
	template string
}

func newTokenCmd(a *app) *cobra.Command {
	var o tokenOptions
	cmd := &cobra.Command{
		Use:     "token [flags]",
		Short:   "Print a valid access token, for scripts",
		GroupID: "signon",
		Long: `Print a valid access token and nothing else: the stored one while it is good, else
one renewed by the sign-on session, else one got with the credentials in the
environment. Where a person is needed it says so and exits with 4.

Exit status: 0 a valid token, 2 wrong settings, 3 refused, 4 run implicit login,
5 failed validation, 6 not reached.`,
		Example: `  $ TOKEN=$(implicit token)
  $ implicit token --format curl | curl -K - https://api.example.com/orders
  $ implicit token --template '{{.claims.id_token.sub}}'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runToken(cmd.Context(), a, cmd, o) },
	}
	fs := cmd.Flags()
	addWantFlags(fs, &o.idToken, &o.minTTL)
	fs.StringVar(&o.format, "format", "raw", "`FORMAT` raw, json, env, header, curl, github or exec-credential")
	fs.StringVar(&o.shell, "shell", "sh", "`SHELL` that --format env is for: sh, fish or powershell")
	fs.StringVar(&o.template, "template", "", "`TEXT` print this text instead, with paths such as {{.claims.id_token.sub}}")
	addTokenSettings(fs)
	return cmd
}

func addWantFlags(fs *pflag.FlagSet, idToken *bool, minTTL *string) {
	if idToken != nil {
		fs.BoolVar(idToken, "id-token", false, "the ID token instead of the access token")
	}
	fs.StringVar(minTTL, "min-ttl", "60s", "`DURATION` a stored token must still be good for")
}

func addTokenSettings(fs *pflag.FlagSet) {
	config.AddFlags(fs, config.Environment(), config.Request(), config.Credentials(), config.Validation(), config.Network(), config.Waiting(), config.Storage())
	addParamFlag(fs)
}

func runToken(ctx context.Context, a *app, cmd *cobra.Command, o tokenOptions) error {
	ttl, err := time.ParseDuration(o.minTTL)
	if err != nil || ttl < 0 {
		return usagef("--min-ttl: expected a time such as 60s, found %q", o.minTTL)
	}
	if o.template != "" && cmd.Flags().Changed("format") {
		return usagef("--template and --format cannot stand beside each other")
	}
	if a.json() && !cmd.Flags().Changed("format") {
		o.format = "json"
	}
	if err := render.CheckTemplate(o.template); err != nil {
		return &usageError{err}
	}
	if err := render.CheckTokenFormat(o.format, o.shell); err != nil {
		return &usageError{err}
	}
	c, err := a.prepare(ctx, cmd)
	if err != nil {
		return err
	}
	defer func() { c.close() }()
	if kind := o.kind(); !slices.Contains(c.settings.Words("response-type"), kind) {
		return c.settings.Problem("response-type", "expected %s in it, which is to be printed (--id-token prints the ID token)", kind)
	}
	e, err := a.token(ctx, c, login.Want{IDToken: o.idToken, TTL: ttl})
	if err != nil {
		return err
	}
	if o.template != "" {
		if err := render.Template(a.out, o.template, e.Result); err != nil {
			return &usageError{err}
		}
		_, err := io.WriteString(a.out, "\n")
		return err
	}
	return a.writeToken(e, o)
}

// kind is the token that is printed, in the words of response_type.
func (o *tokenOptions) kind() string {
	if o.idToken {
		return "id_token"
	}
	return "token"
}

// token gets the token that a command wants, from the store or anew.
func (a *app) token(ctx context.Context, c *connection, want login.Want) (*login.Entry, error) {
	keeper, err := a.keeper(ctx, c.settings)
	if err != nil {
		return nil, err
	}
	creds, err := a.credentials(c)
	if err != nil {
		return nil, err
	}
	source := login.Source{
		Settings: c.settings, Params: c.params, Keeper: keeper, Now: a.now, Say: a.say,
		Password: creds.Password, Describe: describe, Restore: restore,
		Connect: func(ctx context.Context) (*login.Connection, error) {
			if creds.Username == "" || creds.Password.Empty() {
				c.settings.Fill("redirect-uri", login.DefaultRedirectURI, "default")
			}
			_, err := c.dialFor(ctx, a)
			return c.Connection, err
		},
		Request: func(*login.Connection) (*implicit.Request, error) { return c.request() },
		SignOn: func(ctx context.Context, _ *login.Connection, req *implicit.Request, old *login.Entry) (*login.Outcome, string, error) {
			return a.signOnAgain(ctx, c, req, creds, old)
		},
	}
	e, err := source.Get(ctx, want)
	if err == nil && !e.Until(want.IDToken).After(a.now().Add(want.TTL)) {
		a.warn("the new token is good for less than --min-ttl: until %s", render.When(e.Until(want.IDToken), a.now()))
	}
	return e, err
}

// signOnAgain signs on without asking anybody: with the credentials at hand, or
// after a login in the browser there, silently.
func (a *app) signOnAgain(ctx context.Context, c *connection, req *implicit.Request, creds *prompt.Credentials, old *login.Entry) (*login.Outcome, string, error) {
	if creds.Username != "" && !creds.Password.Empty() && c.Target.PingOne != nil {
		creds.Terminal = nil
		out, err := c.Terminal(ctx, req, creds)
		return out, login.ViaTerminal, err
	}
	if old != nil && old.Via == login.ViaBrowser && a.inTerminal != nil && a.canOpen() {
		req.Prompt, req.LoginHint = "none", old.Who
		out, err := a.browse(ctx, c, req, viaOptions{})
		return out, login.ViaBrowser, err
	}
	why := "no usable token is stored, and nothing here can get one without a person"
	if old != nil {
		why = fmt.Sprintf("the stored token was good until %s, and nothing here can get another without a person", render.When(old.Expires, a.now()))
	}
	return nil, "", &login.LoginNeededError{Why: why}
}

// keeper opens the store.
func (a *app) keeper(ctx context.Context, s *config.Settings) (*login.Keeper, error) {
	return login.OpenKeeper(ctx, s, credstore.Options{
		Dir: a.dirs.State, Now: a.now, Warn: func(sentence string) { a.warn("%s", sentence) },
		Progress: func(sentence string) { a.say("%s", sentence) }})
}

func (a *app) writeToken(e *login.Entry, o tokenOptions) error {
	t := render.Token{
		AccessToken: implicit.NewSecret(e.AccessToken), IDToken: implicit.NewSecret(e.IDToken), TokenType: e.TokenType,
		Scope: e.Scope, ExpiresAt: e.Until(o.idToken), Result: e.Result, IDTokenWanted: o.idToken,
	}
	if o.format != "github" {
		return t.Write(a.out, o.format, o.shell, nil)
	}
	name := a.getenv("GITHUB_OUTPUT")
	if name == "" {
		return usagef("--format github writes to the file that GITHUB_OUTPUT names, which is not set")
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(t.Write(a.out, o.format, o.shell, f), f.Close())
}
