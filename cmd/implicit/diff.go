package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"github.com/implicit-cli/implicit/internal/report"
	"github.com/implicit-cli/implicit/internal/words"
)

// It worked yesterday, or for a colleague: diff says what is different.

type diffOptions struct {
	all      bool
	exitCode bool
}

func newDiffCmd(a *app) *cobra.Command {
	var o diffOptions
	cmd := &cobra.Command{
		Use:     "diff <a> <b>",
		Short:   "Compare two tokens, results or recordings",
		GroupID: "tokens",
		Long: `Compare two tokens, two results (the JSON of login, resume, verify, replay) or two
HAR files, claim by claim and hop by hop. Each is a file, a token, or - for standard
input. What differs between any two sign-ons is left out: state, nonce, jti, sid,
at_hash, times, IDs, cookies and fingerprints; --all compares them too. Secrets are
shown as fingerprints. Nothing is validated.

Exit status: 0 compared, 1 something differs (with --exit-code), 2 not of the
same kind.`,
		Example: `  $ implicit diff yesterday.har today.har
  $ implicit token --id-token | implicit diff other.jwt - --exit-code`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error { return runDiff(cmd.Context(), a, args, o) },
	}
	cmd.Flags().BoolVar(&o.all, "all", false, "also compare what differs between any two sign-ons")
	cmd.Flags().BoolVar(&o.exitCode, "exit-code", false, "exit 1 if something differs")
	return cmd
}

func runDiff(ctx context.Context, a *app, args []string, o diffOptions) error {
	if args[0] == "-" && args[1] == "-" {
		return usagef("only one of the two can be standard input")
	}
	redactor := a.redactor() // one for both: equal secrets look equal
	var subjects [2]*report.Subject
	for i, arg := range args {
		text, err := a.compared(arg)
		if err != nil {
			return err
		}
		if subjects[i], err = report.ReadSubject(ctx, text, redactor); err != nil {
			return err
		}
	}
	if subjects[0].Kind != subjects[1].Kind {
		return usagef("expected two of the same kind, found a %s and a %s", subjects[0].Kind, subjects[1].Kind)
	}
	found := report.Diff(subjects[0], subjects[1], o.all)
	if a.json() {
		if err := words.JSON(a.withoutSecrets(), map[string]any{"different": len(found) > 0, "differences": orEmpty(found)}); err != nil {
			return err
		}
	} else {
		a.diffText(found)
	}
	if o.exitCode && len(found) > 0 {
		return &silentError{1}
	}
	return nil
}

// compared reads a file, standard input for -, or a token that was pasted.
func (a *app) compared(arg string) ([]byte, error) {
	text, err := a.readFile(arg, report.MaxArchive)
	switch {
	case err != nil && compact().MatchString(bareToken(arg)) && (errors.Is(err, fs.ErrNotExist) || len(arg) > 200):
		return []byte(bareToken(arg)), nil
	case err == nil && len(bytes.TrimSpace(text)) == 0:
		return nil, usagef("%s: empty", arg)
	}
	return []byte(bareToken(string(text))), err
}

func (a *app) diffText(found []report.Difference) {
	out, style := a.withoutSecrets(), a.style()
	for _, d := range found {
		fmt.Fprintln(out, style.Bold(words.Text(d.Name)))
		if d.A != nil {
			fmt.Fprintln(out, style.Bad("- "+diffValue(*d.A)))
		}
		if d.B != nil {
			fmt.Fprintln(out, style.Good("+ "+diffValue(*d.B)))
		}
	}
}

// diffValue is a list or another JSON value as decode shows it, and any other text as
// [words.Text] does.
func diffValue(s string) string {
	var b strings.Builder
	if !json.Valid([]byte(s)) || words.JSON(&b, json.RawMessage(s)) != nil {
		return words.Text(s)
	}
	return strings.TrimSpace(b.String())
}
