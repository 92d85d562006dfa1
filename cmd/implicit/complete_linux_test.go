package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestCompletionInBash presses Tab in a real bash.
func TestCompletionInBash(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not installed")
	}
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a-file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, ".config", "implicit")
	if err := os.MkdirAll(config, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(config, "config.yaml"), []byte("profiles:\n  staging:\n    region: EU\n  shop:\n    region: NA\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(dir, "implicit")); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"implicit login --via ":                         "browser paste terminal",
		"implicit login --region E":                     "EU",
		"implicit login --response-mode f":              "form_post fragment",
		"implicit config use s":                         "shop staging",
		"implicit --profile st":                         "staging",
		"implicit config set client":                    "client-id",
		"implicit config set region C":                  "CA",
		"implicit sandbox --switch wrong-n":             "wrong-nonce",
		"implicit login --sandbox --username totp-sha5": "totp-sha512",
		"implicit token --format j":                     "json",
		"implicit config set ca-cert a":                 "a-file",
		"implicit sandbox --log t":                      "text",
		"implicit sandbox --write-env a":                "a-file",
		"implicit sandbox ctl switch wrong-n":           "wrong-nonce",
		"implicit sandbox ctl users p":                  "put",
		"implicit sandbox ctl users put a":              "a-file",
		"implicit sandbox ctl journal --leg re":         "resume",
		"implicit replay a":                             "a-file",
		"implicit help st":                              "status",
		"implicit status ":                              "",
		"implicit verify ":                              "",
		"implicit login --redirect-uri ":                "",
		"implicit login --ca-cert a":                    "a-file",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			script := `
source <(implicit completion bash)
COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=9 COMP_KEY=9
read -ra COMP_WORDS <<<"$1"
[[ $1 == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]}-1))
type() { if [[ $* == '-t compopt' ]]; then echo builtin; else builtin type "$@"; fi; }
compopt() { [[ $* == *'+o default'* ]] && files=no; :; }
__start_implicit
if ((${#COMPREPLY[@]} == 0)) && [[ $files != no ]]; then COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")); fi
printf '%s\n' "${COMPREPLY[@]%% *}"`
			cmd := exec.Command(bash, "--norc", "-c", script, "bash", line)
			cmd.Dir = dir
			cmd.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "HOME=" + dir, quick}
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			got := strings.Fields(string(out))
			slices.Sort(got)
			if strings.Join(got, " ") != want {
				t.Errorf("offers %q, expected %q", got, want)
			}
		})
	}
}
