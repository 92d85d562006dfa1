package main

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// For looking into a token that must not be trusted.

func newDecodeCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "decode [<token> | -]",
		Short:   "Show the header and claims of a token, unverified",
		GroupID: "tokens",
		Long: `Show the header and claims of a token, with times in words. A leading "Bearer" is
ignored. Nothing is validated: anyone can write such a token. implicit verify validates.

Exit status: 0 decoded, 2 nothing given, 5 not a token that can be decoded.`,
		Example: `  $ implicit decode eyJhbGciOi…
  $ implicit decode - -o json <token | jq .claims.sub`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return runDecode(a, args) },
	}
}

var bearer = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)^(?:authorization:\s*)?bearer\s+`) })

// bareToken returns a pasted token without what a header has before it.
func bareToken(pasted string) string {
	pasted = strings.TrimSpace(pasted)
	return strings.TrimPrefix(pasted, bearer().FindString(pasted))
}

func runDecode(a *app, args []string) error {
	token, err := a.argument(args)
	if err != nil {
		return err
	}
	claims, err := implicit.DecodeUnverified(bareToken(token))
	if err != nil {
		return fault.As(fault.Invalid, err)
	}
	if a.json() {
		return words.JSON(a.out, map[string]any{"verified": false, "header": claims.Header(), "claims": claims.Payload()})
	}
	style := a.style()
	fmt.Fprintln(a.out, style.Bold("Header"))
	if err := a.style().Claims(a.out, claims.Header(), a.now()); err != nil {
		return err
	}
	fmt.Fprintln(a.out, style.Bold("Claims"))
	if err := a.style().Claims(a.out, claims.Payload(), a.now()); err != nil {
		return err
	}
	fmt.Fprintln(a.out)
	style.Paragraph(a.out, "Not verified: anyone can write such a token.")
	return nil
}
