package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

	"github.com/implicit-cli/implicit/internal/adminjson"
	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/internal/state"
	"github.com/implicit-cli/implicit/internal/words"
)

// A team wants a sandbox with what its own PingOne has, without writing it down.

type sandboxImportOptions struct {
	out         string
	force       bool
	environment string
	passwords   string
}

func (o *sandboxImportOptions) addFlags(fs *pflag.FlagSet) {
	fs.StringVar(&o.out, "out", "-", "`FILE` where to write the tenant file; - is standard output")
	fs.BoolVar(&o.force, "force", false, "replace the file if it exists")
	fs.StringVar(&o.environment, "environment-id", "", "`ID` of the environment to import, where the files have several")
	fs.StringVar(&o.passwords, "passwords", "any", "`any|placeholder` any: a user signs on with whatever is typed; placeholder: a password to replace in the file")
}

func newSandboxImportCmd(a *app) *cobra.Command {
	var o sandboxImportOptions
	cmd := &cobra.Command{
		Use:   "import [flags] <file>...",
		Short: "Make a tenant file from what PingOne's API returns",
		Long: `Make a tenant file for "implicit sandbox --tenant" from files that PingOne's management
API returned, in any order: applications with their grants, attributes and policy
assignments, resources with their scopes, sign-on policies with their actions, users,
groups, password policies, the environment. They may be saved by pingcli, curl or a
browser; - is standard input. terraform show -json of the PingOne provider can be
imported too, and the file of "implicit doctor --fit" adds its readings.

Nothing is sent to PingOne. Secrets are left out, and so are passwords: by default a
user signs on with whatever is typed. What was not imported and why, and which answers
are missing, is printed on standard error. With -o json all of it is one JSON object,
with the tenant in it unless --out names a file.

Exit status: 0 imported, 2 a file is not what PingOne's API returns, or exists.`,
		Example: `  $ pingcli pingone api -O json environments/$ENV/applications >applications.json
  $ implicit sandbox import applications.json --out tenant.yaml
  $ implicit sandbox import *.json fit.yaml --out tenant.yaml --force
  $ terraform show -json | implicit sandbox import - >tenant.yaml`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return runSandboxImport(a, args, o) },
	}
	o.addFlags(cmd.Flags())
	return cmd
}

func runSandboxImport(a *app, names []string, o sandboxImportOptions) error {
	if o.passwords != "any" && o.passwords != "placeholder" {
		return usagef("--passwords: expected any or placeholder, found %q", o.passwords)
	}
	if err := o.free(); err != nil {
		return err
	}
	var files []adminjson.File
	for _, name := range names {
		text, err := a.readFile(name, maxTenantFile)
		if err != nil {
			return err
		}
		files = append(files, adminjson.File{Name: fileName(name), Text: text})
	}
	report, err := adminjson.Import(files, adminjson.Options{
		Placeholder: o.passwords == "placeholder", Environment: o.environment, Console: sandbox.ConsoleNames(), Check: checkTenant,
	})
	if err != nil {
		return err
	}
	if o.out != "-" {
		if err := state.WriteFile(o.out, report.Tenant); err != nil {
			return fault.As(fault.Usage, fmt.Errorf("--out: %w", err))
		}
	}
	return a.showImport(report, o)
}

func fileName(name string) string {
	if name == "-" {
		return "standard input"
	}
	return name
}

// free refuses to replace a file, and anything that is not one.
func (o sandboxImportOptions) free() error {
	info, err := os.Lstat(o.out)
	switch {
	case o.out == "":
		return usagef("--out: expected a file, or - for standard output")
	case o.out == "-" || errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return usagef("--out: %w", err)
	case !info.Mode().IsRegular():
		return usagef("--out: %s is not a regular file; - is standard output", o.out)
	case !o.force:
		return usagef("--out: %s exists; --force replaces it", o.out)
	}
	return nil
}

// checkTenant reads a tenant file as the sandbox does.
func checkTenant(text []byte) []adminjson.Problem {
	_, err := sandbox.ReadTenant(sandbox.TenantFile{Name: "tenant", Text: text})
	var wrong *sandbox.TenantError
	if !errors.As(err, &wrong) {
		return nil
	}
	var problems []adminjson.Problem
	for _, m := range wrong.Mistakes {
		problems = append(problems, adminjson.Problem{Path: m.Path, Line: m.Line, Column: m.Column, Message: m.Message})
	}
	return problems
}

// maxShown is how many lines of what is missing or left out are shown.
const maxShown = 20

func (a *app) showImport(r *adminjson.Report, o sandboxImportOptions) error {
	if a.json() {
		return a.showImportJSON(r, o)
	}
	if o.out == "-" {
		if _, err := a.out.Write(r.Tenant); err != nil {
			return err
		}
	}
	var counts []string
	for _, what := range slices.Sorted(maps.Keys(r.Imported)) {
		counts = append(counts, number(r.Imported[what], what))
	}
	a.say("imported: %s", strings.Join(counts, ", "))
	for _, i := range r.Ignored[:min(len(r.Ignored), maxShown)] {
		where := ""
		if i.Where != "" {
			where = " (" + i.Where + ")"
		}
		a.say("ignored: %s: %s%s", i.What, i.Why, where)
	}
	for _, m := range r.Missing[:min(len(r.Missing), maxShown)] {
		a.say("missing: GET %s: %s", m.Get, m.Why)
	}
	if more := max(len(r.Ignored)-maxShown, 0) + max(len(r.Missing)-maxShown, 0); more > 0 {
		a.say("and %d more: -o json has all", more)
	}
	if o.out != "-" {
		a.say("%s was written; start it with: implicit sandbox --tenant %s", o.out, o.out)
	}
	return nil
}

// number is a count of things, which are named in the plural.
func number(n int, things string) string {
	if stem, ok := strings.CutSuffix(things, "ies"); ok && n == 1 {
		things = stem + "ys"
	}
	if n == 1 {
		things = strings.TrimSuffix(things, "s")
	}
	return fmt.Sprintf("%d %s", n, things)
}

func (a *app) showImportJSON(r *adminjson.Report, o sandboxImportOptions) error {
	shown := struct {
		Out      string              `json:"out,omitempty"`
		Imported map[string]int      `json:"imported"`
		Ignored  []adminjson.Ignored `json:"ignored"`
		Missing  []adminjson.Missing `json:"missing"`
		Tenant   any                 `json:"tenant,omitempty"`
	}{Imported: r.Imported, Ignored: append([]adminjson.Ignored{}, r.Ignored...), Missing: append([]adminjson.Missing{}, r.Missing...)}
	if o.out != "-" {
		shown.Out = o.out
	} else if err := yaml.Unmarshal(r.Tenant, &shown.Tenant); err != nil {
		return err
	}
	return words.JSON(a.out, shown)
}
