package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/session"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// For seeing which tokens are stored and how long they are valid.

func newStatusCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "Show the stored tokens of every profile",
		GroupID: "signon",
		Long: `Show the stored tokens of every profile: the user, when they expire, and how they
can be renewed without a user. A mark shows the login that implicit token uses with
the same settings. No token is printed.

Exit status: 0 at least one is valid, 2 wrong settings, 4 none is valid.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runStatus(cmd.Context(), a, cmd.Flags()) },
	}
	config.AddFlags(cmd.Flags(), config.Storage())
	return cmd
}

type statusRow struct {
	Profile   string     `json:"profile"`
	Issuer    string     `json:"issuer"`
	ClientID  string     `json:"client_id"`
	User      string     `json:"user,omitempty"`
	Subject   string     `json:"subject,omitempty"`
	Scope     string     `json:"scope,omitempty"`
	Current   bool       `json:"current"` // token takes it with these settings
	Valid     bool       `json:"valid"`
	Obtained  time.Time  `json:"obtained_at"`
	Expires   *time.Time `json:"expires_at,omitempty"`
	IDExpires *time.Time `json:"id_token_expires_at,omitempty"`
	Renewable string     `json:"renewable"`
	Store     string     `json:"store"`

	used  time.Time // until when token takes it
	holds string
}

func runStatus(ctx context.Context, a *app, fs *pflag.FlagSet) error {
	settings, store, logins, err := a.stored(ctx, fs)
	if err != nil {
		return err
	}
	rows := a.statusRows(logins, store.Sealed.Kind())
	found, err := store.Finder(ctx, login.Wanted(settings))
	if err != nil {
		return err
	}
	for i, e := range logins {
		rows[i].Current = found(e)
	}
	sort.Slice(rows, func(i, j int) bool {
		x, y := rows[i], rows[j]
		return cmp.Or(strings.Compare(x.Profile, y.Profile), strings.Compare(x.Issuer+x.ClientID+x.User, y.Issuer+y.ClientID+y.User), x.Obtained.Compare(y.Obtained)) < 0
	})
	if err := a.showStatus(rows); err != nil {
		return err
	}
	if !slices.ContainsFunc(rows, func(r statusRow) bool { return r.Valid }) {
		return fault.WithHint(&implicit.InteractionRequiredError{Needs: implicit.NeedsSignOn, Reason: "no valid token is stored"}, "run implicit login")
	}
	return nil
}

// stored opens the store that the settings name, and lists what is in it.
func (a *app) stored(ctx context.Context, fs *pflag.FlagSet) (*config.Settings, *session.Store, []session.Stored, error) {
	s, err := a.settings(config.Sources{Flags: fs})
	if err != nil {
		return nil, nil, nil, err
	}
	store, err := a.store(ctx, s)
	if err != nil {
		return nil, nil, nil, err
	}
	logins, err := store.List(ctx)
	return s, store, logins, err
}

func (a *app) statusRows(logins []session.Stored, kind string) []statusRow {
	rows := []statusRow{}
	for _, e := range logins {
		rows = append(rows, statusRow{
			Profile: e.Profile, Issuer: e.Issuer, ClientID: e.ClientID, User: cmp.Or(e.Who, e.User), Subject: e.Subject,
			Scope: e.Scope, Valid: e.Good(a.now(), 0, 0, e.AccessToken == ""),
			Expires: known(e.Expires), IDExpires: known(e.IDExpires), Renewable: e.Renewable(), Store: kind,
			Obtained: e.Obtained.UTC().Truncate(time.Second), used: e.Until(e.AccessToken == ""), holds: holds(e.Entry),
		})
	}
	return rows
}

// holds names the tokens of a login.
func holds(e *session.Entry) string {
	switch {
	case e.IDToken == "":
		return "access token alone"
	case e.AccessToken == "":
		return "ID token alone"
	}
	return "access token, ID token"
}

func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func (a *app) showStatus(rows []statusRow) error {
	if a.json() {
		return words.JSON(a.out, map[string]any{"logins": rows})
	}
	style := a.style()
	for i, r := range rows {
		if i > 0 {
			fmt.Fprintln(a.out)
		}
		state := style.Bad("expired")
		if r.Valid {
			state = style.Good("valid")
		}
		if r.Current {
			state += "  (implicit token prints this one)"
		}
		fmt.Fprintf(a.out, "%s  %s\n", style.Bold(words.Text(r.Profile)), state)
		until := words.When(r.used, a.now())
		if r.Expires == nil {
			until = "not known; used until " + until
		}
		style.Rows(a.out, [][2]string{
			{"user", words.Text(cmp.Or(r.User, r.Subject, "unknown"))}, {"issuer", words.Text(r.Issuer)}, {"client", words.Text(r.ClientID)},
			{"scope", words.Text(r.Scope)}, {"tokens", r.holds}, {"obtained", words.When(r.Obtained, a.now())}, {"until", until}, {"renewable", r.Renewable}, {"kept in", r.Store},
		})
	}
	if len(rows) > 0 && !slices.ContainsFunc(rows, func(r statusRow) bool { return r.Current }) {
		fmt.Fprintf(a.out, "\nimplicit token uses none of these: the settings now select another login (implicit config show)\n")
	}
	return nil
}
