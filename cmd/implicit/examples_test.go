package main

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// The tenants under examples sign on as their page says.
func TestExampleTenants(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		folder, user, password string
		env                    map[string]string
		args                   []string
		exit                   int
		claims                 string
		says                   string
	}{
		{folder: "spa", user: "mia", password: "Sandbox-Mia-1", args: []string{"--scope", "openid stock:write", "--require", "access_token.site=HAM-2"},
			claims: `{"roles":["Warehouse Clerks","Warehouse Managers"],"site":"HAM-2","p1.region":"EU"}`},
		{folder: "spa", user: "noah", password: "Sandbox-Noah-1", exit: 3, says: "access_denied"},
		{folder: "native", user: "iris", password: "Sandbox-Iris-1", env: map[string]string{"IMPLICIT_TOTP_SECRET": "IMPLICITSANDBOXTOTPSECRETEEEEEEE"},
			claims: `{"acr":"Passcode","amr":["pwd","otp","mfa"]}`},
		{folder: "native", user: "theo", password: "Sandbox-Theo-1", exit: 3, says: "NO_USABLE_DEVICES"},
		{folder: "b2c", user: "zoe", password: "Sandbox-Zoe-1", args: []string{"--accept-agreement"},
			claims: `{"loyalty":{"level":"gold","points":1200},"newsletter":false}`},
		{folder: "b2c", user: "zoe", password: "Sandbox-Zoe-1", exit: 4, says: "agreement"},
	} {
		t.Run(c.folder+"/"+c.user, func(t *testing.T) {
			t.Parallel()
			b := newBench(t).withSandboxOptions(sandbox.Options{Tenant: exampleTenant(t, c.folder)})
			b.set("IMPLICIT_REDIRECT_URI", "http://127.0.0.1/callback").set("IMPLICIT_USERNAME", c.user).set("IMPLICIT_PASSWORD", c.password)
			for name, value := range c.env {
				b.set(name, value)
			}
			r := b.run(append([]string{"login", "--via", "terminal", "-o", "json"}, c.args...)...).exits(c.exit)
			if c.exit != 0 {
				r.says(c.says)
				return
			}
			got := r.object()["claims"].(map[string]any)["id_token"].(map[string]any)
			var want map[string]any
			if err := json.Unmarshal([]byte(c.claims), &want); err != nil {
				t.Fatal(err)
			}
			for name, value := range want {
				if text(got[name]) != text(value) {
					t.Errorf("%s is %s, want %s", name, text(got[name]), text(value))
				}
			}
		})
	}
}

func text(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

func exampleTenant(t *testing.T, folder string) *sandbox.Tenant {
	t.Helper()
	file := "../../examples/" + folder + "/tenant.yaml"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	tenant, err := sandbox.ReadTenant(sandbox.TenantFile{Name: file, Text: data})
	if err != nil {
		t.Fatal(err)
	}
	return tenant
}
