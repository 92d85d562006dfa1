package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/report"
	"github.com/implicit-cli/implicit/internal/wire"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// For a sign-on that fails, or whose success must be shown: what a command sent
// and received is recorded where a flag or IMPLICIT_DEBUG asks for it, and written when
// the command ends, however it ends.

// recordOptions are the flags of every command that sends.
type recordOptions struct {
	trace         bool
	har           string
	report        string
	open          bool
	redactClaims  bool
	transactionID string
	curl          string
	evidence      string // doctor alone
	dryCurl       bool   // authorize --dry-run --curl -
}

func (o *recordOptions) addFlags(fs *pflag.FlagSet) {
	fs.BoolVar(&o.trace, "trace", false, "show what is sent and received, without secrets; also IMPLICIT_DEBUG=trace")
	fs.StringVar(&o.har, "har", "", "`FILE` write what is sent and received as an HTTP archive, which browsers' network panels import, without secrets")
	fs.StringVar(&o.report, "report", "", "`FILE` write a page that shows the run, its checks and what to change, without secrets")
	fs.BoolVar(&o.open, "open", false, "open the page of --report in the browser at the end")
	fs.BoolVar(&o.redactClaims, "redact-claims", false, "also hide who signed on, in the trace and in files")
	fs.StringVar(&o.transactionID, "transaction-id", "", "`ID` sent with each request, to find it in PingOne's audit log")
	for _, name := range []string{"trace", "har", "report", "open", "redact-claims", "transaction-id"} {
		fs.Lookup(name).Annotations = map[string][]string{recordAnnotation: {}}
	}
}

// addCurlFlag is for the commands whose requests a script can send again.
func (o *recordOptions) addCurlFlag(fs *pflag.FlagSet) {
	fs.StringVar(&o.curl, "curl", "", "`FILE` write what is sent as a shell script of curl commands, without secrets")
	fs.Lookup("curl").Annotations = map[string][]string{recordAnnotation: {}}
}

// recordAnnotation marks these flags for the help text, and the commands that send.
const recordAnnotation = "record"

// reportKind is a form in which a run is written.
type reportKind struct {
	name   string // of the flag, and in IMPLICIT_DEBUG
	suffix string // of a file in IMPLICIT_DEBUG's folder; empty: no such file
	file   string // that the flag names; empty: standard error
	folder bool   // its folder may have to be made
	asked  bool
	write  func(io.Writer, *report.Run) error
	own    bool // it takes the secrets out of each text itself: its own words may be equal to one
	after  func(file string)
}

// reportKinds are all of them, in the order in which they are written.
func (a *app) reportKinds() []reportKind {
	o := &a.global.record
	return []reportKind{
		{name: "trace", asked: o.trace, write: a.writeTrace},
		{name: "har", suffix: ".har", file: o.har, asked: o.har != "", own: true, write: func(w io.Writer, run *report.Run) error { return run.HAR(w) }},
		{name: "report", suffix: ".html", file: o.report, asked: o.report != "", own: true, write: func(w io.Writer, run *report.Run) error { return run.HTML(w) }, after: a.openReport},
		{name: "evidence", file: o.evidence, asked: o.evidence != "", own: true, write: a.writeEvidence, after: a.aboutEvidence},
		{name: "curl", file: o.curl, asked: o.curl != "", write: report.Curl},
	}
}

func (a *app) writeTrace(w io.Writer, run *report.Run) error {
	return report.Trace(w, run, report.TraceOptions{Color: a.errStyle().Color, Width: a.errStyle().Width,
		Clean: func(text string) string { return a.secrets.Clean(a.records.learned.Scrub(text)) }})
}

// records is what is recorded of a run, and where it goes.
type records struct {
	recorder *wire.Recorder // nil: nothing is recorded
	sinks    []sink
	learned  words.Scrubber // secrets that were seen on the way

	mu       sync.Mutex // a signal may end the run while it goes on
	command  string
	settings *config.Settings
	result   *implicit.Result
	written  bool
}

// beginRecord reads what is to be recorded and opens the files, before anything is sent.
func (a *app) beginRecord(cmd *cobra.Command) error {
	if f := cmd.Flags().Lookup("trace"); f == nil || f.Annotations[recordAnnotation] == nil {
		return nil
	}
	o := &a.global.record
	if strings.ContainsFunc(o.transactionID, func(c rune) bool { return c <= ' ' || c > '~' }) || len(o.transactionID) > 128 {
		return usagef("--transaction-id: expected up to 128 visible ASCII characters")
	}
	if err := a.checkFiles(cmd.Flags()); err != nil {
		return err
	}
	if dry, _ := cmd.Flags().GetBool("dry-run"); dry && o.curl != "" {
		if o.curl != "-" {
			return usagef("--curl FILE writes what is sent; with --dry-run use --curl -")
		}
		o.curl, o.dryCurl = "", true // authorize prints its request
	}
	kinds, err := a.withDebug(a.reportKinds(), cmd.Name())
	if err != nil {
		return err
	}
	r := &a.records
	r.command = strings.TrimPrefix(cmd.CommandPath(), "implicit ")
	if err := a.openSinks(kinds); err != nil {
		return err
	}
	if len(r.sinks) > 0 {
		o.redactClaims = o.redactClaims || o.evidence != ""
		r.recorder = wire.New(a.now, a.random, wire.Options{Claims: o.redactClaims,
			Learn: func(value string) { r.learned.Add(implicit.NewSecret(value)) }})
	}
	return nil
}

// checkFiles refuses flags that name no file.
func (a *app) checkFiles(fs *pflag.FlagSet) error {
	for _, name := range []string{"har", "report", "curl", "evidence"} {
		if f := fs.Lookup(name); f != nil && f.Changed && f.Value.String() == "" {
			return usagef("--%s: expected the name of a file", name)
		}
	}
	if o := a.global.record; o.open && o.report == "" {
		return usagef("--open: expected --report FILE too")
	}
	return nil
}

// endRecord writes the run in every form that was asked for, once, unless the call was
// wrong. err is how the command ended, and the returned error how it ends.
func (a *app) endRecord(err error) error {
	r := &a.records
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.recorder == nil || r.written {
		return err
	}
	r.written = true
	run := a.runOf(err)
	if run.Verdict.Kind == string(fault.Usage) && len(run.Recording.Entries) == 0 { // no run: an earlier one may be in the files
		a.closeSinks()
		return err
	}
	return a.writeSinks(err, func(sink) *report.Run { return run })
}

// openWait is how long a browser may take to fail: one may run until it is closed.
const openWait = 5 * time.Second

// openReport shows the page, where that was asked for.
func (a *app) openReport(file string) {
	if !a.global.record.open {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), openWait)
	defer cancel()
	path, err := filepath.Abs(file)
	if err == nil {
		err = a.openFile(ctx, path)
	}
	if err != nil {
		a.warn("--open: %v", err)
	}
}

// runOf is the run as the reports show it. err is how it ended.
func (a *app) runOf(err error) *report.Run {
	r := &a.records
	run := &report.Run{Version: a.version, Command: r.command, Ended: a.now(), Recording: r.recorder.Recording(), Scrub: a.scrubRecord}
	if r.settings != nil {
		for _, v := range r.settings.Values() {
			if v.Text != "" && a.hides(v.Name) {
				v.Text = "[redacted]"
			}
			if program := words.Command(v.Text, a.goos != "windows"); strings.HasSuffix(v.Name, "-command") && len(program) > 1 {
				v.Text = program[0] + " [redacted]" // its arguments may hold a secret
			}
			run.Settings = append(run.Settings, report.Setting{Name: v.Name, Value: v.Text, Source: v.Source})
		}
	}
	if r.result != nil {
		run.Checks, run.Warnings = r.result.Checks, r.result.Warnings
	}
	run.Verdict = a.verdict(err)
	return run
}

// hides reports whether the reports hide the value of a setting.
func (a *app) hides(setting string) bool {
	switch setting {
	case "id-token-hint", "state", "nonce", "profile-data":
		return true
	case "username", "login-hint":
		return a.global.record.redactClaims
	}
	return false
}

func (a *app) verdict(err error) report.Verdict {
	var silent *silentError
	switch {
	case err == nil:
		return report.Verdict{}
	case errors.As(err, &silent):
		return report.Verdict{Exit: silent.exit}
	}
	f := fault.Of(err, a.faultContext())
	return report.Verdict{Exit: f.Exit, Kind: string(f.Kind), Code: f.Code, Message: f.Message, Hint: f.Hint, CorrelationID: f.CorrelationID}
}

// noteSettings and noteResult keep what the reports show of a run.
func (a *app) noteSettings(s *config.Settings) {
	a.records.mu.Lock()
	defer a.records.mu.Unlock()
	a.records.settings = s
}

func (a *app) noteResult(r *implicit.Result) {
	a.records.mu.Lock()
	defer a.records.mu.Unlock()
	a.records.result = r
}

// transport reaches the provider that the settings name, and records what goes through.
func (a *app) transport(s *config.Settings) (http.RoundTripper, error) {
	t, err := login.NewTransport(s, a.getenv)
	if err != nil {
		return nil, err
	}
	return login.WithTransactionID(a.records.recorder.RoundTripper(t), a.global.record.transactionID), nil
}
