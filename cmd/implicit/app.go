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
	errTerminal bool

	getenv   func(string) string
	lookPath func(program string) (string, error)
	goos     string
	now      func() time.Time
	random   io.Reader
	open     func(ctx context.Context, address string) error // a browser
	openFile func(ctx context.Context, path string) error    // the same, for a file of ours
	dirs     state.Dirs
	version  string

	// releaseSignals leaves the signals that end a program to the command; nil:
	// they are its already.
	releaseSignals func()

	global        globalOptions
	secrets       words.Scrubber  // of this run
	fileWarned    bool            // of the configuration file
	reported      string          // the error that was printed already
	otherProvider bool            // the settings name one that is not PingOne
	warnings      render.Warnings // of the result, for the error object
	records       records         // for --trace and the like
}

func newApp() *app {
	a := &app{
		in: os.Stdin, out: &output{w: os.Stdout}, errOut: os.Stderr,
		outTerminal: isTerminal(os.Stdout), errTerminal: isTerminal(os.Stderr),
		getenv: func(name string) string { return state.CutMark(os.Getenv(name)) }, lookPath: exec.LookPath, goos: runtime.GOOS, now: time.Now, random: rand.Reader,
		dirs:    state.Find(os.Getenv, runtime.GOOS, os.UserHomeDir),
		version: buildVersion(),
	}
	a.outClosed = stdoutClosed()
	opener := browser.New(a.host())
	a.open, a.openFile = opener.Open, opener.OpenFile
	if isTerminal(os.Stdin) {
		a.inTerminal = os.Stdin
	}
	return a
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
	return &prompt.Terminal{In: a.inTerminal, Err: a.errOut}
}

// style colours what goes to a terminal, unless it was switched off.
func (a *app) style() render.Style {
	return render.Style{Color: a.outTerminal && !a.plain()}
}

func (a *app) plain() bool {
	return a.global.noColor || a.getenv("NO_COLOR") != "" || a.getenv("TERM") == "dumb"
}

// errWidth is the width of standard error in columns: 80 where it is no terminal.
func (a *app) errWidth() int {
	if f, ok := a.errOut.(*os.File); ok && a.errTerminal {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return 80
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
