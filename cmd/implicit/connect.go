package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/credstore"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/loopback"
	"github.com/implicit-cli/implicit/internal/prompt"
	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/internal/session"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// settings resolves the settings of a command, from its sources and from the
// variables and the configuration file.
func (a *app) settings(src config.Sources) (*config.Settings, error) {
	src.Getenv, src.File = a.getenv, &config.File{Default: "default"}
	dir, err := a.dirs.Config.Join()
	if err == nil { // without a home directory there are no profiles
		if src.File, err = config.ReadFile(dir); err != nil {
			return nil, err
		}
	}
	if !a.fileWarned {
		for _, sentence := range src.File.Warnings {
			a.warn("%s", words.Text(sentence))
		}
		a.fileWarned = true
	}
	s, err := config.Resolve(src)
	if err == nil {
		a.otherProvider = s.Provider.Issuer != ""
		a.noteSettings(s)
		if s.Source("id-token-hint") != "flag" { // which names a file
			a.secrets.Add(s.IDTokenHint)
		}
	}
	return s, err
}

// service returns what a command signs on with, and starts the sandbox where the
// settings choose it. Nothing is sent. Call stop when done.
func (a *app) service(ctx context.Context, src config.Sources) (s *login.Service, stop func(), err error) {
	stopSandbox := func() {}
	var user sandbox.User
	switches, err := sandboxSwitches(src.Flags)
	if err != nil {
		return nil, nil, err
	}
	src.Sandbox = func() (*config.Supplied, error) {
		srv, err := sandbox.Start(ctx, sandbox.Options{Sent: a.sayMessage, Switches: switches, OneKey: len(switches) == 0}, sandbox.ListenOptions{})
		if err != nil {
			return nil, err
		}
		stopSandbox = func() { _ = srv.Close() }
		its := srv.Settings()
		user = its.Users[0]
		a.sandboxUser = &user
		return &config.Supplied{Source: "sandbox", CACert: srv.CACert, Values: map[string]string{
			"auth-url": its.AuthURL, "client-id": its.ClientID, "redirect-uri": its.RedirectURI, "username": user.Username}}, nil
	}
	settings, err := a.settings(src)
	if err != nil {
		stopSandbox()
		return nil, nil, err
	}
	if len(switches) > 0 && !settings.Provider.Sandbox {
		return nil, nil, usagef("--switch changes the embedded PingOne and needs --sandbox")
	}
	transport, err := a.transport(settings)
	if err != nil {
		stopSandbox()
		return nil, nil, err
	}
	s = &login.Service{
		Settings: settings, Transport: transport, UserAgent: a.userAgent(), Now: a.now, Sleep: a.sleep, Random: a.random,
		Preflight:   login.Preflight{Off: a.host().Pipeline() || settings.Provider.Sandbox, Passed: a.dirs.Cache},
		Credentials: new(prompt.Credentials),
		Input:       prompt.PasteOptions{In: a.in, Err: a.errOut, Plain: a.getenv("TERM") == "dumb"}, Open: a.open, SudoUID: a.getenv("SUDO_UID"), CanOpen: a.host().Available(), UI: &ui{a: a},
		Secrets: &a.secrets, Recorder: a.records.recorder, Verified: a.noteResult,
	}
	if !settings.Provider.Sandbox { // whose keys end with it
		s.KeyCache = session.KeyFiles{Dir: a.dirs.Cache, Trust: a.trust(settings)}
	}
	if settings.Source("username") == "sandbox" {
		s.Credentials.Password = implicit.NewSecret(user.Password)
	}
	if a.inTerminal != nil {
		s.Input.In, s.Input.Terminal = a.inTerminal, true
	}
	return s, func() { s.Close(); stopSandbox() }, nil
}

// trust is what decides which servers are trusted: the CA file, and the variables
// by which crypto/x509 finds the system's roots.
func (a *app) trust(s *config.Settings) []byte {
	return []byte(strings.Join([]string{string(s.CAPEM), a.getenv("SSL_CERT_FILE"), a.getenv("SSL_CERT_DIR")}, "\x00"))
}

// signOnService is service for a command that signs on and stores: with the
// credentials and the store.
func (a *app) signOnService(ctx context.Context, src config.Sources) (s *login.Service, stop func(), err error) {
	s, stop, err = a.service(ctx, src)
	if err != nil {
		return nil, nil, err
	}
	err = a.addCredentials(s)
	if err == nil {
		s.Store, err = a.store(ctx, s.Settings)
		s.Flows = a.flows(s.Store)
	}
	if err != nil {
		stop()
		return nil, nil, err
	}
	return s, stop, nil
}

func (a *app) userAgent() string { return "implicit/" + a.version }

func (a *app) flows(store *session.Store) session.Flows {
	return session.Flows{Dir: a.dirs.State, Now: a.now, Store: store}
}

// store opens the store that the settings name, and removes flows that are too
// old. A login in the sandbox of this process is not stored: it ends with it.
func (a *app) store(ctx context.Context, s *config.Settings) (*session.Store, error) {
	kind := s.Store
	if s.Provider.Sandbox {
		kind = credstore.None
	}
	store, err := session.Open(ctx, credstore.Options{Kind: kind, Dir: a.dirs.State, Now: a.now,
		Warn:     func(sentence string) { a.warn("%s", sentence) },
		Progress: func(sentence string) { a.say("%s", sentence) }})
	a.flows(store).Sweep()
	return store, err
}

// ui tells the user at the terminal how a sign-on goes.
type ui struct {
	a       *app
	qr      bool
	exposed bool // other machines can reach the listener
}

func (u *ui) Say(format string, args ...any) { u.a.say(format, args...) }

// Report prints the error at once; the end of the command does not repeat it. A
// program that reads JSON gets one object, at the end.
func (u *ui) Report(err error) {
	if !u.a.json() {
		u.a.fail(err, false)
		u.a.reported = err.Error()
	}
}

func (u *ui) Warn(format string, args ...any) { u.a.warn(format, args...) }

// Announce shows an address on a line of its own, to be clicked or copied.
func (u *ui) Announce(n login.Announcement) {
	if user := u.a.sandboxUser; user != nil {
		// Not by say, which would redact the password: the user must type it, and it is not secret.
		u.a.errStyle().Message(u.a.errOut, "implicit: ", fmt.Sprintf("sign on as %s with the password %s; the browser will warn about the sandbox's certificate: continue",
			user.Username, user.Password))
	}
	what := "opening the browser to sign on; if none opens, go to:"
	if n.Via == login.ViaPaste {
		what = "go to the address below in any browser and sign on. The last page may not load; that is expected: its " +
			"address holds the response. Copy it from the address bar and paste it here."
	}
	u.a.errStyle().Message(u.a.errOut, "implicit: ", what)
	_, _ = io.WriteString(u.a.errOut, n.Address+"\n")
	switch {
	case u.qr && n.Via == login.ViaBrowser && !u.exposed:
		u.a.warn("--qr: this address can be opened on this machine only; use --via paste for a phone")
	case u.qr:
		if err := loopback.DrawQR(u.a.errOut, n.Address, u.a.rows()); err != nil {
			u.a.warn("--qr: %v", err)
		}
	}
	switch {
	case n.Via == login.ViaPaste:
	case n.Paste:
		u.a.say("waiting for the browser; or paste the address it ended on here")
	default:
		u.a.say("waiting for the browser")
	}
}

func addParamFlag(fs *pflag.FlagSet) {
	fs.StringArray(config.ParamFlag, nil, "`NAME=VALUE` any other authorize parameter, repeatable")
}
