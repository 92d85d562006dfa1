package main

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/implicit-cli/implicit/internal/browser"
	"github.com/implicit-cli/implicit/internal/prompt"
	"github.com/implicit-cli/implicit/internal/render"
	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/internal/state"
	"github.com/implicit-cli/implicit/internal/words"
)

// app holds everything a command takes from its surroundings. Only newApp
// touches the process.
type app struct {
	in     io.Reader
	out    *output
	errOut io.Writer

	inTerminal  *os.File // nil: standard input is no terminal
	outTerminal bool
	outClosed   bool // only token minds: other commands do more than print
	colorless   bool // a console that cannot show colours
	errTerminal bool
	height      func() int // of the terminal that standard error is, in rows; nil: unknown
	width       func() int // of the terminal that standard output is, in columns; nil: unknown
	errWidth    func() int // the same of standard error

	getenv   func(string) string
	lookPath func(program string) (string, error)
	goos     string
	now      func() time.Time
	sleep    func(ctx context.Context, d time.Duration) error
	random   io.Reader
	open     func(ctx context.Context, address string) error // a browser
	openFile func(ctx context.Context, path string) error    // the same, for a report
	dirs     state.Dirs
	version  string

	// catchSignals has a signal end the context of the command, and releaseSignals
	// leaves them to the command; nil: the command has them already.
	catchSignals, releaseSignals func()

	global        globalOptions
	command       string          // the one that ran, for messages: "implicit login"
	secrets       words.Scrubber  // of this run
	fileWarned    bool            // of the configuration file
	reported      string          // the error that was printed already
	sandboxUser   *sandbox.User   // who can sign on to the embedded PingOne of this run
	otherProvider bool            // the settings name one that is not PingOne
	warnings      render.Warnings // of the result, for the error object
	records       records         // for --trace and the like
}

func newApp() *app {
	a := &app{
		in: os.Stdin, out: &output{w: os.Stdout}, errOut: os.Stderr,
		outTerminal: isTerminal(os.Stdout), errTerminal: isTerminal(os.Stderr),
		getenv: func(name string) string { return state.CutMark(os.Getenv(name)) }, lookPath: exec.LookPath, goos: runtime.GOOS, now: time.Now, sleep: sleep, random: rand.Reader,
		dirs:    state.Find(os.Getenv, runtime.GOOS, os.UserHomeDir),
		version: buildVersion(),
	}
	if a.outTerminal {
		a.width = func() int { columns, _, _ := term.GetSize(int(os.Stdout.Fd())); return columns }
	}
	if a.errTerminal {
		a.errWidth = func() int { columns, _, _ := term.GetSize(int(os.Stderr.Fd())); return columns }
		a.height = func() int { _, rows, _ := term.GetSize(int(os.Stderr.Fd())); return rows }
	}
	a.outClosed, a.colorless = stdoutClosed(), !obeysEscapes(os.Stdout) || !obeysEscapes(os.Stderr)
	opener := browser.New(a.host())
	a.open, a.openFile = opener.Open, opener.OpenFile
	if isTerminal(os.Stdin) {
		a.inTerminal = os.Stdin
	}
	return a
}

// sleep waits until d has passed or ctx ends, whose cause is the error.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// version is set by the release build.
var version string

func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

// host is where a browser is looked for.
func (a *app) host() browser.Host {
	return browser.Host{GOOS: a.goos, Getenv: a.getenv, LookPath: a.lookPath}
}

// terminal returns where the user can be asked; nil without a terminal.
func (a *app) terminal() *prompt.Terminal {
	if a.inTerminal == nil {
		return nil
	}
	return &prompt.Terminal{In: a.inTerminal, Err: a.errOut, Plain: a.getenv("TERM") == "dumb", Tell: a.print, Scrub: a.secrets.Scrub}
}

// style colours what goes to a terminal, unless it was switched off.
func (a *app) style() render.Style {
	s := render.Style{Color: a.color(a.outTerminal)}
	if a.width != nil {
		s.Width = a.width()
	}
	return s
}

// color says whether to colour output, by whether it goes to a terminal: no-color.org,
// bixense.com/clicolors and FORCE_COLOR. A refusal wins.
func (a *app) color(terminal bool) bool {
	forced := func(name string) bool { v := a.getenv(name); return v != "" && v != "0" }
	switch {
	case a.global.noColor || a.getenv("NO_COLOR") != "" || a.getenv("FORCE_COLOR") == "0":
		return false
	case forced("FORCE_COLOR") || forced("CLICOLOR_FORCE"):
		return true
	}
	return terminal && !a.colorless && a.getenv("CLICOLOR") != "0" && a.getenv("TERM") != "dumb"
}

// errStyle is style for what goes to standard error.
func (a *app) errStyle() render.Style {
	s := render.Style{Color: a.color(a.errTerminal)}
	if a.errWidth != nil {
		s.Width = a.errWidth()
	}
	return s
}

// rows is the height of the terminal, or a small default.
func (a *app) rows() int {
	if a.height == nil || a.height() == 0 {
		return 24
	}
	return a.height()
}

// output is standard output. It keeps its first failure: a result that did not
// reach a full disk is not done.
type output struct {
	w   io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	if err != nil && o.err == nil && !errors.Is(err, syscall.EPIPE) {
		o.err = err
	}
	return n, err
}
