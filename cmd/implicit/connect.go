package main

import (
	"bytes"
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/prompt"
	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/internal/state"
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
	*login.Connection // nil until dial
	settings          *config.Settings
	params            []implicit.Param
	random            io.Reader
	authority         []byte        // the sandbox's CA
	sandboxed         *sandbox.User // the user to sign on with --sandbox
	close             func()
}

// connect settles the settings of cmd and finds the provider. Call close when
// done.
func (a *app) connect(ctx context.Context, cmd *cobra.Command) (*connection, error) {
	c, err := a.prepare(ctx, cmd)
	if err != nil {
		return nil, err
	}
	if err := c.dial(ctx, a); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// prepare settles the settings of cmd, and starts the sandbox where they ask
// for it. Nothing is sent.
func (a *app) prepare(ctx context.Context, cmd *cobra.Command) (*connection, error) {
	s, err := a.settings(cmd.Flags())
	if err != nil {
		return nil, err
	}
	c := &connection{settings: s, random: a.random, close: func() {}}
	if c.params, err = paramFlags(cmd.Flags()); err != nil {
		return nil, err
	}
	on, err := s.Switch("sandbox")
	if err == nil && on {
		err = c.startSandbox(ctx)
	}
	return c, err
}

// dial finds the provider: for PingOne nothing is sent, for another one its
// discovery document is fetched.
func (c *connection) dial(ctx context.Context, a *app) error {
	transport, err := login.NewTransport(c.settings, c.authority)
	if err != nil {
		return err
	}
	o := login.Options{Settings: c.settings, Transport: transport, Now: a.now, UserAgent: "implicit/" + a.version}
	if c.authority == nil { // keys of a sandbox that ends with this process are not worth keeping
		o.Cache = login.KeyFiles{Dir: a.dirs.Cache}
	}
	if c.Connection, err = login.Connect(ctx, o); err != nil {
		return err
	}
	stopSandbox := c.close
	c.close = func() { c.Connection.Close(); stopSandbox() }
	return nil
}

// startSandbox serves the embedded PingOne on loopback, for this process only,
// and takes its settings where no flag says otherwise.
func (c *connection) startSandbox(ctx context.Context) error {
	srv, err := sandbox.Start(ctx, sandbox.Options{}, sandbox.ListenOptions{})
	if err != nil {
		return err
	}
	c.authority, c.close = srv.CACert, func() { _ = srv.Close() }
	its := srv.Settings()
	for name, value := range map[string]string{"auth-url": its.AuthURL, "client-id": its.ClientID, "redirect-uri": its.RedirectURI} {
		c.settings.Override(name, value, "sandbox")
	}
	user := its.Users[0]
	c.settings.Fill("username", user.Username, "sandbox")
	if c.settings.Get("username").Source == "sandbox" {
		c.sandboxed = &user
	}
	return nil
}

func (c *connection) request() (*implicit.Request, error) {
	return c.NewRequest(c.random, c.params)
}

// dialFor finds the provider for a request that has been checked: wrong settings
// are found before anything is sent.
func (c *connection) dialFor(ctx context.Context, a *app) (*implicit.Request, error) {
	if err := login.CheckRequest(c.settings, c.params); err != nil {
		return nil, err
	}
	if err := c.dial(ctx, a); err != nil {
		return nil, err
	}
	if c.settings.Text("response-mode") == "query" {
		a.warn("--response-mode query: tokens in a query end up in logs and histories")
	}
	return c.request()
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
	data, err := state.ReadTextFile(path, flag, maxSecret)
	return trimSecret(flag, data, err)
}

// readSecret reads a secret up to the end, less one newline.
func readSecret(flag string, r io.Reader) (implicit.Secret, error) {
	data, err := state.ReadText(r, flag, maxSecret)
	return trimSecret(flag, data, err)
}

// maxSecret bounds a secret that is handed in, in bytes.
const maxSecret = 64 << 10

func trimSecret(flag string, data []byte, err error) (implicit.Secret, error) {
	data = bytes.TrimSuffix(bytes.TrimSuffix(data, []byte("\n")), []byte("\r"))
	switch {
	case err != nil:
		return implicit.Secret{}, err
	case len(data) == 0:
		return implicit.Secret{}, usagef("%s: empty", flag)
	}
	return implicit.NewSecret(string(data)), nil
}
