//go:build unix

package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestRecipes runs the commands in the configurations of other programs that
// docs/recipes.md shows, and each password manager's, as far as they are commands
// of a shell. The programs that are not ours are stand-ins: those that should be
// given a token fail without one.
func TestRecipes(t *testing.T) {
	if !installed(t, "bash") || !installed(t, "jq") {
		t.Skip("needs bash and jq, which are not installed here")
	}
	on := newStage(t, theProgram(t))
	bin := filepath.Join(on.home, "bin")
	for _, file := range []string{filepath.Join(bin, "report"), filepath.Join(on.home, "integration-tests.sh")} {
		put(t, file, []byte("#!/bin/sh\ncase $ACCESS_TOKEN in eyJ*) ;; *) exit 1 ;; esac\n"), 0o700)
	}
	recipes := documents(t)["docs/recipes.md"]
	commands := shellParts(recipes)
	for _, row := range regexp.MustCompile("(?m)^\\| [^|]+ \\| `(\\w[^`]+)` \\|$").FindAllStringSubmatch(section(recipes, "## The password from a password manager"), -1) {
		manager, _, _ := strings.Cut(row[1], " ")
		put(t, filepath.Join(bin, manager), []byte("#!/bin/sh\necho \"$FAKE_PASSWORD\"\n"), 0o700)
		commands = append(commands, fmt.Sprintf("FAKE_PASSWORD=$IMPLICIT_PASSWORD IMPLICIT_PASSWORD= implicit login --quiet --store none --password-command '%s'", row[1]))
	}
	if len(commands) < 12 {
		t.Errorf("found %d commands, expected those of 6 tools and of 6 password managers: %q", len(commands), commands)
	}
	for _, command := range commands {
		t.Run(command, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), "bash", "-eu", "-o", "pipefail", "-c", command)
			cmd.Dir, cmd.Env = on.home, append(on.env, "GITHUB_OUTPUT="+filepath.Join(on.home, "outputs"))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// shellParts returns the commands that run implicit in YAML (run, bash, an item of
// script), Groovy (sh), a unit of systemd and HCL.
func shellParts(text string) (found []string) {
	for _, form := range []string{`^ +run: (implicit .+)`, `^ +- (implicit .+)`, `\bsh '(implicit .+)'`, `^ExecStart=/usr/bin/(implicit .+)`, `\["sh", "-c", "(implicit .+)"\]`, `^- bash: \|\n((?:    .+\n)+)`} {
		for _, part := range regexp.MustCompile("(?m)"+form).FindAllStringSubmatch(text, -1) {
			found = append(found, strings.ReplaceAll(part[1], "/usr/local/bin/", ""))
		}
	}
	return found
}

// section returns what is below a heading, up to the next one.
func section(text, heading string) string {
	_, rest, _ := strings.Cut(text, "\n"+heading+"\n")
	rest, _, _ = strings.Cut(rest, "\n## ")
	return rest
}
