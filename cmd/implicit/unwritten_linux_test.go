package main

import (
	"os"
	"path/filepath"
	"testing"
)

// A file that cannot be written is exit status 1, with the file named; the result of
// the command is printed all the same, and its own error comes first.
func TestFilesThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	dir := t.TempDir()
	recording := filepath.Join(dir, "run.har")
	token := b.run("login", "-o", "json", "--har", recording).exits(0).object()["id_token"].(string)
	for _, args := range [][]string{
		{"login", "--har", "/dev/full"}, {"login", "--report", "/dev/full"}, {"login", "--curl", "/dev/full"},
		{"token", "--har", "/dev/full"}, {"authorize", "--curl", "/dev/full"}, {"verify", token, "--har", "/dev/full"},
		{"replay", recording, "--har", "/dev/full"}, {"replay", recording, "--report", "/dev/full"},
		{"doctor", "--evidence", "/dev/full"}, {"doctor", "--fit", "/dev/full"},
	} {
		r := b.run(args...).exits(1).says("error: "+args[len(args)-2]+": ", "/dev/full", "no space left")
		if r.out == "" {
			t.Errorf("%q: the result is not printed", args)
		}
	}
	b.run("exec", "--har", "/dev/full", "--", "touch", filepath.Join(dir, "ran")).exits(1)
	if _, err := os.Stat(filepath.Join(dir, "ran")); err == nil {
		t.Error("exec runs its command though the record is not written")
	}
	b.set("IMPLICIT_PASSWORD", "fake not the password")
	b.run("login", "--har", "/dev/full").exits(3).says("warning: --har: write /dev/full")
}

// Two flags that name one file are refused before anything is sent, and leave nothing.
func TestOneFileForTwoFlags(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.Symlink("new", at("link")); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"login", "--har", at("new"), "--curl", at("new")},
		{"login", "--har", at("new"), "--curl", dir + "/./new"},
		{"login", "--har", at("new"), "--report", at("link")},
		{"doctor", "--fit", at("new"), "--har", at("link")},
		{"login", "--har", at("new"), "--report", "/no/such/folder/page.html"},
	} {
		b.run(args...).exits(2).says(args[3])
		if _, err := os.Stat(at("new")); err == nil && args[0] != "doctor" { // whose record says why it ended
			t.Errorf("%q: a file is left", args)
		}
		_ = os.Remove(at("new"))
	}
	if lines := b.seen.lines(); len(lines) > 0 {
		t.Errorf("sent: %q", lines)
	}
	b.run("login", "--har", "/dev/null", "--curl", "/dev/null").exits(0)
}
