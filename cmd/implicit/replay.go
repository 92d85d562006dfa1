package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/render"
	"github.com/implicit-cli/implicit/internal/report"
	"github.com/implicit-cli/implicit/internal/state"
	"github.com/implicit-cli/implicit/internal/wire"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// A sign-on was recorded elsewhere, often by someone else: replay says what is wrong
// with it.

type replayOptions struct{ jwks string }

func (o *replayOptions) addFlags(fs *pflag.FlagSet, r *recordOptions) {
	fs.StringVar(&o.jwks, "jwks", "", "`FILE` the issuer's keys, for the signatures")
	fs.StringVar(&r.har, "har", "", "write the recording without secrets to `FILE`, as HAR")
	fs.StringVar(&r.report, "report", "", "write a page that shows the sign-on to `FILE`, without secrets")
	fs.BoolVar(&r.open, "open", false, "open the page of --report in the browser at the end")
	fs.BoolVar(&r.redactClaims, "redact-claims", false, "hide who signed on, too, in what is written")
}

func newReplayCmd(a *app) *cobra.Command {
	var o replayOptions
	cmd := &cobra.Command{
		Use:     "replay <file | ->",
		Short:   "Validate a recorded sign-on again, offline",
		GroupID: "tokens",
		Long: `Parse and validate the sign-on in a HAR file again, as of its recorded time: a file
that --har wrote, or one that a browser saved ("Save all as HAR" in its network
panel). Nothing is sent. It diagnoses and vouches for nothing, since anyone can
write such a file. What a recording does not hold is said, and is no fault of the
sign-on. Tokens are printed with --show-secrets alone.

A browser's file holds passwords, tokens and cookies: --har and --report write it
without them, to hand to others.

Exit status: 0 no check failed, 2 no recording of a sign-on, 3 it is an error
answer, 5 a check failed.`,
		Example: `  $ implicit replay login.har
  $ implicit replay browser.har --jwks keys.json
  $ implicit replay browser.har --har redacted.har --report redacted.html`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runReplay(cmd.Context(), a, cmd.Flags(), args[0], o)
		},
	}
	o.addFlags(cmd.Flags(), &a.global.record)
	return cmd
}

func runReplay(ctx context.Context, a *app, fs *pflag.FlagSet, file string, o replayOptions) error {
	if err := a.checkFiles(fs); err != nil {
		return err
	}
	keys, err := o.keys()
	if err != nil {
		return err
	}
	text, err := a.readFile(file, report.MaxArchive)
	if err != nil {
		return err
	}
	archive, err := report.ReadHAR(text)
	if err != nil {
		return err
	}
	if err := a.openSinks(a.reportKinds()); err != nil {
		return err
	}
	redacted := archive.Redacted(a.redactor())
	p, err := report.NewReplay(ctx, archive, keys)
	if err == nil {
		a.warnings = p.Warnings
		if err = a.showReplay(archive, p, report.Lint(p.Hops(redacted))); err == nil {
			err = replayed(p)
		}
	}
	a.writeReplay(archive.SignOn(), redacted, p, err)
	return err
}

func (o *replayOptions) keys() (*implicit.KeySet, error) {
	if o.jwks == "" {
		return nil, nil
	}
	document, err := state.ReadTextFile(o.jwks, "--jwks", 4<<20)
	if err != nil {
		return nil, err
	}
	return implicit.NewStaticKeySet(document)
}

// readFile reads a file that the user named, or standard input for -.
func (a *app) readFile(name string, limit int64) ([]byte, error) {
	if name == "-" {
		return state.ReadText(a.in, "standard input", limit)
	}
	return state.ReadTextFile(name, name, limit)
}

// redactor takes the secrets out of a recording, and has messages without them.
func (a *app) redactor() *wire.Redactor {
	return wire.NewRedactor(a.random, wire.Options{Claims: a.global.record.redactClaims,
		Learn: func(value string) { a.secrets.Add(implicit.NewSecret(value)) }})
}

// withoutSecrets is standard output for what shows a recording.
func (a *app) withoutSecrets() io.Writer {
	if a.global.showSecrets {
		return a.out
	}
	return cleaned{a}
}

// replayed is the error of what was found: the recorded refusal, or a failed check.
func replayed(p *report.Replay) error {
	if c, failed := p.Failed(); failed {
		return &implicit.VerifyError{Check: c}
	}
	if p.Response != nil && p.Response.Error != nil {
		return refusal(p.Response.Error)
	}
	return nil
}

// writeReplay writes the redacted recording, whatever was found: all of it as HAR, and
// the sign-on alone as a page.
func (a *app) writeReplay(r *report.Recorded, redacted *wire.Recording, p *report.Replay, err error) {
	run := report.Run{Version: a.version, Command: "replay", Ended: end(redacted), Recording: redacted, Replayed: true,
		Verdict: a.verdict(err), Scrub: a.scrubRecord}
	if p != nil {
		run.Checks, run.Warnings = p.Checks, p.Warnings
	}
	for _, s := range a.records.sinks {
		run := run
		if hops := r.Hops(redacted); s.name == "report" && len(hops) > 0 {
			run.Recording = &wire.Recording{Started: hops[0].Started, Entries: hops}
			run.Ended = end(run.Recording)
		}
		if err := a.writeSink(s, &run); err != nil {
			a.warn("--%s could not be written: %v", s.name, err)
		}
	}
}

// end is when the last exchange of a recording ended.
func end(r *wire.Recording) (last time.Time) {
	for _, e := range r.Entries {
		if t := e.Started.Add(e.Timings.Total); t.After(last) {
			last = t
		}
	}
	return last
}

// replayObject is what replay prints as JSON.
type replayObject struct {
	Replayed  bool             `json:"replayed"` // true
	Valid     *bool            `json:"valid"`
	Unchecked []string         `json:"unchecked"`
	Recording recordingObject  `json:"recording"`
	Request   *requestObject   `json:"request"`
	Response  *responseObject  `json:"response"`
	Checks    []implicit.Check `json:"checks"`
	Recorded  []implicit.Check `json:"recorded_checks"`
	Warnings  render.Warnings  `json:"warnings"`
	Lints     []report.Finding `json:"lints"`
	Lacks     []report.Lack    `json:"lacks"`
}

type recordingObject struct {
	Creator string `json:"creator"`
	Entries int    `json:"entries"`
	SignOns int    `json:"sign_ons"`
}

type requestObject struct {
	Endpoint     string `json:"endpoint"`
	ClientID     string `json:"client_id"`
	RedirectURI  string `json:"redirect_uri,omitempty"`
	ResponseType string `json:"response_type"`
	ResponseMode string `json:"response_mode,omitempty"`
	Scope        string `json:"scope,omitempty"`
	At           string `json:"at,omitempty"`
}

type responseObject struct {
	Channel     implicit.Channel `json:"channel"`
	Place       string           `json:"place"`
	At          string           `json:"at,omitempty"`
	Error       string           `json:"error,omitempty"`
	AccessToken string           `json:"access_token,omitempty"`
	IDToken     string           `json:"id_token,omitempty"`
	State       string           `json:"state,omitempty"`
}

func (a *app) showReplay(archive *report.Archive, p *report.Replay, lints []report.Finding) error {
	out := a.withoutSecrets()
	if a.json() {
		return words.JSON(out, a.replayObject(archive, p, lints))
	}
	a.replayText(out, archive, p, lints)
	return nil
}

func (a *app) replayObject(archive *report.Archive, p *report.Replay, lints []report.Finding) replayObject {
	out := replayObject{
		Replayed: true, Valid: p.Valid, Unchecked: orEmpty(p.Unchecked), Checks: orEmpty(p.Checks), Recorded: orEmpty(recordedChecks(archive)),
		Warnings: p.Warnings, Lints: orEmpty(lints), Lacks: orEmpty(p.Lacks),
		Recording: recordingObject{archive.Creator, len(archive.Recording.Entries), p.SignOns},
	}
	if q := p.Request; q != nil {
		out.Request = &requestObject{p.Endpoint, q["client_id"], withoutQuery(q["redirect_uri"]), q["response_type"], q["response_mode"], q["scope"], stamp(p.Requested)}
	}
	if r := p.Response; r != nil {
		out.Response = &responseObject{Channel: r.Channel, Place: p.Place, At: stamp(p.Received)}
		if r.Error != nil {
			out.Response.Error = r.Error.Code
		}
		if a.global.showSecrets {
			out.Response.AccessToken, out.Response.IDToken, out.Response.State = r.AccessToken.Reveal(), r.IDToken.Reveal(), r.State
		}
	}
	return out
}

func withoutQuery(address string) string {
	base, _, _ := strings.Cut(address, "?")
	return base
}

func orEmpty[T any](list []T) []T { return append([]T{}, list...) }

func recordedChecks(archive *report.Archive) []implicit.Check {
	if archive.Own == nil {
		return nil
	}
	return archive.Own.Checks
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func (a *app) replayText(out io.Writer, archive *report.Archive, p *report.Replay, lints []report.Finding) {
	style := a.style()
	rows := [][2]string{{"recording", words.Text(archive.Creator) + ", " + strconv.Itoa(len(archive.Recording.Entries)) + " entries"}}
	if p.SignOns > 1 {
		rows = append(rows, [2]string{"sign-ons", strconv.Itoa(p.SignOns) + "; this is the last"})
	}
	if p.Request != nil {
		rows = append(rows, [2]string{"request", words.Text(p.Endpoint)}, [2]string{"client", words.Text(p.Request["client_id"])})
	}
	if r := p.Response; r != nil {
		rows = append(rows, [2]string{"response", string(r.Channel) + ": " + p.Place}, [2]string{"received", a.recordedTime(p.Received)})
		if a.global.showSecrets {
			rows = append(rows, [2]string{"access_token", words.Text(r.AccessToken.Reveal())}, [2]string{"id_token", words.Text(r.IDToken.Reveal())})
		}
	}
	render.Rows(out, rows)
	if len(p.Lacks) > 0 {
		fmt.Fprintf(out, "\n%s\n", style.Bold("Not in the recording"))
		for _, l := range p.Lacks {
			fmt.Fprintf(out, "  %s\n", l.Message)
		}
	}
	for _, w := range p.Warnings {
		a.warn("%s", w.Message)
	}
	if len(p.Checks) > 0 {
		fmt.Fprintf(out, "\n%s\n", style.Bold("Checks"))
		render.Checks(out, style, p.Checks)
	}
	if other := otherThan(p.Checks, recordedChecks(archive)); len(other) > 0 {
		fmt.Fprintf(out, "\n%s\n", style.Bold("As recorded, and other than now"))
		render.Checks(out, render.Style{}, other)
	}
	for i, f := range lints {
		if i == 0 {
			fmt.Fprintf(out, "\n%s\n", style.Bold("Worth a look"))
		}
		fmt.Fprintf(out, "  %s: %s; %s (%s)\n", f.Code, f.Message, f.Consequence, f.Clause)
	}
	fmt.Fprintf(out, "\n%s\n", a.replayVerdict(p))
}

// otherThan are the recorded checks whose status is not that of now. Anyone can write
// them: their texts are made safe.
func otherThan(now, recorded []implicit.Check) (other []implicit.Check) {
	for _, c := range recorded {
		if !slices.ContainsFunc(now, func(n implicit.Check) bool { return n.Name == c.Name && n.Status == c.Status }) {
			other = append(other, implicit.Check{Name: words.Text(c.Name), Status: c.Status, Detail: words.Text(c.Detail)})
		}
	}
	return other
}

func (a *app) recordedTime(t time.Time) string {
	if t.IsZero() {
		return "at a time that the recording does not tell"
	}
	return words.When(t, a.now())
}

func (a *app) replayVerdict(p *report.Replay) string {
	switch {
	case p.Valid != nil && !*p.Valid:
		return a.style().Bad("a check failed")
	case p.Response == nil:
		return "no response to check"
	case p.Response.Error != nil:
		return "the response is an error"
	case p.Valid != nil:
		return a.style().Good("every check was made again, and none failed")
	case len(p.Unchecked) > 0:
		return "no check failed; not checked again: " + strings.Join(p.Unchecked, ", ")
	}
	return "no check failed"
}
