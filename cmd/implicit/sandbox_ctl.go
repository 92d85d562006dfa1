package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/control"
	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// A script changes a running sandbox, and reads what an application sent to it.

type ctlOptions struct{ address, caCert, environment string }

func newSandboxCtlCmd(a *app) *cobra.Command {
	o := new(ctlOptions)
	cmd := group("ctl", "Change a running sandbox, and read what it was asked",
		`Change a sandbox that runs with --control: its users, applications, switches, clock,
sessions and keys; read its journal and the codes that it sent; make tokens without a
sign-on.

The address and the key are in the file that --write-env writes and in the line that
the sandbox prints. The key is read from IMPLICIT_SANDBOX_CONTROL_KEY.`,
		newCtlItemsCmd(a, o, "users", "username"), newCtlItemsCmd(a, o, "apps", "client-id"), newCtlMessagesCmd(a, o), newCtlTOTPCmd(a, o), newCtlSwitchCmd(a, o),
		newCtlClockCmd(a, o), newCtlExpireCmd(a, o), newCtlRotateCmd(a, o), newCtlJournalCmd(a, o), newCtlMintCmd(a, o), newCtlResetCmd(a, o))
	o.addFlags(cmd.PersistentFlags())
	return cmd
}

func (o *ctlOptions) addFlags(fs *pflag.FlagSet) {
	fs.StringVar(&o.address, "control", "", "`URL` address of the control API (default: IMPLICIT_SANDBOX_CONTROL)")
	fs.StringVar(&o.environment, "environment", "", "`ID` environment ID of one of several (default: the first one)")
	fs.StringVar(&o.caCert, "ca-cert", "", "`FILE` CA certificate of the sandbox (PEM) (default: IMPLICIT_CA_CERT)")
}

// do calls the API.
func (o *ctlOptions) do(ctx context.Context, a *app, method, path string, body, into any) error {
	address, key := cmp.Or(o.address, a.getenv(controlVariable)), implicit.NewSecret(a.getenv(controlKeyVariable))
	switch {
	case address == "":
		return fault.WithHint(usagef("the address of the control API is missing: set --control or "+controlVariable), controlHint)
	case key.Reveal() == "":
		return fault.WithHint(usagef("the control key is missing: set "+controlKeyVariable), controlHint)
	}
	a.secrets.Add(key)
	if o.environment != "" {
		path = "/v1/environments/" + url.PathEscape(o.environment) + strings.TrimPrefix(path, "/v1")
	}
	var roots []byte
	if file := cmp.Or(o.caCert, a.getenv("IMPLICIT_CA_CERT")); file != "" {
		var err error
		if roots, err = a.readFile(file, maxSandboxKeys); err != nil {
			return err
		}
	}
	client, err := control.NewClient(address, key.Reveal(), roots)
	if err != nil {
		return fault.As(fault.Usage, err)
	}
	if err = client.Do(ctx, method, path, body, into); err == nil {
		return nil
	}
	err = fmt.Errorf("control API: %w", err)
	if untrusted := (*tls.CertificateVerificationError)(nil); errors.As(err, &untrusted) {
		return fault.WithHint(err, "name the sandbox's CA certificate: --ca-cert or IMPLICIT_CA_CERT; it is in the file that --write-env writes")
	}
	if network := (*url.Error)(nil); ctx.Err() == nil && (errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF)) {
		return fault.WithHint(fault.As(fault.Unreachable, err), "is the sandbox still running, with --control? Its address is in the file that --write-env writes")
	}
	return err
}

const controlHint = "start the sandbox with --control 127.0.0.1:0 --write-env sandbox.env, and source that file"

// printAnswer shows an answer: as it is for programs, else by lines of text.
func (a *app) printAnswer(answer any, lines ...string) error {
	if a.json() {
		return words.JSON(a.out, answer)
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(a.out, a.secrets.Clean(line)); err != nil {
			return err
		}
	}
	return nil
}

// newCtlItemsCmd is the command for users or for applications.
func newCtlItemsCmd(a *app, o *ctlOptions, name, id string) *cobra.Command {
	what, key := "users", "users"
	if name == "apps" {
		what, key = "applications", "applications"
	}
	return &cobra.Command{
		Use:   name + " [put <file> | delete <" + id + ">]",
		Short: "List, add, replace or delete " + what,
		Long: `List the ` + what + ` as they are now; add or replace those of a file; delete one.
The file is as for --tenant, or has one of its ` + what + ` or a list of them, in YAML or
JSON; - is standard input. Either all are taken over, or none.

Exit status: 0 done, 2 wrong usage or a mistake in the file, 3 refused, 6 not reached.`,
		Example: fmt.Sprintf("  $ implicit sandbox ctl %[1]s\n  $ implicit sandbox ctl %[1]s put more.yaml\n  $ implicit sandbox ctl %[1]s delete ada", name),
		Args:    ctlItemArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runCtlItems(cmd.Context(), a, o, key, args)
		},
	}
}

func ctlItemArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 || len(args) == 2 && (args[0] == "put" || args[0] == "delete") {
		return nil
	}
	return usagef("usage: %s", cmd.UseLine())
}

func runCtlItems(ctx context.Context, a *app, o *ctlOptions, key string, args []string) error {
	if len(args) == 0 {
		return listCtlItems(ctx, a, o, key)
	}
	if args[0] == "delete" {
		var answer map[string]any
		if err := o.do(ctx, a, http.MethodDelete, "/v1/"+key+"/"+url.PathEscape(args[1]), nil, &answer); err != nil {
			return err
		}
		return a.printAnswer(answer)
	}
	text, err := a.readFile(args[1], maxTenantFile)
	if err != nil {
		return err
	}
	items, err := sandbox.TenantItems(sandbox.TenantFile{Name: args[1], Text: text}, key)
	if err != nil {
		return err
	}
	answer := map[string][]string{}
	if err := o.do(ctx, a, http.MethodPost, "/v1/"+key, json.RawMessage(items), &answer); err != nil {
		return err
	}
	return a.printAnswer(answer, append(answer["usernames"], answer["client_ids"]...)...)
}

func listCtlItems(ctx context.Context, a *app, o *ctlOptions, key string) error {
	var answer struct {
		Users        []sandbox.User        `json:"users,omitempty"`
		Applications []sandbox.Application `json:"applications,omitempty"`
	}
	if err := o.do(ctx, a, http.MethodGet, "/v1/"+key, nil, &answer); err != nil {
		return err
	}
	var lines []string
	for _, u := range answer.Users {
		lines = append(lines, listLine(u.Username, u.Password, u.Note))
	}
	for _, app := range answer.Applications {
		lines = append(lines, listLine(app.Name, app.ClientID, app.Note))
	}
	return a.printAnswer(answer, lines...)
}
