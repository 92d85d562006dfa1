package main

import (
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/internal/state"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// What clients of a sandbox need: its certificate, and its settings as variables.

// sandboxFiles are the files of a running sandbox. Those that the user did not name
// end with it.
type sandboxFiles struct {
	env       string // empty: none
	temporary []string
}

func (f sandboxFiles) remove() {
	for _, name := range f.temporary {
		_ = os.Remove(name)
	}
}

// checkFiles refuses to write two things into one file.
func (o sandboxOptions) checkFiles() error {
	names := []string{o.envFile, o.caFile}
	if o.tenant.dir != "" {
		names = append(names, o.tenant.keys())
	}
	seen := map[string]bool{}
	for _, name := range names {
		path, err := filepath.Abs(name)
		if err != nil {
			return err
		}
		if name != "" && seen[path] {
			return usagef("--write-env, --ca-cert-out and --state name the same file: %s", name)
		}
		seen[path] = true
	}
	return nil
}

// writeSandboxFiles writes the certificate, and the variables where they are wanted
// or the panel names their file. It completes settings.
func (a *app) writeSandboxFiles(o sandboxOptions, srv *sandbox.Server, settings *sandbox.Settings, key implicit.Secret, panel bool) (f sandboxFiles, err error) {
	write := func(named, prefix, ending string, data []byte) (string, error) {
		file := named
		if file == "" {
			file = a.sandboxFile(srv, prefix, ending)
			f.temporary = append(f.temporary, file)
		}
		if file, err = filepath.Abs(file); err != nil {
			return "", err
		}
		return file, state.WriteFile(file, data)
	}
	if srv.CACert != nil {
		if settings.CACert, err = write(o.caFile, "ca-", ".pem", srv.CACert); err != nil {
			return f, err
		}
		for i := range settings.Environments {
			settings.Environments[i].CACert = settings.CACert
		}
	}
	if o.envFile == "" && !panel {
		return f, nil
	}
	ending := ".env"
	if strings.HasSuffix(o.envFile, powerShell) || o.envFile == "" && a.goos == "windows" {
		ending = powerShell
	}
	f.env, err = write(o.envFile, "", ending, sandboxVariables(*settings, key, ending == powerShell))
	return f, err
}

// sandboxFile is a name with the port in it, since several sandboxes may run.
func (a *app) sandboxFile(srv *sandbox.Server, prefix, ending string) string {
	port := ""
	if u, err := url.Parse(srv.URL); err == nil {
		_, port, _ = net.SplitHostPort(u.Host)
	}
	file, err := a.dirs.State.Join("sandbox", prefix+port+ending)
	if err != nil {
		return filepath.Join(os.TempDir(), "implicit-sandbox-"+prefix+port+ending)
	}
	return file
}

const powerShell = ".ps1"

// sandboxVariables are lines for a shell. With the credentials a login needs no browser.
func sandboxVariables(s sandbox.Settings, key implicit.Secret, forPowerShell bool) []byte {
	var b strings.Builder
	variables := [][2]string{
		{"IMPLICIT_AUTH_URL", s.AuthURL}, {"IMPLICIT_CLIENT_ID", s.ClientID}, {"IMPLICIT_REDIRECT_URI", s.RedirectURI},
		{"IMPLICIT_CA_CERT", s.CACert}, {"IMPLICIT_USERNAME", s.Users[0].Username}, {"IMPLICIT_PASSWORD", s.Users[0].Password},
	}
	if s.Control != nil {
		variables = append(variables, [2]string{controlVariable, s.Control.URL}, [2]string{controlKeyVariable, key.Reveal()})
	}
	for _, v := range variables {
		switch {
		case v[1] == "":
		case forPowerShell:
			b.WriteString(words.Assignment("powershell", v[0], v[1]) + "\n")
		default:
			b.WriteString("export " + v[0] + "=" + words.QuoteSh(v[1]) + "\n")
		}
	}
	return []byte(b.String())
}
