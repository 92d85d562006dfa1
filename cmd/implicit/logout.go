package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// Somebody leaves, or wants to sign on as another person.

type logoutOptions struct {
	all     bool
	signoff bool
}

func newLogoutCmd(a *app) *cobra.Command {
	var o logoutOptions
	cmd := &cobra.Command{
		Use:     "logout [flags]",
		Short:   "Forget what is stored of a profile",
		GroupID: "signon",
		Long: `Forget the stored tokens and session of the profile, or of all profiles. With
--signoff PingOne's session ends too, for every application of that session; a
session in a browser ends only where the application allows it (idpSignoff).

Exit status: 0 forgotten, 2 wrong settings, 3 signoff refused, 6 not reached. What
is stored is forgotten whatever becomes of the signoff.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runLogout(cmd.Context(), a, cmd, o) },
	}
	fs := cmd.Flags()
	fs.BoolVar(&o.all, "all", false, "forget every profile")
	fs.BoolVar(&o.signoff, "signoff", false, "also end the session at PingOne")
	config.AddFlags(fs, config.Network(), config.Storage())
	return cmd
}

func runLogout(ctx context.Context, a *app, cmd *cobra.Command, o logoutOptions) error {
	s, keeper, logins, err := a.stored(ctx, cmd)
	if err != nil {
		return err
	}
	var failures []error
	ended := map[string]bool{}
	forgotten := 0
	for _, e := range logins {
		if e.Profile != s.Profile && !o.all {
			continue
		}
		if err := keeper.Forget(ctx, e); err != nil {
			failures = append(failures, err)
			continue
		}
		forgotten++
		if o.signoff && !ended[e.IDToken+e.AccessToken] {
			ended[e.IDToken+e.AccessToken] = true
			failures = append(failures, a.signoff(ctx, s, e.Entry))
		}
	}
	if o.all {
		failures = append(failures, keeper.Store.Clear(ctx))
	}
	if forgotten == 0 {
		a.say("nothing was stored")
	}
	return errors.Join(failures...)
}

// signoff ends the session that a login came from: by its cookie where it is
// ours, else by the ID token alone.
func (a *app) signoff(ctx context.Context, s *config.Settings, e *login.Entry) error {
	if e.AuthURL == "" {
		return usagef("--signoff is PingOne's; %s is another provider", e.Issuer)
	}
	client, err := login.ClientOf(s, e, "implicit/"+a.version, a.now)
	if err != nil {
		return err
	}
	return endSession(ctx, client, e)
}

func endSession(ctx context.Context, client *pingone.Client, e *login.Entry) error {
	switch {
	case !client.Session.Empty():
		return client.SignOff(ctx, e.IDTokenSecret())
	case e.IDToken != "":
		return client.IDPSignOff(ctx, e.IDTokenSecret())
	}
	return fmt.Errorf("no session and no ID token is stored to sign off with")
}
