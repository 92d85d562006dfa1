//go:build unix

package bench

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// build builds the command as a release does, and installs it: what the linker has
// just written starts a third slower than a copy of it, since it is in memory in
// pieces of one page.
func build(b testing.TB) string {
	b.Helper()
	built := filepath.Join(b.TempDir(), "built")
	cmd := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", built, "../../cmd/implicit")
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("build the command: %v\n%s", err, out)
	}
	data, err := os.ReadFile(built)
	if err != nil {
		b.Fatal(err)
	}
	program := filepath.Join(b.TempDir(), "implicit")
	if err := os.WriteFile(program, data, 0o755); err != nil {
		b.Fatal(err)
	}
	return program
}

// output runs cmd and returns its standard output.
func output(b testing.TB, cmd *exec.Cmd) string {
	b.Helper()
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, errs.String())
	}
	return string(out)
}

// cpu is the time that an ended process ran on any core. Other load on the machine
// changes it much less than the time that passed.
func cpu(cmd *exec.Cmd) time.Duration {
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// ownCPU is the same for this process.
func ownCPU(b testing.TB) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
