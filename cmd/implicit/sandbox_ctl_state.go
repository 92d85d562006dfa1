package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

const ctlExit = "\n\nExit status: 0 done, 2 wrong usage, 3 refused, 6 not reached."

func newCtlSwitchCmd(a *app, o *ctlOptions) *cobra.Command {
	var state sandbox.SwitchState
	var off bool
	cmd := &cobra.Command{
		Use:   "switch [name]",
		Short: "Turn a switch on or off, or list those that are on",
		Long: `Turn on a reading of PingOne's documentation or a fault of a server, for all requests
or only for some; "implicit sandbox list switches" describes them. Without a name it
lists those that are on. --for counts the requests on which the switch acts.` + ctlExit,
		Example: `  $ implicit sandbox ctl switch wrong-nonce --for 1
  $ implicit sandbox ctl switch html-502:resume --application Shop
  $ implicit sandbox ctl switch html-502:resume --application Shop --off`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("for") && state.For < 1 {
				return usagef("--for must be greater than zero")
			}
			return runCtlSwitch(cmd.Context(), a, o, append(args, "")[0], state, off)
		},
	}
	fs := cmd.Flags()
	fs.IntVar(&state.For, "for", 0, "`N` only for the next N requests on which it acts")
	fs.StringVar(&state.Application, "application", "", "`NAME` only for requests of one application, by client ID or name")
	fs.BoolVar(&off, "off", false, "turn it off")
	cmd.MarkFlagsMutuallyExclusive("for", "off")
	return cmd
}

func runCtlSwitch(ctx context.Context, a *app, o *ctlOptions, name string, state sandbox.SwitchState, off bool) error {
	var answer struct {
		Switches []sandbox.SwitchState `json:"switches"`
	}
	state.Name = name
	var err error
	switch {
	case name == "" && (off || state != sandbox.SwitchState{}):
		return usagef("name the switch")
	case name == "":
	case off:
		err = o.do(ctx, a, http.MethodDelete, "/v1/switches/"+url.PathEscape(name)+"?"+url.Values{"application": {state.Application}}.Encode(), nil, &answer)
	default:
		err = o.do(ctx, a, http.MethodPost, "/v1/switches", state, &answer)
	}
	if err == nil {
		err = o.do(ctx, a, http.MethodGet, "/v1/switches", nil, &answer)
	}
	if err != nil {
		return err
	}
	var lines []string
	for _, s := range answer.Switches {
		line := fmt.Sprintf("%-28s %s", s.Name, s.Application)
		if s.For > 0 {
			line += fmt.Sprintf(" for %d more", s.For)
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return a.printAnswer(answer, lines...)
}

func newCtlClockCmd(a *app, o *ctlOptions) *cobra.Command {
	return &cobra.Command{
		Use:   "clock [duration | time | real]",
		Short: "Show or move the sandbox's clock",
		Long: `Show the sandbox's clock, or move it: by a duration such as 1h30m, to a time such as
2026-01-02T03:04:05Z, or back to the real time. It goes on from there. A negative
duration follows a double dash. TLS keeps the real time.` + ctlExit,
		Example: `  $ implicit sandbox ctl clock 1h
  $ implicit sandbox ctl clock -- -5m
  $ implicit sandbox ctl clock real`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runCtlClock(cmd.Context(), a, o, append(args, "")[0])
		},
	}
}

func runCtlClock(ctx context.Context, a *app, o *ctlOptions, to string) error {
	method, body := http.MethodPost, any(map[string]string{"add": to})
	_, notTime := time.Parse(time.RFC3339, to)
	_, notDuration := time.ParseDuration(to)
	switch {
	case to == "":
		method, body = http.MethodGet, nil
	case to == "real":
		method, body = http.MethodDelete, nil
	case notTime == nil:
		body = map[string]string{"set": to}
	case notDuration != nil:
		return usagef("expected a duration such as 1h30m, a time such as 2026-01-02T03:04:05Z, or real; found %q", to)
	}
	var answer struct {
		Now   time.Time `json:"now"`
		Shift string    `json:"shift"`
	}
	if err := o.do(ctx, a, method, "/v1/clock", body, &answer); err != nil {
		return err
	}
	return a.printAnswer(answer, answer.Now.Format(time.RFC3339)+"  "+answer.Shift)
}

func newCtlExpireCmd(a *app, o *ctlOptions) *cobra.Command {
	var user string
	cmd := &cobra.Command{
		Use:     "expire {sessions | flows}",
		Short:   "End sign-on sessions, or sign-on flows",
		Long:    `End all sign-on sessions or all unfinished sign-on flows, or those of one user.` + ctlExit,
		Example: `  $ implicit sandbox ctl expire sessions --user ada`,
		Args:    cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs), ValidArgs: []string{"sessions", "flows"},
		RunE: func(cmd *cobra.Command, args []string) error {
			var answer struct {
				Expired int `json:"expired"`
			}
			path := "/v1/" + args[0] + "?" + url.Values{"user": {user}}.Encode()
			if err := o.do(cmd.Context(), a, http.MethodDelete, path, nil, &answer); err != nil {
				return err
			}
			return a.printAnswer(answer, strconv.Itoa(answer.Expired))
		},
	}
	cmd.Flags().StringVar(&user, "user", "", "`NAME` only those of this user")
	return cmd
}

func newCtlRotateCmd(a *app, o *ctlOptions) *cobra.Command {
	var keep bool
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Rotate the signing keys",
		Long: `Sign with the next key from now on, publish a new next one, and withdraw the old one.
The IDs of the published keys are printed, that of the signing one first.` + ctlExit,
		Example: `  $ implicit sandbox ctl rotate`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var answer struct {
				IDs []string `json:"kids"`
			}
			if err := o.do(cmd.Context(), a, http.MethodPost, "/v1/keys/rotate", map[string]bool{"keep": keep}, &answer); err != nil {
				return err
			}
			return a.printAnswer(answer, answer.IDs...)
		},
	}
	cmd.Flags().BoolVar(&keep, "keep", false, "leave the old key in the key set until the next rotation")
	return cmd
}

func newCtlMintCmd(a *app, o *ctlOptions) *cobra.Command {
	var t sandbox.TokenRequest
	var claims []string
	cmd := &cobra.Command{
		Use:   "mint",
		Short: "Make a token without a sign-on",
		Long: `Print an ID token or an access token of any user for any application, valid, or wrong
by a switch or a claim. A claim's value is JSON, or else text; null removes the claim.

An ID token is validated with "implicit verify -", an access token with
"implicit verify --type access_token -".` + ctlExit,
		Example: `  $ implicit sandbox ctl mint --user ada --application Shop --switch expired
  $ implicit sandbox ctl mint --type access_token --scope orders:read --claim 'roles=["admin"]'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if t.Claims, err = readClaims(claims); err != nil {
				return err
			}
			return runCtlMint(cmd.Context(), a, o, t)
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&t.Type, "type", "id_token", "`TYPE` id_token or access_token")
	fs.StringVar(&t.User, "user", "", "`NAME` username (default: the first user)")
	fs.StringVar(&t.Application, "application", "", "`NAME` client ID or name (default: the first application)")
	fs.StringVar(&t.Scope, "scope", "openid", "`SCOPES` granted scopes, separated by spaces")
	fs.StringVar(&t.Nonce, "nonce", "", "`TEXT` nonce of an ID token")
	fs.StringArrayVar(&claims, "claim", nil, "`NAME=VALUE` claim to set, after all others; repeatable")
	fs.StringArrayVar(&t.Switches, "switch", nil, "`NAME` what is wrong with it: expired, wrong-audience, wrong-key, alg-none …; repeatable")
	return cmd
}

func readClaims(pairs []string) (map[string]any, error) {
	claims := map[string]any{}
	for _, pair := range pairs {
		name, text, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, usagef("--claim: expected NAME=VALUE, found %q", pair)
		}
		var value any = text
		if json.Valid([]byte(text)) {
			value = json.RawMessage(text)
		}
		claims[name] = value
	}
	return claims, nil
}

func runCtlMint(ctx context.Context, a *app, o *ctlOptions, t sandbox.TokenRequest) error {
	var answer struct {
		Token string `json:"token"`
	}
	if err := o.do(ctx, a, http.MethodPost, "/v1/tokens", t, &answer); err != nil {
		return err
	}
	return a.printAnswer(answer, answer.Token)
}

func newCtlResetCmd(a *app, o *ctlOptions) *cobra.Command {
	return &cobra.Command{
		Use:   "reset",
		Short: "Bring back the state of the start",
		Long: `Bring back the users, applications, switches and the clock of the start; end all flows
and sessions; clear the journal. The signing keys stay.` + ctlExit,
		Example: `  $ implicit sandbox ctl reset`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var answer map[string]any
			return o.do(cmd.Context(), a, http.MethodPost, "/v1/reset", nil, &answer)
		},
	}
}
