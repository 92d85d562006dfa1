package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// For the claims that the provider has of a user in addition to the ID token.

func newUserInfoCmd(a *app) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:     "userinfo [-]",
		Short:   "Get the user's claims from userinfo",
		GroupID: "tokens",
		Long: `Get the user's claims from the provider's userinfo endpoint. The access token is
the stored one, obtained as by implicit token, or one from standard input (-) or
--access-token-file. With a stored one, sub is compared with
the ID token's.

Exit status: 0 claims, 2 wrong settings, 3 refused, 4 run implicit login, 5 a different
user, 6 not reached.`,
		Example: `  $ implicit userinfo
  $ implicit login -o json | jq -r .access_token | implicit userinfo -`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runUserInfo(cmd.Context(), a, cmd.Flags(), args, file)
		},
	}
	cmd.Flags().StringVar(&file, "access-token-file", "", "`FILE` file that holds the access token")
	addTokenSettings(cmd.Flags())
	a.global.record.addFlags(cmd.Flags())
	a.global.record.addCurlFlag(cmd.Flags())
	return cmd
}

func runUserInfo(ctx context.Context, a *app, fs *pflag.FlagSet, args []string, file string) error {
	src := config.Sources{Flags: fs, Need: config.NeedClient}
	if len(args) > 0 || file != "" {
		src.Need = config.NeedProvider
	}
	s, stop, err := a.signOnService(ctx, src)
	if err != nil {
		return err
	}
	defer stop()
	token, subject, err := a.userInfoToken(ctx, s, args, file)
	if err != nil {
		return err
	}
	claims, err := s.UserInfo(ctx, token, subject)
	if err != nil {
		return err
	}
	if a.json() {
		return words.JSON(a.out, claims)
	}
	return a.style().Claims(a.out, claims.Payload(), a.now())
}

// userInfoToken returns the access token to ask with, and the subject of the
// stored ID token, which was verified before it was stored.
func (a *app) userInfoToken(ctx context.Context, s *login.Service, args []string, file string) (token implicit.Secret, subject string, err error) {
	if len(args) > 0 || file != "" {
		token, err = a.givenToken(args, file)
		return token, "", err
	}
	e, err := s.Token(ctx, login.Want{})
	if err != nil {
		return implicit.Secret{}, "", err
	}
	if e.IDToken != "" {
		subject = e.Subject
	}
	return implicit.NewSecret(e.AccessToken), subject, nil
}

func (a *app) givenToken(args []string, file string) (implicit.Secret, error) {
	switch {
	case len(args) > 0 && args[0] != "-":
		return implicit.Secret{}, usagef("expected - for standard input: a token as an argument shows in the process list")
	case len(args) > 0 && file != "":
		return implicit.Secret{}, usagef("- and --access-token-file cannot be used together")
	case file != "":
		return a.secretFile("--access-token-file", file)
	}
	text, err := a.argument(nil)
	return implicit.NewSecret(strings.TrimSpace(text)), err
}
