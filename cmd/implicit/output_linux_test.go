package main

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// What was written to a closed standard output is lost, which is no success.
// /dev/null is where output may go.
func TestClosedStandardOutput(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	for _, args := range [][]string{{"token"}, {"token", "--format", "json"}, {"token", "--id-token"}} {
		for redirect, want := range map[string]int{">&-": 1, ">/dev/null": 0} {
			program := b.command(args...)
			cmd := exec.Command("/bin/sh", append([]string{"-c", `"$0" "$@" ` + redirect, program.Path}, args...)...)
			cmd.Env = program.Env
			var errOut bytes.Buffer
			cmd.Stderr = &errOut
			status := statusOfProcess(t, cmd.Run())
			if status != want || strings.Contains(errOut.String(), "standard output is closed") != (want == 1) {
				t.Errorf("%q %s: exit status %d, expected %d: %s", args, redirect, status, want, errOut.String())
			}
		}
	}
}

// A parent that wants no output at all may open /dev/null for both.
func TestOutputThatIsNotWanted(t *testing.T) {
	t.Parallel()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	cmd := newBench(t).command("version")
	cmd.Stdout, cmd.Stderr = null, null
	if status := statusOfProcess(t, cmd.Run()); status != 0 {
		t.Errorf("exit status %d", status)
	}
}
