package main

import (
	"bytes"
	"context"
	"io"
	"os"

	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/prompt"
	"github.com/implicit-cli/implicit/internal/render"
	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// settings resolves what a command works with, from the sources and from the
// variables and the configuration file.
func (a *app) settings(src config.Sources) (*config.Settings, error) {
	src.Getenv, src.File = a.getenv, &config.File{Default: "default"}
	dir, err := a.dirs.Config.Join()
	if err == nil { // without a home directory there are no profiles
		if src.File, err = config.ReadFile(dir); err != nil {
			return nil, err
		}
	}
	for _, sentence := range src.File.Warnings {
		a.warn("%s", render.Text(sentence))
	}
	return config.Resolve(src)
}

// connection is a login.Connection and what else one command line needs.
type connection struct {
	*login.Connection // nil until dial
	settings          *config.Settings
	redirectURI       string // of the request
	random            io.Reader
	sandboxed         *sandbox.User // the user to sign on with --sandbox
	close             func()
}

// connect resolves the settings and finds the provider. Call close when done.
func (a *app) connect(ctx context.Context, src config.Sources) (*connection, error) {
	c, err := a.prepare(ctx, src)
	if err != nil {
		return nil, err
	}
	if err := c.dial(ctx, a); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// prepare resolves the settings, and starts the sandbox where they choose it.
// Nothing is sent.
func (a *app) prepare(ctx context.Context, src config.Sources) (*connection, error) {
	c := &connection{random: a.random, close: func() {}}
	var user sandbox.User
	src.Sandbox = func() (*config.Supplied, error) {
		srv, err := sandbox.Start(ctx, sandbox.Options{}, sandbox.ListenOptions{})
		if err != nil {
			return nil, err
		}
		c.close = func() { _ = srv.Close() }
		its := srv.Settings()
		user = its.Users[0]
		return &config.Supplied{Source: "sandbox", CACert: srv.CACert, Values: map[string]string{
			"auth-url": its.AuthURL, "client-id": its.ClientID, "redirect-uri": its.RedirectURI, "username": user.Username}}, nil
	}
	var err error
	if c.settings, err = a.settings(src); err != nil {
		c.close()
		return nil, err
	}
	if c.settings.Source("username") == "sandbox" {
		c.sandboxed = &user
	}
	c.redirectURI = c.settings.RedirectURI
	return c, nil
}

// dial finds the provider: for PingOne nothing is sent, for another one its
// discovery document is fetched.
func (c *connection) dial(ctx context.Context, a *app) error {
	o := login.Options{Settings: c.settings, Transport: login.NewTransport(c.settings), Now: a.now, UserAgent: "implicit/" + a.version}
	if !c.settings.Provider.Sandbox { // keys of a sandbox that ends with this process are not worth keeping
		o.Cache = login.KeyFiles{Dir: a.dirs.Cache}
	}
	var err error
	if c.Connection, err = login.Connect(ctx, o); err != nil {
		return err
	}
	stopSandbox := c.close
	c.close = func() { c.Connection.Close(); stopSandbox() }
	return nil
}

func (c *connection) request() (*implicit.Request, error) {
	return c.NewRequest(c.random, c.redirectURI)
}

// dialFor finds the provider and makes the request for it.
func (c *connection) dialFor(ctx context.Context, a *app) (*implicit.Request, error) {
	if err := c.dial(ctx, a); err != nil {
		return nil, err
	}
	if c.settings.ResponseMode == "query" {
		a.warn("--response-mode query: tokens in a query end up in logs and histories")
	}
	return c.request()
}

func addParamFlag(fs *pflag.FlagSet) {
	fs.StringArray(config.ParamFlag, nil, "`NAME=VALUE` any other authorize parameter, repeatable")
}

// credentials collects what answers a sign-on without a browser. Files and
// standard input are read here, before anything is sent.
func (a *app) credentials(c *connection) (*prompt.Credentials, error) {
	creds := &prompt.Credentials{Username: c.settings.Username, Terminal: a.terminal()}
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
	text := a.getenv("IMPLICIT_PASSWORD")
	switch fromFlag := s.Source("password-file") == "flag"; {
	case s.PasswordStdin && fromFlag:
		return implicit.Secret{}, usagef("--password-stdin and --password-file cannot be used together")
	case s.PasswordStdin:
		return readSecret("--password-stdin", a.in)
	case fromFlag || text == "" && s.PasswordFile != "":
		return a.secretFile("--password-file", s.PasswordFile)
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
	const maxSecret = 64 << 10
	data, err := io.ReadAll(io.LimitReader(r, maxSecret+1))
	data = bytes.TrimSuffix(bytes.TrimSuffix(data, []byte("\n")), []byte("\r"))
	switch {
	case err != nil:
		return implicit.Secret{}, usagef("%s: %w", flag, err)
	case len(data) == 0:
		return implicit.Secret{}, usagef("%s: empty", flag)
	case len(data) > maxSecret:
		return implicit.Secret{}, usagef("%s: expected at most %d bytes", flag, maxSecret)
	}
	return implicit.NewSecret(string(data)), nil
}
