package main

import (
	"testing"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// modes are the response modes, each with the method that the tests use for it.
var modes = [][]string{
	{"--response-mode", "fragment"},
	{"--response-mode", "form_post", "--method", "POST"},
	{"--response-mode", "pi.flow"},
}

// unaccepted are the readings under which a login must fail: fragment, form post,
// pi.flow.
var unaccepted = map[string][3]int{
	"no-at-hash": {5, 5, 5}, // at_hash is required with both tokens
}

// PingOne's pages leave room: a login works under every reading of them.
func TestLoginUnderEveryReading(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a matrix: every reading in every response mode")
	}
	b := newBench(t).withSandbox()
	for _, sw := range sandbox.Switches() {
		if sw.Group != "reading" {
			continue
		}
		b.turn(sw.Name, true)
		for i, mode := range modes {
			r := b.run(append([]string{"login", "--userinfo"}, mode...)...)
			if want := unaccepted[sw.Name][i]; r.exit != want {
				t.Errorf("%s, %s: exit status %d, expected %d: %s", sw.Name, mode[1], r.exit, want, r.errOut)
			}
		}
		b.turn(sw.Name, false)
	}
}

func TestFaultsThatASettingFinds(t *testing.T) {
	t.Parallel()
	rows := []struct {
		fault string
		args  []string
		says  string
	}{
		{"wrong-acr", []string{"--acr-values", "Single_Factor"}, "acr"},
		{"old-auth-time", []string{"--max-age", "60"}, "auth_time"},
		{"scope-narrowed", []string{"--scope", "openid profile"}, ""},
	}
	b := newBench(t).withSandbox()
	for _, row := range rows {
		b.turn(row.fault, true)
		r := b.run(append([]string{"login", "-o", "json"}, row.args...)...)
		b.turn(row.fault, false)
		if row.says == "" {
			if scope := r.exits(0).object()["scope"]; scope != "openid" {
				t.Errorf("%s: the result shows the scope %q, granted was openid", row.fault, scope)
			}
			continue
		}
		r.exits(5).says(row.says)
	}
}

// turn sets a switch of the sandbox.
func (b *bench) turn(name string, on bool) {
	b.t.Helper()
	if err := b.srv.Set(name, on); err != nil {
		b.t.Fatal(err)
	}
}
