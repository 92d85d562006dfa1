package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/words"
)

// For a token in seconds: login is the whole grant in one command.

type loginOptions struct {
	userInfo bool
	via      string
	listen   string
	qr       bool
}

func (o *loginOptions) addFlags(fs *pflag.FlagSet) {
	fs.BoolVar(&o.userInfo, "userinfo", false, "also ask userinfo, and compare its sub")
	fs.StringVar(&o.via, "via", "", "`WAY` browser, terminal or paste (default: the one that fits)")
	fs.StringVar(&o.listen, "listen", "", "`ADDR:PORT` where to listen for the browser, apart from the redirect URI")
	fs.BoolVar(&o.qr, "qr", false, "draw the address to open as a QR code too")
	addChecksFlag(fs)
	addSwitchFlag(fs)
	addTokenSettings(fs)
}

func newLoginCmd(a *app) *cobra.Command {
	var o loginOptions
	cmd := &cobra.Command{
		Use:     "login [flags]",
		Short:   "Sign on and get validated tokens",
		GroupID: "signon",
		Long: `Sign on and get validated tokens: the authorize request, the sign-on, resume
with the session cookie, every check of the response, and safe storage.

You sign on in this machine's browser. With a user name and a password, or with
--sandbox, the sign-on is in the terminal instead. Where no browser can be opened,
or the redirect URI is not on this machine, you open the printed address anywhere
and paste the address it ends on.

In the terminal it asks for whatever the sign-on policy requires and the settings
lack; what only a browser can answer continues in the browser, unless --via terminal
is given. If you forgot the password, press Enter at the prompt.

The program of --otp-command prints the passcode as its first line. The variables
IMPLICIT_OTP_DEVICE, IMPLICIT_OTP_TARGET, IMPLICIT_OTP_USERNAME and
IMPLICIT_OTP_SINCE say which passcode is needed.

Exit status: 0 valid tokens, 2 wrong settings, 3 refused, 4 a user is needed,
5 failed validation, 6 not reached.`,
		Example: `  $ implicit login --sandbox
  $ implicit login --region EU --environment-id 8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5 \
      --client-id 1a2b3c4d-5e6f-4a1b-8c2d-3e4f5a6b7c8d --redirect-uri https://app.example.com/callback \
      --username jane --password-file ./password
  $ implicit login --sandbox --output json | jq .claims.id_token`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runLogin(cmd.Context(), a, cmd.Flags(), o) },
	}
	o.addFlags(cmd.Flags())
	a.global.record.addFlags(cmd.Flags())
	a.global.record.addCurlFlag(cmd.Flags())
	return cmd
}

func runLogin(ctx context.Context, a *app, fs *pflag.FlagSet, o loginOptions) error {
	s, stop, err := a.signOnService(ctx, config.Sources{Flags: fs, Need: config.NeedClient})
	if err != nil {
		return err
	}
	defer stop()
	s.UI = &ui{a: a, qr: o.qr, exposed: o.listen != ""}
	way, err := a.way(s, o)
	if err != nil {
		return err
	}
	out, err := s.Login(ctx, way)
	return a.showLogin(s, fs, out, err)
}

func vias() []string { return []string{login.ViaBrowser, login.ViaTerminal, login.ViaPaste} }

// way takes the way that was asked for, or the one that fits.
func (a *app) way(s *login.Service, o loginOptions) (login.Way, error) {
	way := login.Way{Via: o.via, Listen: o.listen, UserInfo: o.userInfo}
	if o.via != "" && !slices.Contains(vias(), o.via) {
		return way, usagef("--via: expected browser, terminal or paste; found %q%s", o.via, words.DidYouMean(o.via, vias()))
	}
	if o.via != "" {
		return way, nil
	}
	via, why, err := s.ChooseWay(o.listen, a.inTerminal != nil && !a.host().Pipeline())
	if why != "" {
		a.say("%s", why)
	}
	way.Via, way.Chosen = via, true
	return way, err
}
