package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestSwitchesOfALogin(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.run("login", "--sandbox", "--switch", "redirect-303", "--switch", "flow-json").exits(0)
	b.run("login", "--sandbox", "--switch", "redirect-303", "--switch", "lock-out").exits(3).says("locked out")
	b.run("login", "--sandbox", "--switch", "html-502:resume").exits(6)
	b.run("login", "--sandbox", "--switch", "no-such-thing").exits(2).says("no-such-thing")
	b.run("login", "--client-id", "c", "--environment-id", "8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5", "--switch", "lock-out").exits(2).says("--sandbox")
}

func TestTenantFile(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	file := filepath.Join(b.home, "tenant.yaml")
	if err := os.WriteFile(file, []byte("switches: [no-such-reading]"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.run("sandbox", "--tenant", file).exits(2).says("no-such-reading")
	b.run("sandbox", "--tenant", file+".missing").exits(2)
}
