package main

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Every page of help fits a terminal, but for commands, and has the words of the
// documentation.
func TestHelpFitsATerminal(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, args := range [][]string{{}, {"login", "--help"}, {"proxy", "--help"}, {"sandbox", "--help"}, {"sandbox", "ctl", "--help"},
		{"doctor", "--help"}, {"verify", "--help"}, {"help", "environment"}, {"help", "exit-codes"}, {"help", "security"}} {
		plain := b.run(args...).exits(0).out
		for _, width := range []int{40, 80} {
			screen := b.screen(width, args...)
			if strings.Join(strings.Fields(screen), " ") != strings.Join(strings.Fields(b.same(plain)), " ") {
				t.Errorf("%q at %d columns has other words:\n%s", args, width, screen)
			}
			command := false
			for line := range strings.Lines(screen) {
				line = strings.TrimSuffix(line, "\n")
				command = strings.HasPrefix(strings.TrimSpace(line), "$ ") || command && strings.HasPrefix(line, "      ")
				if n := utf8.RuneCountInString(line); n > width && width >= 80 && !command {
					t.Errorf("%q at %d columns: %d in %q", args, width, n, line)
				}
			}
		}
	}
	if screen := b.screen(80, "login", "--help"); !strings.Contains(screen, "\n      --response-type TYPE  \"token\", \"id_token\" or both, sent as written\n                            (default token id_token)\n") {
		t.Errorf("a flag is not in two columns:\n%s", screen)
	}
}

func TestSandboxListsFitATerminal(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, what := range []string{"users", "applications", "switches"} {
		plain, screen := b.run("sandbox", "list", what).exits(0).out, b.screen(80, "sandbox", "list", what)
		if strings.Join(strings.Fields(screen), " ") != strings.Join(strings.Fields(b.same(plain)), " ") {
			t.Errorf("%s at 80 columns have other words:\n%s", what, screen)
		}
		for line := range strings.Lines(screen) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 && len(strings.Fields(line)) > 1 {
				t.Errorf("%s at 80 columns: %d in %q", what, n, line)
			}
		}
	}
}
