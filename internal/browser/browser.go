// Package browser finds and opens the browser of this system: the programs of
// $BROWSER, that of the Windows around a Linux (WSL), and the system's own.
package browser

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/browser"

	"github.com/implicit-cli/implicit/internal/state"
)

// Host is the system that a browser is looked for on.
type Host struct {
	GOOS     string
	Getenv   func(string) string
	LookPath func(program string) (path string, err error)
}

// Opener opens addresses in a browser.
type Opener struct {
	host   Host
	run    func(argv []string) error  // until the program ends
	system func(address string) error // the system's own browser, until the opener ends
}

// New returns an opener for a host. What browsers and their openers print is
// dropped, and no secret of this program is in their environment.
func New(host Host) *Opener {
	return &Opener{
		host: host,
		run: func(argv []string) error {
			cmd := exec.Command(argv[0], argv[1:]...)
			cmd.Env = state.ChildEnv(os.Environ())
			return cmd.Run()
		},
		system: func(address string) error {
			hideSecrets()
			browser.Stdout, browser.Stderr = io.Discard, io.Discard
			return browser.OpenURL(address)
		},
	}
}

// hideSecrets takes the variables that children must not see out of this
// process's environment, which has been read by now: pkg/browser and the shell
// of Windows pass it on as it is.
func hideSecrets() {
	environ := os.Environ()
	allowed := state.ChildEnv(environ)
	for _, pair := range environ {
		if name, _, _ := strings.Cut(pair, "="); name != "" && !slices.Contains(allowed, pair) {
			os.Unsetenv(name)
		}
	}
}

// Open tries one browser after the other, and fails with the error of each when
// none works. It stops waiting when ctx ends, and leaves the browser alone: a
// program named by $BROWSER may run until its last window is closed. address
// must be http or https.
func (o *Opener) Open(ctx context.Context, address string) error {
	if !strings.HasPrefix(address, "http://") && !strings.HasPrefix(address, "https://") {
		return fmt.Errorf("expected an http or https address to open, found %.100q", address) // and no option of some program
	}
	return o.open(ctx, address)
}

// OpenFile is Open for a file that this program wrote, by its absolute path.
func (o *Opener) OpenFile(ctx context.Context, path string) error {
	address := url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(filepath.ToSlash(path), "/")}
	return o.open(ctx, address.String())
}

func (o *Opener) open(ctx context.Context, address string) error {
	done := make(chan error, 1)
	go func() { done <- o.tryAll(address) }()
	select {
	case <-ctx.Done():
		return nil
	case err := <-done:
		return err
	}
}

func (o *Opener) tryAll(address string) error {
	var failures []string
	for _, argv := range o.host.commands(address) {
		_, err := o.host.LookPath(argv[0])
		if err == nil {
			err = o.run(argv)
		}
		if err == nil {
			return nil
		}
		failures = append(failures, fmt.Sprintf("%s: %v", argv[0], err))
	}
	err := o.system(address)
	if err == nil {
		return nil
	}
	return errors.New(strings.Join(append(failures, err.Error()), "; "))
}
