package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/sandbox"
)

// A script reads what an application sent, and waits for it.

// journalOptions choose entries. The names are those of the API's parameters.
type journalOptions struct {
	filter        map[string]*string
	follow, clear bool
	wait          time.Duration
}

func newCtlJournalCmd(a *app, o *ctlOptions) *cobra.Command {
	j := journalOptions{filter: map[string]*string{}}
	cmd := &cobra.Command{
		Use:   "journal",
		Short: "Show the requests that the sandbox answered",
		Long: `Show the requests that the sandbox answered, oldest first: all that it keeps, the last
10,000, or those that the flags choose. -o json prints one entry a line, with the
parameters of the request. Passwords, cookies and tokens are never in it.

--wait waits until there is at least one such entry, and exits with 6 if there is none
in time.

Exit status: 0 shown or cleared, 2 wrong usage, 3 refused, 6 not reached, or nothing in
the time of --wait.`,
		Example: `  $ implicit sandbox ctl journal --follow
  $ implicit sandbox ctl journal --wait 10s --leg resume --user ada -o json
  $ implicit sandbox ctl journal --clear`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runCtlJournal(cmd.Context(), a, o, j) },
	}
	fs := cmd.Flags()
	for _, f := range [][2]string{
		{"after", "`NUMBER` only entries after this one"}, {"leg", "`NAME` discovery, jwks, authorize, page, flow, action, resume, userinfo or signoff"},
		{"method", "`METHOD` GET, POST …"}, {"path", "`PATH` how the path begins, without the environment ID"}, {"application", "`NAME` client ID or name"},
		{"user", "`NAME` username"}, {"status", "`NUMBER` HTTP status"}, {"outcome", "`TEXT` tokens, flow, a flow's status or an error code"},
	} {
		j.filter[f[0]] = fs.String(f[0], "", f[1])
	}
	fs.BoolVar(&j.follow, "follow", false, "go on until Ctrl-C")
	fs.BoolVar(&j.clear, "clear", false, "drop all entries")
	fs.DurationVar(&j.wait, "wait", 0, "`DURATION` how long to wait for the first entry")
	cmd.MarkFlagsMutuallyExclusive("follow", "clear", "wait")
	return cmd
}

// journalPoll is how long one request waits: less than the API's limit.
const journalPoll = 30 * time.Second

func runCtlJournal(ctx context.Context, a *app, o *ctlOptions, j journalOptions) error {
	if j.clear {
		var answer map[string]any
		return o.do(ctx, a, http.MethodDelete, "/v1/journal", nil, &answer)
	}
	query := url.Values{}
	for name, value := range j.filter {
		if *value != "" {
			query.Set(name, *value)
		}
	}
	deadline := a.now().Add(j.wait)
	for {
		left := deadline.Sub(a.now())
		if j.follow {
			left = journalPoll
		}
		query.Set("wait", max(0, min(left, journalPoll)).String())
		var answer struct {
			Entries []sandbox.Event `json:"entries"`
			Last    int             `json:"last"`
		}
		if err := o.do(ctx, a, http.MethodGet, "/v1/journal?"+query.Encode(), nil, &answer); err != nil {
			return err
		}
		if err := a.printJournal(answer.Entries); err != nil {
			return err
		}
		switch {
		case j.follow:
			query.Set("after", strconv.Itoa(answer.Last))
		case len(answer.Entries) > 0 || j.wait == 0:
			return nil
		case left <= journalPoll:
			return fault.As(fault.Unreachable, errors.New("no such request in "+j.wait.String()))
		}
	}
}

func (a *app) printJournal(entries []sandbox.Event) error {
	for _, e := range entries {
		if err := a.printAnswer(e, journalLine(e)); err != nil {
			return err
		}
	}
	return nil
}

// journalLine shows an entry to a user.
func journalLine(e sandbox.Event) string {
	line := fmt.Sprintf("%6d  %s  %3d  %-4s  %-24s %s", e.Number, e.Time.Format("15:04:05"), e.Status, e.Method, short(e.Path, "/flows/"), short(e.Outcome, "flow "))
	for _, part := range []string{e.Application, e.User, e.Explanation} {
		if part != "" {
			line += "  " + part
		}
	}
	return strings.TrimRight(line, " ")
}
