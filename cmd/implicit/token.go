package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/render"
	"github.com/implicit-cli/implicit/internal/session"
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
		Long: `Print a valid access token and nothing else: the stored one while it is valid, else
one renewed by the sign-on session, else a new one, with the credentials in the
environment. It never prompts: if a user is needed, it exits with 4.

Exit status: 0 a valid token, 2 wrong settings, 3 refused, 4 run implicit login,
5 failed validation, 6 not reached.`,
		Example: `  $ TOKEN=$(implicit token)
  $ implicit token --format curl | curl -K - https://api.example.com/orders
  $ implicit token --template '{{.claims.id_token.sub}}'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runToken(cmd.Context(), a, cmd.Flags(), o) },
	}
	fs := cmd.Flags()
	addWantFlags(fs, &o.idToken, &o.minTTL)
	fs.StringVar(&o.format, "format", "raw", "`FORMAT` raw, json, env, export, dotenv, header, curl, github or exec-credential")
	fs.StringVar(&o.shell, "shell", "sh", "`SHELL` that --format env is for: sh, fish or powershell")
	fs.StringVar(&o.template, "template", "", "`TEXT` print this text instead, with paths such as {{.claims.id_token.sub}}")
	addTokenSettings(fs)
	a.global.record.addFlags(fs)
	a.global.record.addCurlFlag(fs)
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

func runToken(ctx context.Context, a *app, fs *pflag.FlagSet, o tokenOptions) error {
	if a.outClosed {
		return errors.New("standard output is closed; the token would be lost")
	}
	ttl, err := time.ParseDuration(o.minTTL)
	if err != nil || ttl < 0 {
		return usagef("--min-ttl: expected a time such as 60s, found %q", o.minTTL)
	}
	if o.template != "" && fs.Changed("format") {
		return usagef("--template and --format cannot be used together")
	}
	if a.json() && !fs.Changed("format") {
		o.format = "json"
	}
	if err := render.CheckTemplate(o.template); err != nil {
		return fault.As(fault.Usage, err)
	}
	if err := render.CheckTokenFormat(o.format, o.shell); err != nil {
		return fault.As(fault.Usage, err)
	}
	kubernetes, err := "", error(nil)
	if o.format == "exec-credential" {
		if kubernetes, err = render.KubernetesAPI(a.getenv("KUBERNETES_EXEC_INFO")); err != nil {
			return fault.As(fault.Usage, err)
		}
	}
	s, stop, err := a.signOnService(ctx, config.Sources{Flags: fs, Need: config.NeedClient})
	if err != nil {
		return err
	}
	defer stop()
	if kind := o.kind(); !slices.Contains(strings.Fields(s.Settings.ResponseType), kind) {
		return s.Settings.Problem("response-type", "expected %s in it, which is to be printed (--id-token prints the ID token)", kind)
	}
	e, err := s.Token(ctx, login.Want{IDToken: o.idToken, TTL: ttl})
	if err != nil {
		return err
	}
	if o.template == "" && o.format != "json" {
		return a.writeToken(e, nil, o, kubernetes)
	}
	result, err := resultOf(e)
	if err != nil {
		return err
	}
	if o.template != "" {
		if err := render.Template(a.out, o.template, result); err != nil {
			return fault.As(fault.Usage, err)
		}
		_, err := io.WriteString(a.out, "\n")
		return err
	}
	return a.writeToken(e, result, o, kubernetes)
}

// kind is the token that is printed, in the words of response_type.
func (o *tokenOptions) kind() string {
	if o.idToken {
		return "id_token"
	}
	return "token"
}

// resultOf makes the result object of a stored login.
func resultOf(e *session.Entry) ([]byte, error) {
	object, err := objectOf(e)
	if err != nil {
		return nil, err
	}
	return json.Marshal(object)
}

func (a *app) writeToken(e *session.Entry, result []byte, o tokenOptions, kubernetes string) error {
	t := render.Token{
		AccessToken: implicit.NewSecret(e.AccessToken), IDToken: implicit.NewSecret(e.IDToken), TokenType: e.TokenType,
		Scope: e.Scope, ExpiresAt: e.Expiry(o.idToken), Result: result, IDTokenWanted: o.idToken, KubernetesAPI: kubernetes,
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
