package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// With a tenant file the panel has its users, the command that lists them, and no word
// about ports for a redirect URI that has one.
func TestPanelOfATenant(t *testing.T) {
	t.Parallel()
	screen := filepath.Join(t.TempDir(), "screen")
	out, err := os.Create(screen)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	a := newBench(t).set("NO_COLOR", "1").onTerminal(out, 80)
	a.sandboxPanel(sandbox.Settings{
		RedirectURI: "https://shop.example.com/cb",
		Users:       []sandbox.User{{Username: "ada", Password: "Sandbox-Ada-1"}, {Username: "bob"}, {Username: "cid"}, {Username: "dee"}},
	}, sandboxFiles{}, []string{"my tenant.yaml", "users.yaml"})
	text, err := os.ReadFile(screen)
	if err != nil {
		t.Fatal(err)
	}
	for want, shown := range map[string]bool{
		"ada  Sandbox-Ada-1\n": true, "implicit sandbox list users --tenant 'my tenant.yaml' --tenant users.yaml": true,
		"dee": false, "any port": false,
	} {
		if strings.Contains(string(text), want) != shown {
			t.Errorf("%q:\n%s", want, text)
		}
	}
}
