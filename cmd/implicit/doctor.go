package main

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/doctor"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/loopback"
	"github.com/implicit-cli/implicit/internal/state"
)

// For the first day with an environment, and the day on which a sign-on stops
// working: doctor says which setting in the console to change.

type doctorOptions struct {
	bothMethods bool
	checks      bool
	more        doctorMore
}

func (o *doctorOptions) addFlags(fs *pflag.FlagSet) {
	fs.BoolVar(&o.bothMethods, "both-methods", false, "with a password: also sign on with the other method, GET or POST")
	o.more.addFlags(fs)
	addSwitchFlag(fs)
	fs.BoolVar(&o.checks, checksFlag, false, "list every check with what it found")
	addTokenSettings(fs)
}

func newDoctorCmd(a *app) *cobra.Command {
	var o doctorOptions
	cmd := &cobra.Command{
		Use:     "doctor [flags]",
		Short:   "Find out what keeps a sign-on from working, and what to change",
		GroupID: "setup",
		Long: `Find out whether an implicit sign-on can work with these settings, and if not, what
to change and where: it checks the settings, the network, the provider, the
application and this machine. No password is needed.

With a user name and a password (or --sandbox) it also signs on: the password is
sent once, and only if nothing failed before. It never prompts, and stores no token.
At most 16 requests are sent, and 12 more with a password; it stops at the first
answer with status 429.

With --application it compares the application's own settings with the request, without
sending anything. --find-region sends 6 more requests, --fit up to 16.

It reports only what the answers show. What cannot be known without a user, such as
the granted scopes, is reported as "skipped" or "could not tell".

Exit status: 0 nothing failed, else that of the first failed check: 2 wrong settings,
3 refused, 5 failed validation, 6 not reached.`,
		Example: `  $ implicit doctor --region EU --environment-id 8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5 \
      --client-id 1a2b3c4d-5e6f-4a1b-8c2d-3e4f5a6b7c8d
  $ implicit doctor --username jane --password-file ./password --output junit > doctor.xml
  $ pingcli pingone api environments/ENVIRONMENT/applications/CLIENT-ID | implicit doctor --application -
  $ implicit doctor --fit tenant.yaml && implicit sandbox --tenant tenant.yaml
  $ implicit doctor --sandbox`,
		Args:        cobra.NoArgs,
		Annotations: map[string]string{formatsAnnotation: "junit"},
		RunE:        func(cmd *cobra.Command, _ []string) error { return runDoctor(cmd.Context(), a, cmd.Flags(), o) },
	}
	o.addFlags(cmd.Flags())
	a.global.record.addFlags(cmd.Flags())
	a.global.record.addCurlFlag(cmd.Flags())
	a.global.record.addEvidenceFlag(cmd.Flags())
	return cmd
}

func runDoctor(ctx context.Context, a *app, flags *pflag.FlagSet, o doctorOptions) error {
	s, stop, err := a.service(ctx, config.Sources{Flags: flags, Need: config.NeedClient})
	if found := wrongSettings(err); found != nil {
		return a.showDoctor(doctor.NewReport(found), flags, o, nil)
	}
	if err != nil {
		return err
	}
	defer stop()
	if err := a.addCredentials(s); err != nil {
		return err
	}
	s.Credentials.Terminal = nil // doctor asks nothing
	s.KeyCache = nil
	s.UI = unheard{}
	run := &doctor.Run{Settings: s.Settings, Transport: s.Transport, UserAgent: s.UserAgent, Now: a.now, Random: a.random,
		Budget: new(doctor.Budget), BothMethods: o.bothMethods, Machine: a.machine(s)}
	if s.Credentials.Username != "" && !s.Credentials.Password.Empty() {
		run.Service = s
	}
	more, err := a.further(o.more, s.Settings)
	if err != nil {
		return err
	}
	defer more.close()
	run.Transport = more.watch(s, run.Transport)
	progress, clear := a.doctorProgress()
	report := doctor.Examine(ctx, run, append(more.probes, probes()...), progress)
	clear()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	report, unwritten := more.report(a, report)
	err = a.showDoctor(report, flags, o, run)
	if unwritten != nil {
		return a.endUnwritten(err, unwritten)
	}
	return err
}

// probes are the families of questions.
func probes() []doctor.Probe {
	return []doctor.Probe{doctor.Settings(), doctor.Network(), doctor.Provider(), doctor.Keys(), doctor.Application(), doctor.OnMachine(), doctor.SignOn()}
}

// wrongSettings are the findings about settings that keep everything else from being
// tried; nil where err is about something else.
func wrongSettings(err error) []doctor.Finding {
	var (
		one   *config.Error
		many  config.Problems
		proxy *login.ProxySettingError
	)
	if !errors.As(err, &one) && !errors.As(err, &many) && !errors.As(err, &proxy) {
		return nil
	}
	return doctor.WrongSettings(err)
}

// machine is how this machine is checked. With the sandbox nothing is stored.
func (a *app) machine(s *login.Service) doctor.Machine {
	m := doctor.Machine{Browser: s.CanOpen, Listen: listens}
	if s.Settings.Provider.Sandbox {
		return m
	}
	m.Store = func(ctx context.Context) doctor.Stored {
		store, err := a.store(ctx, s.Settings)
		if err != nil {
			return doctor.Stored{Err: err}
		}
		return doctor.Stored{Where: storedIn(&login.Outcome{Stored: true}, store), Problem: store.Fallback}
	}
	m.State = a.stateDirectory
	return m
}

// listens opens the listener of a redirect URI and closes it.
func listens(redirectURI string) error {
	l, err := loopback.Listen(loopback.Options{RedirectURI: redirectURI})
	if err != nil {
		return err
	}
	return l.Close()
}

// stateDirectory checks that no other user can change what is stored.
func (a *app) stateDirectory() (string, error) {
	path, err := a.dirs.State.Join()
	if err != nil {
		return "", err
	}
	dir, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path + " is created when needed", nil
	}
	if err != nil {
		return "", err
	}
	defer dir.Close()
	warning, err := state.CheckOwner(dir)
	if err == nil && warning != "" {
		err = errors.New(warning)
	}
	return path, err
}

// unheard drops what a sign-on shows its user: doctor reports it in its findings.
type unheard struct{}

func (unheard) Announce(login.Announcement) {}
func (unheard) Say(string, ...any)          {}
func (unheard) Warn(string, ...any)         {}
func (unheard) Report(error)                {}
