package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/internal/words"
)

// To try things on a PingOne, without an account.

type sandboxOptions struct {
	listen       string
	publicURL    string
	plain        bool
	customDomain bool
	switches     []string
	caFile       string
	envFile      string
	log          string // one of sandboxLogs; empty: text where the panel is
	tls          sandboxTLS
	control      string // where the control API listens; empty: nowhere
	tenant       tenantOptions
}

func newSandboxCmd(a *app) *cobra.Command {
	var o sandboxOptions
	cmd := &cobra.Command{
		Use:     "sandbox [flags]",
		Short:   "Run the embedded PingOne as a server",
		GroupID: "setup",
		Long: `Run the embedded PingOne as a server on loopback, to test applications with.
Ctrl-C stops it. It is for tests, not for real users.

On a terminal it shows how to use it, and then each request. Elsewhere, and with
-o json, it prints one line of JSON when it is ready: its settings, users and
applications, and the file with the certificate to trust. The passcodes and codes
that PingOne would send to a user are printed on standard error.

The first user signs on with only a password. "implicit sandbox list users" lists the
others, one for each thing that a sign-on can ask for. With --control, "implicit
sandbox ctl" changes it while it runs.

Exit status: 130 stopped by Ctrl-C, 143 by SIGTERM, 2 wrong settings.`,
		Example: `  $ implicit sandbox
  $ implicit sandbox --listen 127.0.0.1:8443 --write-env sandbox.env
  $ implicit sandbox --switch short-waits --switch html-502:resume
  $ implicit sandbox --tenant tenant.yaml --state .sandbox
  $ implicit sandbox --control 127.0.0.1:0 --write-env sandbox.env
  $ implicit sandbox --log json >settings.json 2>requests.jsonl &
  $ implicit sandbox --listen 127.0.0.1:8443 --public-url https://pingone.test:8443`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runSandbox(cmd.Context(), a, o) },
	}
	fs := cmd.Flags()
	fs.StringVar(&o.listen, "listen", "127.0.0.1:0", "`ADDRESS` address to listen on; one that is not on loopback needs --public-url; port 0: a free one")
	fs.StringVar(&o.publicURL, "public-url", "", "`URL` scheme://host[:port] at which clients reach it: issuer, links and certificate follow it (default: the address)")
	fs.BoolVar(&o.plain, "http", false, "plain http instead of TLS")
	fs.BoolVar(&o.customDomain, "custom-domain", false, "paths and issuer without the environment ID, as on a custom domain")
	fs.StringArrayVar(&o.switches, "switch", nil, "`NAME` reading or fault to turn on; repeatable")
	fs.StringVar(&o.caFile, "ca-cert-out", "", "`FILE` where to write the CA certificate (default: in the state directory)")
	fs.StringVar(&o.envFile, "write-env", "", "`FILE` where to write the variables that point implicit to it, for a shell's source (.ps1: for PowerShell)")
	fs.StringVar(&o.log, "log", "", "`FORMAT` log each request to standard error: text, json or none (default: text on a terminal, else none)")
	fs.StringVar(&o.control, "control", "", "`ADDRESS` address of the control API, by which tests change it while it runs; port 0: a free one")
	o.tls.addFlags(fs)
	o.tenant.addFlags(fs)
	cmd.AddCommand(newSandboxListCmd(a), newSandboxHealthCmd(), newSandboxInitCmd(a), newSandboxImportCmd(a), newSandboxCtlCmd(a))
	return cmd
}

func runSandbox(ctx context.Context, a *app, o sandboxOptions) error {
	if err := checkSwitches(o.switches); err != nil {
		return err
	}
	panel := a.outTerminal && !a.json()
	log, err := newSandboxLog(a, o.log, panel)
	if err != nil {
		return err
	}
	options := sandbox.Options{BaseURL: o.publicURL, CustomDomain: o.customDomain, Switches: o.switches, Now: a.now, Log: log.request, Sent: log.sent}
	if err := o.tenant.apply(a, &options, &o.caFile); err != nil {
		return err
	}
	if err := o.checkFiles(); err != nil {
		return err
	}
	certificate, err := o.tls.certificate(o.plain)
	if err != nil {
		return err
	}
	srv, err := sandbox.Start(ctx, options, sandbox.ListenOptions{Addr: o.listen, Plain: o.plain, Certificate: certificate})
	if err != nil {
		return fault.As(fault.Usage, err)
	}
	defer srv.Close()
	if err := o.tenant.keep(srv); err != nil {
		return err
	}
	settings := srv.Settings()
	for _, other := range srv.Environments()[1:] {
		settings.Environments = append(settings.Environments, other.Settings())
	}
	key, failed, err := a.serveControl(ctx, o, srv, &settings)
	if err != nil {
		return err
	}
	files, err := a.writeSandboxFiles(o, srv, &settings, key, panel)
	defer files.remove()
	if err != nil {
		return err
	}
	if panel {
		a.sandboxPanel(settings, files, o.tenant.files)
		log.begin()
	} else if err := words.JSON(a.out, settings); err != nil {
		return err
	}
	if f, ok := a.out.w.(interface{ Sync() error }); ok {
		_ = f.Sync()
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Wait() }()
	select {
	case <-ctx.Done():
	case err = <-ended:
	case err = <-failed:
	}
	if ctx.Err() != nil { // which ends the servers too
		return stoppedQuietly(ctx)
	}
	return err
}
