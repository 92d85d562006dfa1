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
