package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/implicit-cli/implicit/internal/render"
	"github.com/implicit-cli/implicit/internal/report"
	"github.com/implicit-cli/implicit/internal/state"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// A user has the address that a browser ended on: parse takes it apart.

func newParseCmd(a *app) *cobra.Command {
	var redirectURI string
	cmd := &cobra.Command{
		Use:     "parse [<url> | -]",
		Short:   "Parse a pasted redirect URL",
		GroupID: "tokens",
		Long: `Parse a redirect URL, fragment, form body, Location line, JSON string, form page,
the output of curl -i or curl -v, or a browser's HAR file. Put an address in quotes,
or the shell cuts it at the first &.
Nothing is sent and nothing is validated; implicit verify does that.

Exit status: 0 read, 2 nothing given, 3 an error response, 5 not a
response of the implicit grant, or one that must not be trusted.`,
		Example: `  $ implicit parse 'https://app.example.com/callback#access_token=…&state=…'
  $ pbpaste | implicit parse - -o json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return runParse(a, args, redirectURI) },
	}
	cmd.Flags().StringVar(&redirectURI, "redirect-uri", "", "`URI` what must stand before the parameters")
	return cmd
}

func runParse(a *app, args []string, redirectURI string) error {
	text, err := a.argument(args)
	if err != nil {
		return err
	}
	resp, err := readResponse(text, redirectURI)
	if err == nil {
		err = tokensAlone(resp)
	}
	if err != nil {
		return err
	}
	if a.json() {
		err = a.parseJSON(resp)
	} else {
		a.parseText(resp)
	}
	if err == nil && resp.Error != nil {
		return refusal(resp.Error)
	}
	return err
}

// tokensAlone refuses tokens in the response to another response type. The
// library leaves that to its check "tokens".
func tokensAlone(resp *implicit.Response) error {
	for _, name := range []string{"code", "response"} {
		if resp.Error == nil && !resp.Get(name).Empty() {
			return &implicit.ParseError{Problem: "expected tokens alone, found " + name + " in addition to them"}
		}
	}
	return nil
}

// readResponse reads a response in any form: a HAR, what curl printed and a flow's JSON
// included.
func readResponse(text, redirectURI string) (*implicit.Response, error) {
	object := strings.HasPrefix(strings.TrimSpace(text), "{")
	switch {
	case object && report.LooksLikeHAR([]byte(text)):
		return recordedResponse(text, redirectURI)
	case !object && report.LooksLikeHTTP(text):
		resp, err := report.ReadHTTP(text).LastResponse(redirectURI)
		if !errors.Is(err, implicit.ErrNoResponse) {
			return resp, err
		}
		return implicit.Parse(text, redirectURI) // says what its Location holds instead
	case !object:
		return implicit.Parse(text, redirectURI)
	}
	flow, err := pingone.ParseFlow([]byte(text))
	switch {
	case err != nil:
		return nil, err
	case flow.Response == nil:
		return nil, &implicit.ParseError{Problem: "the flow holds no authorizeResponse"}
	}
	return flow.Response, nil
}

func recordedResponse(har, redirectURI string) (*implicit.Response, error) {
	archive, err := report.ReadHAR([]byte(har))
	if err != nil {
		return nil, err
	}
	resp, err := archive.LastSignOn(redirectURI)
	if errors.Is(err, implicit.ErrNoResponse) {
		err = &implicit.ParseError{Problem: "none of the recording's entries holds one"}
	}
	return resp, err
}

func (a *app) parseJSON(resp *implicit.Response) error {
	type errorJSON struct {
		Code          string `json:"code"`
		Description   string `json:"description"`
		CorrelationID string `json:"correlation_id"`
	}
	out := struct {
		Channel string            `json:"channel"`
		Params  map[string]string `json:"params"`
		Error   *errorJSON        `json:"error"`
	}{Channel: resp.Channel, Params: map[string]string{}}
	for _, name := range resp.Names() {
		out.Params[name] = resp.Get(name).Reveal()
	}
	if e := resp.Error; e != nil {
		out.Error = &errorJSON{e.Code, e.Description, pingone.CorrelationID(e.Description)}
	}
	return words.JSON(a.out, out)
}

func (a *app) parseText(resp *implicit.Response) {
	rows := [][2]string{{"channel", resp.Channel}}
	for _, name := range resp.Names() {
		value := `""`
		if v := resp.Get(name); !v.Empty() {
			value = words.Text(v.Reveal())
		}
		rows = append(rows, [2]string{words.Text(name), value})
	}
	if resp.TokenAlias {
		a.warn(`the access token has the name "token" instead of access_token`)
	}
	render.Rows(a.out, rows)
}

// argument returns the first argument, or standard input for - and for none.
func (a *app) argument(args []string) (string, error) {
	if len(args) > 0 && args[0] != "-" {
		if strings.TrimSpace(args[0]) == "" {
			return "", usagef("empty argument")
		}
		return args[0], nil
	}
	if len(args) == 0 && a.inTerminal != nil {
		return "", usagef("expected an argument, or - and something on standard input")
	}
	data, err := state.ReadText(a.in, "standard input", report.MaxArchive)
	switch {
	case err != nil:
		return "", err
	case strings.TrimSpace(string(data)) == "":
		return "", usagef("standard input: empty")
	}
	return string(data), nil
}
