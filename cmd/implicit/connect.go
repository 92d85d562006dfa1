package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/credstore"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/loopback"
	"github.com/implicit-cli/implicit/internal/prompt"
	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/internal/session"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// settings resolves the settings of a command from its flags downwards.
func (a *app) settings(fs *pflag.FlagSet) (*config.Settings, error) {
	file := &config.File{Default: "default"}
	dir, err := a.dirs.Config.Join()
	if err == nil { // without a home directory there are no profiles
		if file, err = config.ReadFile(dir); err != nil {
			return nil, err
		}
	}
	return config.Resolve(config.Sources{Flags: fs, Getenv: a.getenv, File: file})
}

// service returns what a command signs on with, and starts the sandbox where the
// settings ask for it. Nothing is sent. Call stop when done.
func (a *app) service(ctx context.Context, fs *pflag.FlagSet) (s *login.Service, stop func(), err error) {
	settings, err := a.settings(fs)
	if err != nil {
		return nil, nil, err
	}
	params, err := paramFlags(fs)
	if err != nil {
		return nil, nil, err
	}
	s = &login.Service{
		Settings: settings, Params: params, UserAgent: a.userAgent(), Now: a.now, Random: a.random,
		Flows: a.flows(), KeyCache: session.KeyFiles{Dir: a.dirs.Cache},
		Input: prompt.PasteOptions{In: a.in, Err: a.errOut}, Open: a.open, CanOpen: a.canOpen(), UI: &ui{a: a},
		Describe: describe, Restore: restore,
	}
	if a.inTerminal != nil {
		s.Input.In, s.Input.Terminal = a.inTerminal, true
	}
	stopSandbox, authority, err := a.startSandbox(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	stop = func() { s.Close(); stopSandbox() }
	if s.Transport, err = login.NewTransport(settings, authority); err != nil {
		stop()
		return nil, nil, err
	}
	return s, stop, nil
}

// signOnService is service for a command that signs on and stores: with the
// credentials and the store.
func (a *app) signOnService(ctx context.Context, fs *pflag.FlagSet) (s *login.Service, stop func(), err error) {
	s, stop, err = a.service(ctx, fs)
	if err != nil {
		return nil, nil, err
	}
	err = a.addCredentials(s)
	if err == nil {
		s.Store, err = a.store(ctx, s.Settings)
	}
	if err != nil {
		stop()
		return nil, nil, err
	}
	return s, stop, nil
}

func (a *app) userAgent() string { return "implicit/" + a.version }

func (a *app) flows() session.Flows { return session.Flows{Dir: a.dirs.State, Now: a.now} }

// store opens the store that the settings name. A login in the sandbox of this
// process is not stored: it ends with it.
func (a *app) store(ctx context.Context, s *config.Settings) (*session.Store, error) {
	kind := s.Text("store")
	if on, _ := s.Switch("sandbox"); on {
		kind = credstore.None
	}
	return session.Open(ctx, credstore.Options{Kind: kind, Dir: a.dirs.State, Now: a.now,
		Warn: func(sentence string) { a.warn("%s", sentence) }})
}

// startSandbox serves the embedded PingOne on loopback, for this process only,
// where the settings ask for it.
func (a *app) startSandbox(ctx context.Context, s *login.Service) (stop func(), authority []byte, err error) {
	s.Credentials = new(prompt.Credentials)
	if on, err := s.Settings.Switch("sandbox"); err != nil || !on {
		return func() {}, nil, err
	}
	srv, err := sandbox.Start(ctx, sandbox.Options{}, sandbox.ListenOptions{})
	if err != nil {
		return nil, nil, err
	}
	its := srv.Settings()
	for name, value := range map[string]string{"auth-url": its.AuthURL, "client-id": its.ClientID, "redirect-uri": its.RedirectURI} {
		s.Settings.Override(name, value, "sandbox")
	}
	user := its.Users[0]
	s.Settings.Fill("username", user.Username, "sandbox")
	if s.Settings.Get("username").Source == "sandbox" {
		s.Credentials.Password = implicit.NewSecret(user.Password)
	}
	s.KeyCache = nil // its keys end with it
	return func() { _ = srv.Close() }, srv.CACert, nil
}

// ui tells the user at the terminal how a sign-on goes.
type ui struct {
	a  *app
	qr bool
}

func (u *ui) Say(format string, args ...any)  { u.a.say(format, args...) }
func (u *ui) Warn(format string, args ...any) { u.a.warn(format, args...) }

// Announce shows an address on a line of its own, to be clicked or copied.
func (u *ui) Announce(n login.Announcement) {
	what := "opening the browser to sign on; if none opens, go to:"
	if n.Via == login.ViaPaste {
		what = "go to this address in any browser, sign on, and paste the address it ends on here:"
	}
	_, _ = io.WriteString(u.a.errOut, "implicit: "+what+"\n"+n.Address+"\n")
	if u.qr {
		if err := loopback.DrawQR(u.a.errOut, n.Address); err != nil {
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
	fs.StringArray("param", nil, "`NAME=VALUE` any other authorize parameter, repeatable")
}

func paramFlags(fs *pflag.FlagSet) (params []implicit.Param, err error) {
	if fs.Lookup("param") == nil {
		return nil, nil
	}
	given, err := fs.GetStringArray("param")
	for _, p := range given {
		name, value, ok := strings.Cut(p, "=")
		if !ok || name == "" {
			return nil, usagef("--param: expected NAME=VALUE, found %q", p)
		}
		params = append(params, implicit.Param{Name: name, Value: value})
	}
	return params, err
}

// addCredentials collects what answers a sign-on without a browser. Files and
// standard input are read here, before anything is sent.
func (a *app) addCredentials(s *login.Service) error {
	c := s.Credentials
	c.Username, c.Terminal = s.Settings.Text("username"), a.terminal()
	given, err := a.password(s.Settings)
	if !given.Empty() {
		c.Password = given
	}
	return err
}

// password follows the order of all settings: flags, then variables, the one
// that holds the password itself first.
func (a *app) password(s *config.Settings) (implicit.Secret, error) {
	fromStdin, err := s.Switch("password-stdin")
	if err != nil {
		return implicit.Secret{}, err
	}
	file := s.Get("password-file")
	text := a.getenv("IMPLICIT_PASSWORD")
	switch {
	case fromStdin && file.Source == "flag":
		return implicit.Secret{}, usagef("--password-stdin and --password-file cannot be used together")
	case fromStdin:
		return readSecret("--password-stdin", a.in)
	case file.Source == "flag" || text == "" && file.Text != "":
		return a.secretFile("--password-file", file.Text)
	}
	return implicit.NewSecret(text), nil
}

func (a *app) secretFile(flag, path string) (implicit.Secret, error) {
	f, err := os.Open(path)
	if err != nil {
		return implicit.Secret{}, usagef("%s: %w", flag, err)
	}
	defer f.Close()
	return readSecret(flag, f)
}

// readSecret reads a secret up to the end, less one newline.
func readSecret(flag string, r io.Reader) (implicit.Secret, error) {
	const maxBytes = 64 << 10
	data, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	data = bytes.TrimSuffix(bytes.TrimSuffix(data, []byte("\n")), []byte("\r"))
	switch {
	case err != nil:
		return implicit.Secret{}, usagef("%s: %w", flag, err)
	case len(data) == 0:
		return implicit.Secret{}, usagef("%s: empty", flag)
	case len(data) > maxBytes:
		return implicit.Secret{}, usagef("%s: expected at most %d bytes", flag, maxBytes)
	}
	return implicit.NewSecret(string(data)), nil
}
