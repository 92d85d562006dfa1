package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/prompt"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// Somebody starts, with a page of the PingOne console beside the terminal.

func newConfigInitCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "init [name]",
		Short: "Make a profile, by questions or from flags",
		Long: `Make a profile (default: default). On a terminal it asks for what the flags leave
out; without one it takes the flags and asks nothing. It then looks whether the
environment answers, and warns where it does not.

Exit status: 0 written, 2 wrong settings or a profile that is there already; 3, 5
or 6 as the environment answered, where it was then not kept.`,
		Example: `  $ implicit config init
  $ implicit config init work --region EU --environment-id 8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5 --client-id 1a2b3c4d-5e6f-4a1b-8c2d-3e4f5a6b7c8d`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			flag, _ := cmd.Flags().GetString("profile")
			name := cmp.Or(append(args, flag, "default")...)
			return runConfigInit(cmd.Context(), a, cmd.Flags(), strings.ToLower(name))
		},
	}
	config.AddFlags(cmd.Flags(), config.All())
	return cmd
}

func runConfigInit(ctx context.Context, a *app, fs *pflag.FlagSet, name string) error {
	file, err := a.configFile()
	if err != nil {
		return err
	}
	if slices.Contains(file.Names(), name) {
		return fault.WithHint(usagef("there is a profile %s already in %s", words.Text(name), file.Path),
			"change it with implicit config set --profile "+name+", or remove it with implicit config delete "+name)
	}
	profile, err := config.Given(fs)
	if err != nil {
		return err
	}
	t := a.terminal()
	if t != nil {
		if err := askProfile(ctx, t, profile); err != nil {
			return err
		}
	}
	settings, err := profile.Check()
	if err != nil {
		return err
	}
	if err := a.tryProfile(ctx, t, settings); err != nil {
		return err
	}
	used, err := a.writeProfile(ctx, name, profile)
	if err != nil {
		return err
	}
	a.say("profile %s is written to %s", words.Text(name), file.Path)
	if !used {
		a.say("implicit config use %s makes it the one in use", name)
	}
	return nil
}

// writeProfile makes the profile, and the first one the one in use.
func (a *app) writeProfile(ctx context.Context, name string, profile config.Profile) (used bool, err error) {
	err = a.editConfig(ctx, func(e *config.Editor) error {
		first := len(e.Names()) == 0
		for _, k := range config.All() {
			if value, ok := profile[k.Name]; ok {
				if err := e.Set(name, k.Name, value); err != nil {
					return err
				}
			}
		}
		used = first || name == e.Default
		if name == e.Default || !first {
			return nil
		}
		return e.Use(name)
	})
	return used, err
}

// askProfile asks for what a login cannot do without.
func askProfile(ctx context.Context, t *prompt.Terminal, p config.Profile) error {
	q := questions{ctx: ctx, t: t, profile: p}
	if p["auth-url"] == "" && p["issuer"] == "" && p["sandbox"] == "" && p["environment-id"] == "" {
		where := q.line("Environment ID, or the URL of its custom domain: ")
		if strings.Contains(where, "://") {
			q.keep("auth-url", where)
		} else {
			q.keep("environment-id", where)
		}
	}
	if p["environment-id"] != "" && p["region"] == "" {
		var codes []string
		for _, r := range pingone.Regions() {
			codes = append(codes, r.Code)
		}
		q.preset("region", "Region ("+strings.Join(codes, " ")+")", "NA")
	}
	if p["client-id"] == "" {
		q.keep("client-id", q.line("Client ID of the application: "))
	}
	if p["redirect-uri"] == "" {
		q.preset("redirect-uri", "Redirect URI, as it is registered", login.DefaultRedirectURI)
	}
	if p["scope"] == "" {
		q.preset("scope", "Scopes", "openid")
	}
	return q.err
}

// questions asks until one of them fails.
type questions struct {
	ctx     context.Context
	t       *prompt.Terminal
	profile config.Profile
	err     error
}

func (q *questions) line(label string) (text string) {
	if q.err == nil {
		text, q.err = q.t.Line(q.ctx, label)
	}
	return text
}

func (q *questions) preset(name, question, preset string) {
	if q.err == nil {
		var text string
		text, q.err = q.t.Preset(q.ctx, question, preset)
		q.keep(name, text)
	}
}

func (q *questions) keep(name, text string) {
	if q.err == nil {
		q.profile[name] = text
		_, q.err = q.profile.Check()
	}
}

// tryProfile looks whether the environment answers. Where it does not, a person
// may keep the profile all the same; without one it is kept.
func (a *app) tryProfile(ctx context.Context, t *prompt.Terminal, s *config.Settings) error {
	if on, _ := s.Switch("sandbox"); on {
		return nil
	}
	if s.Text("client-id") == "" {
		return &config.Error{Name: "client-id", Problem: "missing; it is the ID of the application at the provider"}
	}
	for _, name := range []string{"ca-cert", "timeout"} {
		variable := config.Key{Name: name}.Env()
		if text := a.getenv(variable); text != "" {
			s.Fill(name, text, variable)
		}
	}
	var setting *config.Error
	err := a.discover(ctx, s)
	if err == nil || ctx.Err() != nil || errors.As(err, &setting) {
		return err
	}
	a.warn("the environment does not answer as it should: %v", err)
	if t == nil {
		return nil
	}
	answer, asked := t.Preset(ctx, "Keep the profile all the same? (y or n)", "n")
	switch {
	case asked != nil:
		return asked
	case !strings.EqualFold(answer, "y") && !strings.EqualFold(answer, "yes"):
		return fmt.Errorf("nothing was written: %w", err)
	}
	return nil
}

// discover fetches the discovery document of the provider that settings name.
func (a *app) discover(ctx context.Context, s *config.Settings) error {
	transport, err := login.NewTransport(s, nil)
	if err != nil {
		return err
	}
	c, err := login.Connect(ctx, login.Options{Settings: s, Transport: transport, Now: a.now, UserAgent: "implicit/" + a.version})
	if err != nil || c.Target.PingOne == nil { // another provider's document Connect has read
		return err
	}
	_, err = implicit.Discover(ctx, c.HTTP, c.Target.Issuer)
	return err
}
