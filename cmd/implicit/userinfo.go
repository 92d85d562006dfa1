package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/render"
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
token speaks for. The token comes from standard input (-) or --access-token-file.

Exit status: 0 claims, 2 wrong settings, 3 refused, 5 failed validation,
6 not reached.`,
		Example: `  $ implicit login -o json | jq -r .access_token | implicit userinfo -`,
		Args:    cobra.MaximumNArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return runUserInfo(cmd.Context(), a, cmd, args, file) },
	}
	cmd.Flags().StringVar(&file, "access-token-file", "", "`FILE` file that holds the access token")
	config.AddFlags(cmd.Flags(), config.Environment(), config.Validation(), config.Network())
	return cmd
}

func runUserInfo(ctx context.Context, a *app, cmd *cobra.Command, args []string, file string) error {
	token, err := a.accessToken(args, file)
	if err != nil {
		return err
	}
	c, err := a.connect(ctx, cmd)
	if err != nil {
		return err
	}
	defer c.close()
	info, err := c.UserInfo(ctx, token)
	if err != nil {
		return err
	}
	result := &implicit.Result{Valid: true}
	claims, err := c.Verifier.VerifyUserInfo(ctx, result, info.ContentType, info.Body)
	if err != nil {
		return err
	}
	if err := result.Err(); err != nil {
		return err
	}
	if a.json() {
		return render.JSON(a.out, claims)
	}
	return render.Claims(a.out, claims.Payload(), a.now())
}

func (a *app) accessToken(args []string, file string) (implicit.Secret, error) {
	switch {
	case len(args) > 0 && args[0] != "-":
		return implicit.Secret{}, usagef("expected - for standard input: a token as an argument shows in the process list")
	case len(args) > 0 && file != "":
		return implicit.Secret{}, usagef("- and --access-token-file cannot stand beside each other")
	case file != "":
		return a.secretFile("--access-token-file", file)
	case len(args) > 0:
		text, err := a.argument(nil, 0)
		return implicit.NewSecret(strings.TrimSpace(text)), err
	}
	return implicit.Secret{}, usagef("no access token: give - and the token on standard input, or --access-token-file")
}
