//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestFleet runs the recipes for many machines, which are this one under the names
// of two: ssh is a program that runs the command here, without the settings of
// the one who calls it.
func TestFleet(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a sandbox and a dozen processes")
	}
	for _, tool := range []string{"bash", "jq", "parallel", "perl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("needs %s, which is not installed here", tool)
		}
	}
	on := newStage(t, theProgram(t))
	for name, text := range map[string]string{"ssh": sshHere, "docker-credential-vault": fileVault} {
		put(t, filepath.Join(on.home, "bin", name), []byte(text), 0o700)
	}
	prepare := step{command: `implicit login --quiet; curl -sS "$IMPLICIT_AUTH_URL/as/jwks" >keys.json
token=$(implicit token --id-token); for n in $(seq 200); do echo "$token"; done >tokens.txt; mkdir vault`}
	parallel, vault := fleetSteps(t)
	parallel.command = strings.Replace(parallel.command, "10M", "50k", 1) // more than one block
	play(t, on, "docs/recipes.md", append([]step{prepare, parallel,
		{command: "jq -r .valid checked.jsonl | uniq -c | tr -s ' '", shown: []string{" 200 true"}},
		{command: "sort -u hosts", shown: []string{"host-a", "host-b"}}}, vault...))
}

// fleetSteps returns the commands of the blocks that [TestConsole] does not run.
func fleetSteps(t *testing.T) (parallel step, vault []step) {
	t.Helper()
	text, err := os.ReadFile("../../docs/recipes.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Many tokens, many machines\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var steps []step
	for _, block := range strings.Split(section, "```console no-run: ")[1:] {
		block, _, _ = strings.Cut(block, "```")
		_, block, _ = strings.Cut(block, "\n")
		steps = append(steps, stepsOf(t, "```console\n"+block+"```")...)
	}
	if len(steps) != 4 {
		t.Fatalf("expected 4 commands that are not run elsewhere, found %d", len(steps))
	}
	return steps[0], steps[1:]
}

const sshHere = `#!/bin/bash
while [[ $1 == -* ]]; do shift; done
echo "$1" >>hosts
shift; [[ $1 != -- ]] || shift
exec env -i HOME="$HOME" PATH="$PATH" SHELL=/bin/bash bash -c "$*"
`

// fileVault speaks the protocol of docker-credential-helpers.
const fileVault = `#!/bin/bash
cd "$(dirname "$0")/../vault"
file() { tr -d '\n' | sha256sum | cut -c1-64; }
case $1 in
store) in=$(cat); printf %s "$in" >"$(printf %s "$in" | jq -r .ServerURL | file)" ;;
get) cat "$(file)" 2>/dev/null || { echo credentials not found in native keychain; exit 1; } ;;
esac
`
