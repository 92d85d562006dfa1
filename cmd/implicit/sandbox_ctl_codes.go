package main

import (
	"net/http"
	"net/url"

	"github.com/spf13/cobra"
)

// A script signs on with a second factor, as the user who has the phone.

func newCtlMessagesCmd(a *app, o *ctlOptions) *cobra.Command {
	return &cobra.Command{
		Use:   "messages <username>",
		Short: "Show the codes that PingOne would have sent to a user",
		Long: `Show the passcodes, recovery codes and verification codes that PingOne would have sent
to a user, oldest first: the code, what it is, how it was sent and where to.` + ctlExit,
		Example: `  $ implicit sandbox ctl messages sms | tail -n 1 | cut -d ' ' -f 1`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var answer struct {
				Messages []struct {
					Kind string `json:"kind"`
					By   string `json:"by"`
					To   string `json:"to"`
					Code string `json:"code"`
				} `json:"messages"`
			}
			if err := o.do(cmd.Context(), a, http.MethodGet, "/v1/users/"+url.PathEscape(args[0])+"/messages", nil, &answer); err != nil {
				return err
			}
			var lines []string
			for _, m := range answer.Messages {
				lines = append(lines, m.Code+"  "+m.Kind+"  "+m.By+"  "+m.To)
			}
			return a.printAnswer(answer, lines...)
		},
	}
}

func newCtlTOTPCmd(a *app, o *ctlOptions) *cobra.Command {
	return &cobra.Command{
		Use:   "totp <username>",
		Short: "Show what a user's authenticator app shows",
		Long: `Show the passcode that a user's authenticator app shows now, by the sandbox's clock.
Each passcode is accepted once.` + ctlExit,
		Example: `  $ implicit sandbox ctl totp totp`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var answer struct {
				Code string `json:"code"`
			}
			if err := o.do(cmd.Context(), a, http.MethodGet, "/v1/users/"+url.PathEscape(args[0])+"/totp", nil, &answer); err != nil {
				return err
			}
			return a.printAnswer(answer, answer.Code)
		},
	}
}
