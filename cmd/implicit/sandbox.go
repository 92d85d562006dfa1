package main

import (
	"context"
	"net"
	"net/url"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/internal/state"
	"github.com/implicit-cli/implicit/internal/words"
)

// To try things on a PingOne, without an account.

type sandboxOptions struct {
	addr         string
	publicURL    string
	plain        bool
	customDomain bool
	switches     []string
	caFile       string
	log          bool
	tenant       tenantOptions
}

func newSandboxCmd(a *app) *cobra.Command {
	var o sandboxOptions
	cmd := &cobra.Command{
		Use:     "sandbox [flags]",
		Short:   "Run the embedded PingOne as a server",
		GroupID: "setup",
		Long: `Run the embedded PingOne as a server on loopback. When it listens it prints one
line of JSON: its settings, users and applications, and the file with the
certificate to trust. The passcodes and codes that it would send to a user are
printed on standard error. Ctrl-C ends it. It is for tests, not for real users.

The first user signs on with a password alone, and another one for each thing
that a sign-on can ask for; "implicit sandbox list" describes them.

Exit status: 0 ended, 2 wrong settings.`,
		Example: `  $ implicit sandbox &
  $ implicit sandbox list users
  $ implicit sandbox --switch short-waits --switch html-502:resume
  $ implicit sandbox --addr 127.0.0.1:8443 --ca-file ca.pem
  $ implicit sandbox --tenant tenant.yaml --state .sandbox
  $ implicit sandbox --addr 127.0.0.1:8443 --public-url https://pingone.test:8443`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runSandbox(cmd.Context(), a, o) },
	}
	fs := cmd.Flags()
	fs.StringVar(&o.addr, "addr", "127.0.0.1:0", "`ADDRESS` loopback address to listen on; port 0: a free one")
	fs.StringVar(&o.publicURL, "public-url", "", "`URL` scheme://host[:port] under which clients reach it: issuer, links and certificate follow it (default: the address)")
	fs.BoolVar(&o.plain, "http", false, "plain http instead of TLS")
	fs.BoolVar(&o.customDomain, "custom-domain", false, "paths and issuer without the environment ID, as on a custom domain")
	fs.StringArrayVar(&o.switches, "switch", nil, "`NAME` reading or fault to turn on; repeatable")
	fs.StringVar(&o.caFile, "ca-file", "", "`FILE` where to write the CA certificate (default: in the state directory)")
	fs.BoolVar(&o.log, "log", false, "log each request to standard error, without secrets")
	o.tenant.addFlags(fs)
	cmd.AddCommand(newSandboxListCmd(a), newSandboxInitCmd(a))
	return cmd
}

func runSandbox(ctx context.Context, a *app, o sandboxOptions) error {
	if err := checkSwitches(o.switches); err != nil {
		return err
	}
	options := sandbox.Options{BaseURL: o.publicURL, CustomDomain: o.customDomain, Switches: o.switches, Now: a.now,
		Sent: func(m sandbox.Message) { a.say("%s for %s, %s %s: %s", m.Kind, m.Username, m.By, m.To, m.Code) }}
	if o.log {
		options.Log = func(format string, args ...any) { a.say(format, args...) }
	}
	if err := o.tenant.apply(a, &options, &o.caFile); err != nil {
		return err
	}
	srv, err := sandbox.Start(ctx, options, sandbox.ListenOptions{Addr: o.addr, Plain: o.plain})
	if err != nil {
		return fault.As(fault.Usage, err)
	}
	defer srv.Close()
	if err := o.tenant.keep(srv); err != nil {
		return err
	}
	settings := srv.Settings()
	if srv.CACert != nil {
		if settings.CACert, err = a.writeCA(o.caFile, srv); err != nil {
			return err
		}
		if o.caFile == "" {
			defer os.Remove(settings.CACert)
		}
	}
	if err := words.JSON(a.out, settings); err != nil {
		return err
	}
	if f, ok := a.out.w.(interface{ Sync() error }); ok {
		_ = f.Sync()
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Wait() }()
	select {
	case <-ctx.Done():
		return nil // the usual way to end it
	case err := <-ended:
		return err
	}
}

// writeCA writes the certificate that clients must trust; unless file is given,
// its name has the port in it.
func (a *app) writeCA(file string, srv *sandbox.Server) (string, error) {
	if file == "" {
		u, err := url.Parse(srv.URL)
		if err != nil {
			return "", err
		}
		_, port, _ := net.SplitHostPort(u.Host)
		if file, err = a.dirs.State.Join("sandbox", "ca-"+port+".pem"); err != nil {
			file = filepath.Join(os.TempDir(), "implicit-sandbox-ca-"+port+".pem")
		}
	}
	absolute, err := filepath.Abs(file)
	if err != nil {
		return "", err
	}
	return absolute, state.WriteFile(absolute, srv.CACert)
}
