package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/sandbox"
)

// A user starts with a file that works, and changes it.

func newSandboxInitCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "init [file]",
		Short: "Write a tenant file to start from",
		Long: `Write a tenant file with comments (default: tenant.yaml; - is standard output). It
works as it is: "implicit sandbox --tenant tenant.yaml".

Exit status: 0 written, 2 the file exists or cannot be written.`,
		Example: `  $ implicit sandbox init
  $ implicit sandbox --tenant tenant.yaml`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return runSandboxInit(a, append(args, "tenant.yaml")[0])
		},
	}
}

func runSandboxInit(a *app, name string) error {
	if name == "-" {
		_, err := a.out.Write(sandbox.ExampleTenant())
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fault.Usagef("%s exists; name another file, or - for standard output", name)
	}
	if err != nil {
		return fault.As(fault.Usage, fmt.Errorf("write the tenant file: %w", err))
	}
	_, err = f.Write(sandbox.ExampleTenant())
	if err := errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	a.say("%s was written; start it with: implicit sandbox --tenant %s", name, name)
	return nil
}
