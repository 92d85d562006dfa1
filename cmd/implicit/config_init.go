package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/prompt"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// A new user copies the settings from a page of the PingOne console.

type configInitOptions struct {
	name  string         // of the profile, in lower case
	given config.Profile // by flags
}

func newConfigInitCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "init [name]",
		Short: "Create a profile, by questions or from flags",
		Long: `Create a profile (default: default). On a terminal it asks for what the flags leave
out; otherwise it takes the flags and asks nothing. It then tests whether the
environment answers, and warns if it does not.

Exit status: 0 written, 2 wrong settings or an existing profile; 3, 5 or 6 as the
environment answered, if you then chose not to keep the profile.`,
		Example: `  $ implicit config init
  $ implicit config init work --region EU --environment-id 8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5 --client-id 1a2b3c4d-5e6f-4a1b-8c2d-3e4f5a6b7c8d`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			flag, _ := cmd.Flags().GetString("profile")
			given, err := config.FromFlags(cmd.Flags())
			if err != nil {
				return err
			}
			name := cmp.Or(append(args, flag, "default")...)
			return runConfigInit(cmd.Context(), a, configInitOptions{strings.ToLower(name), given})
		},
	}
	config.AddFlags(cmd.Flags(), config.All())
	a.global.record.addFlags(cmd.Flags())
	return cmd
}

func runConfigInit(ctx context.Context, a *app, o configInitOptions) error {
	file, err := a.configFile()
	if err != nil {
		return err
	}
	if slices.Contains(file.Names(), o.name) {
		return fault.WithHint(usagef("the profile %s already exists in %s", words.Text(o.name), file.Path),
			"change it with implicit config set --profile "+o.name+", or remove it with implicit config delete "+o.name)
	}
	profile := o.given
	t := a.terminal()
	if t != nil {
		if err := askProfile(ctx, t, profile); err != nil {
			return err
		}
	}
	if err := checkComplete(profile); err != nil {
		return err
	}
	if err := a.tryProfile(ctx, t, profile); err != nil {
		return err
	}
	used, err := a.writeProfile(ctx, o.name, profile)
	if err != nil {
		return err
	}
	a.say("profile %s is written to %s", words.Text(o.name), file.Path)
	if !used {
		a.say("implicit config use %s makes it the one in use", o.name)
	}
	return nil
}

// checkComplete refuses a profile that a login could not use.
func checkComplete(p config.Profile) error {
	s, err := p.Check()
	if err == nil && !s.Provider.Sandbox {
		err = s.Require(config.NeedClient)
	}
	return err
}

// writeProfile writes the profile. The first one becomes the one in use.
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

// askProfile asks for what a login needs.
func askProfile(ctx context.Context, t *prompt.Terminal, p config.Profile) error {
	q := questions{ctx: ctx, t: t, profile: p}
	if s, err := p.Check(); err != nil || s.Provider.Sandbox {
		return err // the sandbox supplies the rest
	}
	if p["auth-url"] == "" && p["issuer"] == "" && p["environment-id"] == "" {
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

// questions asks until the first error.
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

// tryProfile tests whether the environment answers. If it does not, the user at
// the terminal decides whether the profile is kept; without a terminal it is.
func (a *app) tryProfile(ctx context.Context, t *prompt.Terminal, p config.Profile) error {
	p = maps.Clone(p)
	for _, name := range []string{"ca-cert", "timeout"} {
		p[name] = cmp.Or(p[name], a.getenv(config.Key{Name: name}.Env()))
	}
	s, err := p.Check()
	if err != nil || s.Provider.Sandbox {
		return err
	}
	err = a.discover(ctx, s)
	if err == nil || ctx.Err() != nil {
		return err
	}
	a.warn("the environment does not answer as expected: %v", err)
	if t == nil {
		return nil
	}
	answer, asked := t.Preset(ctx, "Keep the profile anyway? (y or n)", "n")
	switch {
	case asked != nil:
		return asked
	case !strings.EqualFold(answer, "y") && !strings.EqualFold(answer, "yes"):
		return fmt.Errorf("nothing was written: %w", err)
	}
	return nil
}

// discover fetches the discovery document of the provider.
func (a *app) discover(ctx context.Context, settings *config.Settings) error {
	transport, err := a.transport(settings)
	if err != nil {
		return err
	}
	s := &login.Service{Settings: settings, Transport: transport, Now: a.now, UserAgent: a.userAgent()}
	defer s.Close()
	return s.Probe(ctx)
}
