package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestSwitchesOfALogin(t *testing.T) {
	b := newBench(t)
	b.run("login", "--sandbox", "--switch", "redirect-303", "--switch", "flow-json").exits(0)
	b.run("login", "--sandbox", "--switch", "redirect-303", "--switch", "lock-out").exits(3).says("locked out")
	b.run("login", "--sandbox", "--switch", "html-502:resume").exits(6)
	b.run("login", "--sandbox", "--switch", "no-such-thing").exits(2).says("no-such-thing")
	b.run("login", "--client-id", "c", "--environment-id", "8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5", "--switch", "lock-out").exits(2).says("--sandbox")
}

func TestTenantFile(t *testing.T) {
	b := newBench(t)
	for text, want := range map[string]string{
		"switches:\n- redirect-303\n- edge-404\n": "redirect-303 edge-404",
		`{"switches": ["token-alias"]}`:           "token-alias",
		"# nothing differs\nswitches: []\n":       "",
		"":                                        "error",
		"switches:\n- a\nusers: []\n":             "error",
		"- redirect-303\n":                        "error",
		"switches: redirect-303\n":                "error",
		"switches:\n- " + strings.Repeat("x", maxTenant) + "\n": "error",
	} {
		file := filepath.Join(t.TempDir(), "tenant.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := b.app(strings.NewReader(""), io.Discard, io.Discard).readTenant(file)
		if (err != nil) != (want == "error") || err == nil && !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%.40q: %q, %v", text, got, err)
		}
	}
	file := filepath.Join(b.home, "tenant.yaml")
	if err := os.WriteFile(file, []byte("switches: [no-such-reading]"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.run("sandbox", "--tenant", file).exits(2).says("no-such-reading")
	b.run("sandbox", "--tenant", file+".missing").exits(2)
}
