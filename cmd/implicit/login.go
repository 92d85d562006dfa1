package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/implicit-cli/implicit/internal/credstore"
	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/render"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Somebody wants a token, now: login is the whole grant in one command.

type loginOptions struct {
	userInfo bool
	viaOptions
}

func newLoginCmd(a *app) *cobra.Command {
	var o loginOptions
	cmd := &cobra.Command{
		Use:     "login [flags]",
		Short:   "Sign on and get validated tokens",
		GroupID: "signon",
		Long: `Sign on and get validated tokens: the authorize request, the sign-on, resume
with the session cookie, every check on what comes back, and a safe place for it.

The sign-on happens in the browser of this machine; with a user name and a
password at hand, or --sandbox, in the terminal; and where no browser can be
opened, or its answer not be caught, by pasting the address it ended on.

Exit status: 0 valid tokens, 2 wrong settings, 3 refused, 4 a person is needed,
5 failed validation, 6 not reached.`,
		Example: `  $ implicit login --sandbox
  $ implicit login --region EU --environment-id 8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5 \
      --client-id 1a2b3c4d-5e6f-4a1b-8c2d-3e4f5a6b7c8d --redirect-uri https://app.example.com/callback \
      --username jane --password-file ./password
  $ implicit login --sandbox --output json | jq .claims.id_token`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runLogin(cmd.Context(), a, cmd, o) },
	}
	fs := cmd.Flags()
	fs.BoolVar(&o.userInfo, "userinfo", false, "also ask userinfo, and compare its sub")
	o.viaOptions.addFlags(fs)
	addTokenSettings(fs)
	return cmd
}

func runLogin(ctx context.Context, a *app, cmd *cobra.Command, o loginOptions) error {
	c, err := a.prepare(ctx, cmd)
	if err != nil {
		return err
	}
	defer func() { c.close() }()
	way, err := a.settleWay(c, o.viaOptions)
	if err != nil {
		return err
	}
	keeper, err := a.keeper(ctx, c.settings)
	if err != nil {
		return err
	}
	req, err := c.dialFor(ctx, a)
	if err != nil {
		return err
	}
	if err := way.check(req); err != nil {
		return err
	}
	if o.userInfo && !req.WantsAccessToken() {
		return usagef("--userinfo needs an access token, and --response-type asks for none")
	}
	out, err := way.signOn(ctx, a, c, req)
	if err != nil {
		return err
	}
	if o.userInfo && out.Result.Valid {
		if err := c.FetchUserInfo(ctx, out); err != nil {
			return err
		}
	}
	if out.Result.Valid {
		a.keep(ctx, c, keeper, out, way.via)
	}
	return a.showLogin(c, out)
}

// keep stores the login. A store that fails costs the next command a sign-on,
// and not this one its tokens.
func (a *app) keep(ctx context.Context, c *connection, keeper *login.Keeper, out *login.Outcome, via string) {
	key, err := login.KeyOf(c.settings, c.params)
	if err == nil {
		_, err = c.Keep(ctx, keeper, key, out, via)
	}
	if err != nil {
		a.warn("the tokens are good but could not be stored: %v", err)
		return
	}
	switch kind := keeper.Store.Kind(); {
	case keeper.FellBack != "":
		a.say("stored: %s", keeper.FellBack)
	case kind != credstore.None:
		a.say("stored: %s", kind)
	}
}

// showLogin prints the outcome; one that is not valid is an error.
func (a *app) showLogin(c *connection, out *login.Outcome) error {
	for _, w := range out.Warnings {
		a.warn("%s", w)
	}
	view := render.Login{Result: out.Result, UserInfo: out.UserInfo, Issuer: c.Target.Issuer,
		ClientID: out.Request.ClientID, Now: a.now(), Secrets: a.global.showSecrets}
	if a.json() {
		if err := view.JSON(a.out); err != nil {
			return err
		}
	} else {
		view.Text(a.out, a.style())
	}
	return out.Result.Err()
}

// explainRequest adds the string to register where the redirect URI was
// refused: only here it is known.
func explainRequest(err error, req *implicit.Request) error {
	if isRedirectMismatch(err) {
		return fault.WithHint(err, "register exactly "+req.RedirectURI+" under Redirect URIs: PingOne console, Applications, the application, Configuration tab; "+
			"a native application may register a loopback URI without its port")
	}
	return err
}
