package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/prompt"
	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// settings settles what a command works with, from its flags downwards.
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

// connection is a login.Connection and what else one command line needs.
type connection struct {
	*login.Connection
	settings  *config.Settings
	transport *http.Transport
	params    []implicit.Param
	random    io.Reader
	sandboxed *sandbox.User // the user to sign on with --sandbox
	close     func()
}

// connect settles the settings of cmd and finds the provider. Call close when
// done.
func (a *app) connect(ctx context.Context, cmd *cobra.Command) (*connection, error) {
	s, err := a.settings(cmd.Flags())
	if err != nil {
		return nil, err
	}
	c := &connection{settings: s, random: a.random, close: func() {}}
	if c.params, err = paramFlags(cmd.Flags()); err != nil {
		return nil, err
	}
	var authority []byte
	on, err := s.Switch("sandbox")
	if err != nil {
		return nil, err
	}
	if on {
		if authority, err = c.startSandbox(ctx); err != nil {
			return nil, err
		}
	}
	if err := c.dial(ctx, a, authority); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (c *connection) dial(ctx context.Context, a *app, authority []byte) (err error) {
	if c.transport, err = login.NewTransport(c.settings, authority); err != nil {
		return err
	}
	c.Connection, err = login.Connect(ctx, login.Options{
		Settings: c.settings, Transport: c.transport, Now: a.now,
		UserAgent: "implicit/" + a.version, Cache: login.KeyFiles{Dir: a.dirs.Cache},
	})
	return err
}

// startSandbox serves the embedded PingOne on loopback, for this process only,
// and takes its settings where no flag says otherwise.
func (c *connection) startSandbox(ctx context.Context) (authority []byte, err error) {
	srv, err := sandbox.Start(ctx, sandbox.Options{}, sandbox.ListenOptions{})
	if err != nil {
		return nil, err
	}
	c.close = func() { _ = srv.Close() }
	its := srv.Settings()
	for name, value := range map[string]string{"auth-url": its.AuthURL, "client-id": its.ClientID, "redirect-uri": its.RedirectURI} {
		c.settings.Override(name, value, "sandbox")
	}
	user := its.Users[0]
	c.settings.Fill("username", user.Username, "sandbox")
	if c.settings.Get("username").Source == "sandbox" {
		c.sandboxed = &user
	}
	return srv.CACert, nil
}

func (c *connection) request() (*implicit.Request, error) {
	return c.NewRequest(c.random, c.params)
}

func addParamFlag(fs *pflag.FlagSet) {
	fs.StringArray("param", nil, "`NAME=VALUE` of any other authorize parameter, repeatable")
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

// credentials collects what answers a sign-on without a browser. Files and
// standard input are read here, before anything is sent.
func (a *app) credentials(c *connection) (*prompt.Credentials, error) {
	creds := &prompt.Credentials{Username: c.settings.Text("username"), Terminal: a.terminal()}
	var err error
	creds.Password, err = a.password(c.settings)
	if creds.Password.Empty() && c.sandboxed != nil {
		creds.Password = implicit.NewSecret(c.sandboxed.Password)
	}
	return creds, err
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
		return implicit.Secret{}, usagef("--password-stdin and --password-file cannot stand beside each other")
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
	const most = 64 << 10
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	data = bytes.TrimSuffix(bytes.TrimSuffix(data, []byte("\n")), []byte("\r"))
	switch {
	case err != nil:
		return implicit.Secret{}, usagef("%s: %w", flag, err)
	case len(data) == 0:
		return implicit.Secret{}, usagef("%s: empty", flag)
	case len(data) > most:
		return implicit.Secret{}, usagef("%s: expected at most %d bytes", flag, most)
	}
	return implicit.NewSecret(string(data)), nil
}
