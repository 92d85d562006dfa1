package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/render"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// For debugging an application: authorize is the first request alone, to be
// looked at before or after it is sent.

type authorizeOptions struct{ dryRun bool }

func newAuthorizeCmd(a *app) *cobra.Command {
	var o authorizeOptions
	cmd := &cobra.Command{
		Use:     "authorize [--dry-run] [flags]",
		Short:   "Send only the authorize request",
		GroupID: "steps",
		Long: `Send only the authorize request, and show where it leads: the sign-on page and
the flow's ID. implicit flow and implicit resume continue from there.

With --dry-run nothing is sent: the request is printed as a URL, or with --curl -
as a curl command.

Exit status: 0 a sign-on page or tokens, 2 wrong settings, 3 refused, 4 a user is
needed, 5 tokens that failed validation, 6 not reached.`,
		Example: `  $ implicit authorize --dry-run --environment-id 8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5 \
      --client-id 1a2b3c4d-5e6f-4a1b-8c2d-3e4f5a6b7c8d --redirect-uri https://app.example.com/callback
  $ flow=$(implicit authorize -o json | jq -r .flow_id)`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runAuthorize(cmd.Context(), a, cmd.Flags(), o) },
	}
	fs := cmd.Flags()
	fs.BoolVar(&o.dryRun, "dry-run", false, "print the URL and send nothing")
	config.AddFlags(fs, config.Environment(), config.Request(), config.Validation(), config.Network(), config.Storage())
	addParamFlag(fs)
	a.global.record.addFlags(fs)
	a.global.record.addCurlFlag(fs)
	return cmd
}

func runAuthorize(ctx context.Context, a *app, fs *pflag.FlagSet, o authorizeOptions) error {
	s, stop, err := a.signOnService(ctx, config.Sources{Flags: fs, Need: config.NeedRequest})
	if err != nil {
		return err
	}
	defer stop()
	req, err := s.Request(ctx, "")
	switch {
	case err != nil:
		return err
	case o.dryRun && a.global.record.dryCurl:
		return a.printCurl(req, s.Settings.CACert)
	case o.dryRun:
		return a.printURL(req)
	}
	auth, out, err := s.Authorize(ctx, req)
	if out != nil || err != nil {
		return a.showLogin(s, fs, out, err)
	}
	return a.showAuthorization(req, auth)
}

// requestJSON is a request as it is sent; the URL is empty for a POST.
type requestJSON struct {
	URL   string `json:"url,omitempty"`
	State string `json:"state"`
	Nonce string `json:"nonce,omitempty"`
}

func requestOf(req *implicit.Request) (r requestJSON, err error) {
	r = requestJSON{State: req.State, Nonce: req.Nonce}
	if !login.Posts(req) {
		r.URL, err = req.URL()
	}
	return r, err
}

func (a *app) showAuthorization(req *implicit.Request, auth *pingone.Authorization) error {
	out := cleaned{a}
	status, actions := "", []string(nil)
	if auth.Flow != nil {
		status, actions = auth.Flow.Status, auth.Flow.Actions()
	}
	if a.json() {
		sent, err := requestOf(req)
		if err != nil {
			return err
		}
		for i := range actions {
			actions[i] = a.secrets.Scrub(actions[i])
		}
		page := a.secrets.Scrub(auth.SignOnURL)
		return words.JSON(a.out, struct { // with state and nonce, which are the request's own
			Request    requestJSON `json:"request"`
			Status     int         `json:"status"`
			Location   string      `json:"location,omitempty"`
			SignOnURL  string      `json:"sign_on_url,omitempty"`
			FlowID     string      `json:"flow_id"`
			FlowStatus string      `json:"flow_status,omitempty"`
			Actions    []string    `json:"actions,omitempty"`
		}{sent, auth.Status, page, page, auth.FlowID, a.secrets.Scrub(status), actions})
	}
	fmt.Fprintf(out, "%s\n", a.style().Bold(fmt.Sprintf("HTTP %d %s", auth.Status, http.StatusText(auth.Status))))
	location := ""
	if auth.SignOnURL != "" {
		location = words.Text(auth.SignOnURL)
	}
	render.Rows(out, [][2]string{
		{"Location", location}, {"sign-on URL", location}, {"flow ID", auth.FlowID},
		{"flow status", status}, {"actions", strings.Join(actions, ", ")},
	})
	fmt.Fprintf(out, "\nNext: implicit flow show %s\n", auth.FlowID)
	return nil
}

func (a *app) printURL(req *implicit.Request) error {
	if login.Posts(req) {
		return usagef("--dry-run prints a URL, and a POST cannot be printed as one; use --curl -, or --method GET")
	}
	r, err := requestOf(req)
	if err != nil {
		return err
	}
	if a.json() {
		return words.JSON(a.out, r)
	}
	_, err = fmt.Fprintln(a.out, r.URL)
	return err
}

// printCurl prints the request as the documentation does: the headers of the
// answer are what there is to see, and nothing is followed.
func (a *app) printCurl(req *implicit.Request, caCert string) error {
	args := []string{"curl", "-i"}
	if caCert != "" {
		args = append(args, "--cacert", words.QuoteSh(caCert))
	}
	if login.Posts(req) {
		if _, err := req.HTTP(); err != nil {
			return err
		}
		args = append(args, words.QuoteSh(req.Endpoint))
		for _, p := range req.Parameters() {
			args = append(args, "\\\n  --data-urlencode", words.QuoteSh(p.Name+"="+p.Value))
		}
	} else {
		address, err := req.URL()
		if err != nil {
			return err
		}
		args = append(args, words.QuoteSh(address))
	}
	line := strings.Join(args, " ")
	if a.json() {
		return words.JSON(a.out, map[string]string{"curl": line})
	}
	_, err := fmt.Fprintln(a.out, line)
	return err
}
