package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/internal/state"
)

// A team tests its application against a PingOne that looks like its own.

const (
	maxTenantFile  = 64 << 20 // 100,000 users are about 20 MiB
	maxSandboxKeys = 1 << 20
)

// tenantOptions say what the sandbox has, and what it keeps between runs.
type tenantOptions struct {
	files  []string
	others []string
	dir    string

	chooseUser bool
}

func (o *tenantOptions) addFlags(fs *pflag.FlagSet) {
	addTenantFlag(fs, &o.files)
	fs.StringArrayVar(&o.others, "environment", nil, "`FILE` tenant file of one more environment, under its environment ID or its custom domain; repeatable")
	fs.BoolVar(&o.chooseUser, "choose-user", false, "list the users on the sign-on page, to sign on with one click")
	fs.StringVar(&o.dir, "state", "", "`DIR` where to keep the CA certificate and the keys for the next start")
}

func addTenantFlag(fs *pflag.FlagSet, files *[]string) {
	fs.StringArrayVar(files, "tenant", nil, "`FILE` applications, users and settings, in YAML or JSON; - is standard input; repeatable: the files are joined")
}

// loadTenant reads tenant files; no file is the built-in tenant, nil. It prints all
// mistakes where there are several.
func (a *app) loadTenant(names []string) (*sandbox.Tenant, error) {
	if len(names) == 0 {
		return nil, nil
	}
	var files []sandbox.TenantFile
	for _, name := range names {
		text, err := a.readFile(name, maxTenantFile)
		if err != nil {
			return nil, err
		}
		files = append(files, sandbox.TenantFile{Name: name, Text: text})
	}
	tenant, err := sandbox.ReadTenant(files...)
	if wrong := (*sandbox.TenantError)(nil); errors.As(err, &wrong) && len(wrong.Mistakes) > 1 && !a.json() {
		for _, m := range wrong.Mistakes {
			a.say("%s", m)
		}
		err = fault.Usagef("the tenant has %s", plural(len(wrong.Mistakes), "mistake"))
	}
	if err != nil {
		return nil, fault.WithHint(err, "implicit sandbox init writes a file with comments to start from")
	}
	return tenant, nil
}

// apply adds the tenant and the kept keys to the options of a sandbox. caFile is
// where the certificate goes.
func (o *tenantOptions) apply(a *app, options *sandbox.Options, caFile *string) (err error) {
	options.ChooseUser = o.chooseUser
	options.Explain = func(why string) { a.say("%s", why) }
	if options.Tenant, err = a.loadTenant(o.files); err != nil {
		return err
	}
	for _, name := range o.others {
		other, err := a.loadTenant([]string{name})
		if err != nil {
			return err
		}
		options.Others = append(options.Others, other)
	}
	if o.dir == "" {
		return nil
	}
	if *caFile == "" {
		*caFile = filepath.Join(o.dir, "ca.pem")
	}
	options.State, err = state.ReadTextFile(o.keys(), o.keys(), maxSandboxKeys)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (o *tenantOptions) keys() string { return filepath.Join(o.dir, "keys.json") }

// keep writes the keys of a sandbox, for the next start.
func (o *tenantOptions) keep(srv *sandbox.Server) error {
	if o.dir == "" {
		return nil
	}
	data, err := srv.State()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return fault.As(fault.Usage, fmt.Errorf("--state: %w", err))
	}
	return state.WriteFile(o.keys(), data)
}
