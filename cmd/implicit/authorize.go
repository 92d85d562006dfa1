package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
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

type authorizeOptions struct {
	dryRun bool
	as     string // empty: the implicit grant
}

func newAuthorizeCmd(a *app) *cobra.Command {
	var o authorizeOptions
	cmd := &cobra.Command{
		Use:     "authorize [--dry-run] [--as code] [flags]",
		Short:   "Send only the authorize request",
		GroupID: "steps",
		Long: `Send only the authorize request, and show where it leads: the sign-on page and
the flow's ID. implicit flow and implicit resume continue from there.

With --dry-run nothing is sent: the request is printed as a URL, or with --curl -
as a curl command.

With --as code nothing is sent either: it shows what changes where the application
moves to the authorization code grant with PKCE. With --dry-run too it prints that
request and its code verifier. implicit takes no code and exchanges none.

Exit status: 0 a sign-on page or tokens, 2 wrong settings, 3 refused, 4 a user is
needed, 5 tokens that failed validation, 6 not reached.`,
		Example: `  $ implicit authorize --dry-run --environment-id 8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5 \
      --client-id 1a2b3c4d-5e6f-4a1b-8c2d-3e4f5a6b7c8d --redirect-uri https://app.example.com/callback
  $ flow=$(implicit authorize -o json | jq -r .flow_id)
  $ implicit authorize --as code
  $ implicit authorize --as code --dry-run -o json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runAuthorize(cmd.Context(), a, cmd.Flags(), o) },
	}
	fs := cmd.Flags()
	fs.BoolVar(&o.dryRun, "dry-run", false, "print the URL and send nothing")
	fs.StringVar(&o.as, "as", "", "`GRANT` code: show the same request as authorization code with PKCE, and send nothing")
	config.AddFlags(fs, config.Environment(), config.Request(), config.Validation(), config.Network(), config.Storage())
	addParamFlag(fs)
	a.global.record.addFlags(fs)
	a.global.record.addCurlFlag(fs)
	return cmd
}

func runAuthorize(ctx context.Context, a *app, fs *pflag.FlagSet, o authorizeOptions) error {
	if err := o.checkAs(fs); err != nil {
		return err
	}
	s, stop, err := a.signOnService(ctx, config.Sources{Flags: fs, Need: config.NeedRequest})
	if err != nil {
		return err
	}
	defer stop()
	req, err := s.Request(ctx, "")
	switch {
	case err != nil:
		return err
	case o.as == asCode:
		return a.showCode(req, s.Settings, o.dryRun)
	case o.dryRun:
		return a.printRequest(printedRequest{req, req.Parameters(), ""}, s.Settings.CACert)
	}
	auth, out, err := s.Authorize(ctx, req)
	if out != nil || err != nil {
		return a.showLogin(s, fs, out, err)
	}
	return a.showAuthorization(req, auth)
}

// requestJSON is a request as it is sent; the URL is empty for a POST.
type requestJSON struct {
	URL      string `json:"url,omitempty"`
	State    string `json:"state"`
	Nonce    string `json:"nonce,omitempty"`
	Verifier string `json:"code_verifier,omitempty"`
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

// printedRequest is a request that is printed instead of sent.
type printedRequest struct {
	*implicit.Request
	parameters []implicit.Param
	verifier   string // of a code; empty: the implicit grant
}

func (p printedRequest) address() string {
	separator := "?"
	if strings.Contains(p.Endpoint, "?") {
		separator = "&"
	}
	var pairs []string
	for _, q := range p.parameters {
		pairs = append(pairs, strings.ReplaceAll(url.QueryEscape(q.Name)+"="+url.QueryEscape(q.Value), "+", "%20"))
	}
	return p.Endpoint + separator + strings.Join(pairs, "&")
}

func (a *app) printRequest(p printedRequest, caCert string) error {
	if a.global.record.dryCurl {
		return a.printCurl(p, caCert)
	}
	if login.Posts(p.Request) {
		return usagef("--dry-run prints a URL, and a POST cannot be printed as one; use --curl -, or --method GET")
	}
	if a.json() {
		return words.JSON(a.out, requestJSON{p.address(), p.State, p.Nonce, p.verifier})
	}
	return a.printLine(p.address(), "", p)
}

// printCurl prints the request as the documentation does: the headers of the
// answer are what there is to see, and nothing is followed.
func (a *app) printCurl(p printedRequest, caCert string) error {
	args := []string{"curl", "-i"}
	if caCert != "" {
		args = append(args, "--cacert", words.QuoteSh(caCert))
	}
	if login.Posts(p.Request) {
		args = append(args, words.QuoteSh(p.Endpoint))
		for _, q := range p.parameters {
			args = append(args, "\\\n  --data-urlencode", words.QuoteSh(q.Name+"="+q.Value))
		}
	} else {
		args = append(args, words.QuoteSh(p.address()))
	}
	line := strings.Join(args, " ")
	if a.json() {
		return words.JSON(a.out, struct {
			Curl     string `json:"curl"`
			Verifier string `json:"code_verifier,omitempty"`
		}{line, p.verifier})
	}
	return a.printLine(line, "# ", p) // a shell takes both lines
}

// printLine prints the request and, below it, the verifier of a code.
func (a *app) printLine(line, mark string, p printedRequest) error {
	if p.verifier != "" {
		line += "\n" + mark + "code_verifier: " + p.verifier
	}
	_, err := fmt.Fprintln(a.out, line)
	return err
}
