package main

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/implicit-cli/implicit/internal/state"
)

// In a narrow window a line breaks between words; what is one word stays whole.
func TestNarrowScreens(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().set("NO_COLOR", "1")
	token := b.run("token").exits(0).out
	colour := regexp.MustCompile(`\x1b\[[0-9;]*m`)
	for _, args := range [][]string{{"config", "show"}, {"decode", strings.TrimSpace(token)}, {"login", "--trace"}} {
		var screen bytes.Buffer
		run(t.Context(), b.onTerminal(&screen, 40), args)
		for line := range strings.Lines(colour.ReplaceAllString(screen.String(), "")) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 40 && len(strings.Fields(line)) > 1 {
				t.Errorf("%s: %d columns: %s", args[0], n, line)
			}
		}
	}
}

// Errors and hints that name what does not apply.
func TestMessagesThatFit(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	if r := b.run("config", "use", "nope").exits(2).says(`no profile "nope"`); strings.Contains(r.errOut, "--profile:") {
		t.Errorf("a flag that was not given: %s", r.errOut)
	}
	if r := b.run("login", "--audience", "x").exits(5); !strings.Contains(r.out, `"x"`) || strings.Contains(r.out, `\"`) {
		t.Errorf("a list is quoted twice: %s", r.out)
	}
	if r := b.run("login", "--auth-url", "https://127.0.0.1:1").exits(6).says("runs on this machine"); strings.Contains(r.errOut, "HTTPS_PROXY") {
		t.Errorf("no proxy is used on loopback: %s", r.errOut)
	}
	b.dirs = state.Find(func(string) string { return "" }, "linux", func() (string, error) { return "", errors.New("HOME is not defined") })
	if r := b.set("IMPLICIT_STORE", "").run("authorize").exits(0).says("the flow is not stored either"); strings.Count(r.errOut, "no home directory") != 1 {
		t.Errorf("the reason is not said once: %s", r.errOut)
	}
	if r := b.run("config", "show").exits(0); !strings.HasPrefix(r.out, "profile default (no configuration file)\n") {
		t.Errorf("without a home directory: %s", r.out)
	}
}
