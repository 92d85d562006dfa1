package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/render"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Somebody wants the claims that the provider tells of a person beside the ID
// token.

func newUserInfoCmd(a *app) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:     "userinfo [-]",
		Short:   "Ask userinfo for the claims of a person",
		GroupID: "tokens",
		Long: `Ask the provider's userinfo endpoint for the claims of the person whom an access
token speaks for: the stored token, got as implicit token gets it, or one from
standard input (-) or --access-token-file. With a stored one, sub is compared with
the ID token's.

Exit status: 0 claims, 2 wrong settings, 3 refused, 4 run implicit login, 5 another
person, 6 not reached.`,
		Example: `  $ implicit userinfo
  $ implicit login -o json | jq -r .access_token | implicit userinfo -`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runUserInfo(cmd.Context(), a, cmd, args, file) },
	}
	cmd.Flags().StringVar(&file, "access-token-file", "", "`FILE` file that holds the access token")
	addTokenSettings(cmd.Flags())
	return cmd
}

func runUserInfo(ctx context.Context, a *app, cmd *cobra.Command, args []string, file string) error {
	c, err := a.prepare(ctx, cmd)
	if err != nil {
		return err
	}
	defer func() { c.close() }()
	token, result, err := a.userInfoToken(ctx, c, args, file)
	if err != nil {
		return err
	}
	if c.Connection == nil { // a stored token needed none
		if err := c.dial(ctx, a); err != nil {
			return err
		}
	}
	info, err := c.UserInfo(ctx, token)
	if err != nil {
		return err
	}
	claims, err := c.Verifier.VerifyUserInfo(ctx, result, info.ContentType, info.Body)
	if err != nil {
		return err
	}
	if err := result.Err(); err != nil {
		return err
	}
	if a.json() {
		return words.JSON(a.out, claims)
	}
	return render.Claims(a.out, claims.Payload(), a.now())
}

// userInfoToken returns the access token to ask with, and what is known of its
// person: the stored ID token, which was validated before it was stored.
func (a *app) userInfoToken(ctx context.Context, c *connection, args []string, file string) (implicit.Secret, *implicit.Result, error) {
	result := &implicit.Result{Valid: true}
	if len(args) > 0 || file != "" {
		token, err := a.givenToken(args, file)
		return token, result, err
	}
	e, err := a.token(ctx, c, login.Want{})
	if err != nil {
		return implicit.Secret{}, nil, err
	}
	if e.IDToken != "" {
		result.IDToken, err = implicit.DecodeUnverified(e.IDToken)
	}
	return implicit.NewSecret(e.AccessToken), result, err
}

func (a *app) givenToken(args []string, file string) (implicit.Secret, error) {
	switch {
	case len(args) > 0 && args[0] != "-":
		return implicit.Secret{}, usagef("expected - for standard input: a token as an argument shows in the process list")
	case len(args) > 0 && file != "":
		return implicit.Secret{}, usagef("- and --access-token-file cannot stand beside each other")
	case file != "":
		return a.secretFile("--access-token-file", file)
	}
	text, err := a.argument(nil, 0)
	return implicit.NewSecret(strings.TrimSpace(text)), err
}
