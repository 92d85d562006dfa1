package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/session"
)

// For leaving, or for signing on as another user.

type logoutOptions struct {
	all     bool
	signoff bool
}

func newLogoutCmd(a *app) *cobra.Command {
	var o logoutOptions
	cmd := &cobra.Command{
		Use:     "logout [flags]",
		Short:   "Remove the stored tokens of a profile",
		GroupID: "signon",
		Long: `Remove the stored tokens and session of the profile, or of all profiles. With
--signoff PingOne's session ends too, for every application of that session; a
session in a browser ends only where the application allows it (idpSignoff).

Exit status: 0 removed, 2 wrong settings, 3 signoff refused, 6 not reached. Stored
tokens are removed even if signing off fails.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runLogout(cmd.Context(), a, cmd.Flags(), o) },
	}
	fs := cmd.Flags()
	fs.BoolVar(&o.all, "all", false, "remove those of every profile")
	fs.BoolVar(&o.signoff, "signoff", false, "also end the session at PingOne")
	config.AddFlags(fs, config.Network(), config.Storage())
	a.global.record.addFlags(fs)
	return cmd
}

func runLogout(ctx context.Context, a *app, fs *pflag.FlagSet, o logoutOptions) error {
	settings, store, logins, err := a.stored(ctx, fs)
	if err != nil {
		return err
	}
	var failures []error
	forgotten := 0
	for _, e := range logins {
		if e.Profile != settings.Profile && !o.all {
			continue
		}
		if err := store.Forget(ctx, e); err != nil {
			failures = append(failures, err)
			continue
		}
		forgotten++
		if o.signoff {
			failures = append(failures, a.signOff(ctx, fs, e.Entry))
		}
	}
	if o.all {
		failures = append(failures, store.Clear(ctx))
	}
	flows := a.flows(store).Clear()
	a.sayRemoved(forgotten, flows)
	return errors.Join(failures...)
}

// sayRemoved tells what a logout removed.
func (a *app) sayRemoved(logins, flows int) {
	var removed []string
	if logins > 0 {
		removed = append(removed, plural(logins, "login"))
	}
	if flows > 0 {
		removed = append(removed, plural(flows, "unfinished sign-on"))
	}
	if len(removed) == 0 {
		a.say("nothing was stored")
		return
	}
	a.say("removed %s", strings.Join(removed, " and "))
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func (a *app) signOff(ctx context.Context, fs *pflag.FlagSet, e *session.Entry) error {
	s, stop, err := a.service(ctx, config.Sources{Flags: fs})
	if err != nil {
		return err
	}
	defer stop()
	return s.SignOff(ctx, e)
}
