package main

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/report"
	"github.com/implicit-cli/implicit/internal/state"
	"github.com/implicit-cli/implicit/internal/wire"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// A sign-on was recorded elsewhere, often by someone else: replay says what is wrong
// with it.

type replayOptions struct{ jwks, issuer, clientID string }

func (o *replayOptions) addFlags(fs *pflag.FlagSet, r *recordOptions) {
	fs.StringVar(&o.jwks, "jwks", "", "`FILE` the issuer's keys, for the signatures")
	fs.StringVar(&o.issuer, "issuer", "", "`URL` the expected issuer (default: from the recording)")
	fs.StringVar(&o.clientID, "client-id", "", "`ID` the expected application (default: from the recording)")
	fs.StringVar(&r.har, "har", "", "`FILE` write the recording without secrets, as HAR")
	fs.StringVar(&r.report, "report", "", "`FILE` write a page that shows the sign-on, without secrets")
	fs.BoolVar(&r.open, "open", false, "open the page of --report in the browser at the end")
	fs.BoolVar(&r.redactClaims, "redact-claims", false, "also hide who signed on")
}

func newReplayCmd(a *app) *cobra.Command {
	var o replayOptions
	cmd := &cobra.Command{
		Use:     "replay <file | ->",
		Short:   "Validate a recorded sign-on again, offline",
		GroupID: "tokens",
		Long: `Parse and validate the sign-on in a HAR file again, as of its recorded time: a file
that --har wrote, or one that a browser saved ("Save all as HAR" in its network
panel). Nothing is sent. It diagnoses a sign-on and proves nothing, since anyone can
write such a file. It lists what the recording lacks; that is no fault of the
sign-on. Tokens are printed only with --show-secrets.

A browser's file holds passwords, tokens and cookies: --har and --report write it
without them, to share with others.

Exit status: 0 no check failed, 2 no recording of a sign-on, 3 an error
response, 5 a check failed.`,
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
	p, err := report.NewReplay(ctx, archive, report.Given{Issuer: o.issuer, ClientID: o.clientID, Keys: keys})
	if err == nil {
		a.warnings = p.Warnings
		if err = a.showReplay(archive, p, report.Lint(p.Hops(redacted))); err == nil {
			err = replayed(p)
		}
	}
	return a.writeReplay(archive, redacted, p, err)
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
func (a *app) writeReplay(archive *report.Archive, redacted *wire.Recording, p *report.Replay, err error) error {
	run := report.Run{Version: a.version, Command: "replay", Ended: end(redacted), Recording: redacted, Replayed: true, Browsers: archive.Own == nil,
		Verdict: a.verdict(err), Scrub: a.scrubRecord}
	if p != nil {
		run.Checks, run.Warnings = p.Checks, p.Warnings
	}
	return a.writeSinks(err, func(s sink) *report.Run {
		run := run
		if hops := archive.SignOn().Hops(redacted); s.name == "report" && len(hops) > 0 {
			run.Recording = &wire.Recording{Started: hops[0].Started, Entries: hops}
			run.Ended = end(run.Recording)
		}
		return &run
	})
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
