package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

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
environment answers, and whether it accepts the client ID and the redirect URI,
and warns if not.

Exit status: 0 written, 2 wrong settings or an existing profile; 3, 5 or 6 as the
environment answered, if you then choose not to keep the profile.`,
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
		if err := a.askProfile(ctx, t, profile); err != nil {
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
	if a.json() || a.global.quiet {
		return nil
	}
	return a.showWritten(o.name, profile, used)
}

// showWritten shows what a new profile holds, and the command that follows.
func (a *app) showWritten(name string, p config.Profile, used bool) error {
	var rows [][2]string
	for _, k := range config.All() {
		if value := p[k.Name]; value != "" {
			rows = append(rows, [2]string{k.Name, words.Text(value)})
		}
	}
	a.style().Rows(a.out, rows)
	next := "implicit login"
	if !used {
		next += " --profile " + name
	}
	_, err := fmt.Fprintf(a.out, "\nNext: %s\n", a.style().Bold(next))
	if !used && err == nil {
		a.say("implicit config use %s makes it the profile in use", name)
	}
	return err
}

// checkComplete refuses a profile that a login could not use.
func checkComplete(p config.Profile) error {
	s, err := p.Check()
	if err == nil && !s.Provider.Sandbox {
		if err := s.Require(config.NeedClient); err != nil {
			return fault.WithHint(usagef("%v", err), "give what is missing as flags: implicit config init asks for it at a terminal only")
		}
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
func (a *app) askProfile(ctx context.Context, t *prompt.Terminal, p config.Profile) error {
	q := questions{ctx: ctx, t: t, profile: p, complain: func(err error) { a.print(err.Error()) }}
	if s, err := p.Check(); err != nil || s.Provider.Sandbox {
		return err // the sandbox supplies the rest
	}
	if p["auth-url"] == "" && p["issuer"] == "" && p["environment-id"] == "" {
		q.ask("Environment ID, or the URL of its custom domain", "", func(answer string) string {
			if strings.Contains(answer, "://") {
				return "auth-url"
			}
			return "environment-id"
		})
	}
	if q.err == nil && p["environment-id"] != "" && p["region"] == "" {
		q.setting("region", "Region ("+strings.Join(regionCodes(), " ")+")", a.guessRegion(ctx, p))
	}
	for _, k := range []struct{ name, question, preset string }{
		{"client-id", "Client ID of the application", ""},
		{"redirect-uri", "Redirect URI, exactly as registered", login.DefaultRedirectURI},
		{"scope", "Scopes", "openid"},
	} {
		if p[k.name] == "" {
			q.setting(k.name, k.question, k.preset)
		}
	}
	return q.err
}

func regionCodes() (codes []string) {
	for _, r := range pingone.Regions() {
		codes = append(codes, r.Code)
	}
	return codes
}

// questions asks until the first error.
type questions struct {
	ctx      context.Context
	t        *prompt.Terminal
	profile  config.Profile
	complain func(error)
	err      error
}

func (q *questions) setting(name, question, preset string) {
	q.ask(question, preset, func(string) string { return name })
}

// ask repeats a question until the answer is a valid value of its setting.
func (q *questions) ask(question, preset string, settingFor func(answer string) string) {
	for q.err == nil {
		var answer string
		if preset == "" {
			answer, q.err = q.t.Line(q.ctx, question+": ")
		} else {
			answer, q.err = q.t.Preset(q.ctx, question, preset)
		}
		if q.err != nil {
			return
		}
		name := settingFor(answer)
		q.profile[name] = answer
		_, wrong := q.profile.Check()
		if wrong == nil {
			return
		}
		delete(q.profile, name)
		q.complain(wrong)
	}
}

// guessRegion returns the one region where the environment answers, else NA.
func (a *app) guessRegion(ctx context.Context, p config.Profile) string {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	codes := regionCodes()
	answers := make([]bool, len(codes))
	var wg sync.WaitGroup
	for i, code := range codes {
		wg.Go(func() {
			here := a.reachable(p)
			here["region"] = code
			s, err := here.Check()
			answers[i] = err == nil && a.discover(ctx, s) == nil
		})
	}
	wg.Wait()
	found := "NA"
	for i, code := range codes {
		if answers[i] {
			found = code
		}
	}
	if slices.Contains(answers, true) {
		a.say("the environment is in the region %s", found)
	}
	return found
}

// reachable is the profile with the settings by which a server is reached here.
func (a *app) reachable(p config.Profile) config.Profile {
	p = maps.Clone(p)
	for _, name := range []string{"ca-cert", "timeout"} {
		p[name] = cmp.Or(p[name], a.getenv(config.Key{Name: name}.Env()))
	}
	return p
}

// tryProfile tests whether the environment answers and accepts the request. If it
// does not, the user at the terminal decides whether to keep the profile; without
// a terminal it is kept.
func (a *app) tryProfile(ctx context.Context, t *prompt.Terminal, p config.Profile) error {
	s, err := a.reachable(p).Check()
	if err != nil || s.Provider.Sandbox {
		return err
	}
	err = a.discover(ctx, s)
	if err != nil {
		a.warn("the environment does not answer as expected: %v", err)
	} else if err = a.tryRequest(ctx, s); err != nil {
		a.warn("a login with this profile cannot work: %v", err)
	}
	if err == nil || ctx.Err() != nil {
		return err
	}
	if hint := fault.Of(err, a.faultContext()).Hint; hint != "" {
		a.say("hint: %s", hint)
	}
	if t == nil {
		return nil
	}
	keep, asked := yes(ctx, t, "Keep the profile anyway?")
	switch {
	case asked != nil:
		return asked
	case !keep && (a.json() || a.global.quiet):
		return fmt.Errorf("nothing was written: %w", err)
	case !keep:
		return &notWrittenError{err}
	}
	return nil
}

// notWrittenError is short for an error that has just been shown.
type notWrittenError struct{ error }

func (e *notWrittenError) Error() string { return "nothing was written" }
func (e *notWrittenError) Unwrap() error { return e.error }

// yes asks a question that is answered by y or n.
func yes(ctx context.Context, t *prompt.Terminal, question string) (bool, error) {
	answer, err := t.Preset(ctx, question+" (y or n)", "n")
	return strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes"), err
}

// tryRequest asks PingOne without a user whether it accepts client and redirect URI.
func (a *app) tryRequest(ctx context.Context, settings *config.Settings) error {
	s, err := a.prober(settings)
	if err != nil {
		return err
	}
	defer s.Close()
	passed, err := s.Try(ctx)
	if passed {
		a.say("PingOne accepts the client ID and the redirect URI")
	}
	return err
}

// discover fetches the discovery document of the provider.
func (a *app) discover(ctx context.Context, settings *config.Settings) error {
	s, err := a.prober(settings)
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Probe(ctx)
}

// prober only asks whether the provider answers: it has no store, no user.
func (a *app) prober(settings *config.Settings) (*login.Service, error) {
	transport, err := login.NewTransport(settings, a.getenv)
	return &login.Service{Settings: settings, Transport: transport, Now: a.now, Sleep: a.sleep, Random: a.random, UserAgent: a.userAgent(),
		UI: &ui{a: a}, Secrets: &a.secrets}, err
}
