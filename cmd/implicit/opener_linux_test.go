package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOpenerForReal runs the real thing: what a browser prints goes to standard
// error, whose place a file takes here.
func TestOpenerForReal(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "xdg-open")
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho \"$# $1\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	for _, browser := range []string{"", program, program + " %s"} {
		var out strings.Builder
		o := newOpener("linux", func(name string) string { return map[string]string{"BROWSER": browser}[name] }, &out)
		if err := o.open(t.Context(), opened); err != nil || out.String() != "1 "+opened+"\n" {
			t.Errorf("BROWSER=%q: found %q, %v", browser, out.String(), err)
		}
	}
}
