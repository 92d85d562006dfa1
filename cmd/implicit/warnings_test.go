package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// codes are the codes of the warnings in a result object.
func codes(t *testing.T, out map[string]any) []string {
	t.Helper()
	list, ok := out["warnings"].([]any)
	if !ok {
		t.Fatalf("warnings is %v, expected an array", out["warnings"])
	}
	found := []string{}
	for _, w := range list {
		warning := w.(map[string]any)
		if warning["message"] == "" {
			t.Errorf("%v has no message", warning)
		}
		found = append(found, warning["code"].(string))
	}
	return found
}

func TestWarningsInTheResult(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name     string
		switches []string
		args     []string
		want     []string
	}{
		{"none", nil, nil, []string{}},
		{"a narrowed scope", []string{"scope-narrowed"}, []string{"--scope", "openid profile"}, []string{"scope_narrowed"}},
		{"another user's hint", nil, []string{"--scope", "openid email", "--login-hint", "mallory@example.com"}, []string{"login_hint"}},
		{"a hint where no claim names the user", nil, []string{"--login-hint", "mallory"}, []string{"login_hint"}},
		{"an access token alone", nil, []string{"--response-type", "token"}, []string{"unbound_access_token"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t).withSandbox(row.switches...)
			out := b.run(append([]string{"login", "-o", "json"}, row.args...)...).exits(0).object()
			if got := codes(t, out); !slices.Equal(got, row.want) || out["valid"] != true {
				t.Errorf("warnings %q, expected %q", got, row.want)
			}
			if got := codes(t, b.run(append([]string{"token", "--format", "json"}, row.args...)...).exits(0).object()); !slices.Equal(got, row.want) {
				t.Errorf("warnings of the stored token %q, expected %q", got, row.want)
			}
			said := b.run(append([]string{"login"}, row.args...)...).exits(0).errOut
			if strings.Contains(said, "warning: ") != (len(row.want) > 0) {
				t.Errorf("said %q", said)
			}
		})
	}
}

func TestWarningThatNothingWasStored(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	if err := os.WriteFile(filepath.Join(b.home, "state"), nil, 0o600); err != nil { // where its directory would be
		t.Fatal(err)
	}
	out := b.run("login", "-o", "json", "--store", "file").exits(0).object()
	if got := codes(t, out); !slices.Equal(got, []string{"not_stored"}) {
		t.Errorf("warnings %q", got)
	}
}

func TestErrorObjectHasWarnings(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox("scope-narrowed", "wrong-nonce")
	for _, args := range [][]string{{"login", "--scope", "openid profile"}, {"login", "--region", "XX"}} {
		var failure struct{ Error map[string]any }
		r := b.run(append(args, "-o", "json")...)
		if err := json.Unmarshal([]byte(r.errOut), &failure); err != nil {
			t.Fatal(err, r.errOut)
		}
		want := []string{}
		if r.exit == 5 {
			want = []string{"scope_narrowed"}
		}
		if got := codes(t, failure.Error); !slices.Equal(got, want) {
			t.Errorf("%q: warnings %q, expected %q", args, got, want)
		}
	}
}

// A warning quotes what a user or a provider says; a secret in it is not repeated.
func TestWarningsRepeatNoSecret(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().set("IMPLICIT_STORE", "file")
	secret := b.env["IMPLICIT_PASSWORD"]
	args := []string{"--scope", "openid email", "--login-hint", secret}
	for _, out := range []string{
		b.run(append([]string{"login", "-o", "json"}, args...)...).exits(0).out,
		b.run(append([]string{"token", "--format", "json"}, args...)...).exits(0).out,
	} {
		if strings.Contains(out, secret) || !strings.Contains(out, `"login_hint"`) {
			t.Errorf("it has the password, or no warning: %s", out)
		}
	}
}
