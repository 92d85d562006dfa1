package config

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// edited lets change work on a file and returns what is in it then.
func edited(t *testing.T, text string, change func(*Editor) error) (string, error) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "config.yaml")
	if text != "" {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	err := Edit(context.Background(), dir, filepath.Join(dir, "lock"), change)
	data, readErr := os.ReadFile(path)
	if readErr != nil && !errors.Is(readErr, os.ErrNotExist) {
		t.Fatal(readErr)
	}
	return string(data), err
}

func set(profile, name, value string) func(*Editor) error {
	return func(e *Editor) error { return e.Set(profile, name, value) }
}

const commented = `# our environments

default-profile: work # mostly

profiles:
  # the one that pays
  Work:
    region: EU # Frankfurt
    # from the console
    client_id: "00123"
    scope: [openid, email]
  other:
    region: NA
# the end
`

func TestEditKeepsCommentsAndOrder(t *testing.T) {
	for _, row := range []struct {
		what   string
		change func(*Editor) error
		edit   []string // pairs: the old text and the new
	}{
		{"another value", set("WORK", "region", "CA"), []string{"region: EU #", "region: CA #"}},
		{"a name with _", set("work", "client-id", "00456"), []string{`"00123"`, `"00456"`}},
		{"a list becomes a text", set("work", "scope", "openid"), []string{"[openid, email]", "openid"}},
		{"a new setting", set("other", "login_hint", "ann"), []string{"region: NA\n", "region: NA\n    login-hint: ann\n"}},
		{"a new profile", set("third", "region", "SG"), []string{"region: NA\n", "region: NA\n  third:\n    region: SG\n"}},
		{"a removed setting", func(e *Editor) error { return e.Unset("work", "region") }, []string{"    region: EU # Frankfurt\n", ""}},
		{"another profile in use", func(e *Editor) error { return e.Use("Other") }, []string{"default-profile: work", "default-profile: other"}},
		{"a deleted profile", func(e *Editor) error { return e.Delete("other") }, []string{"  other:\n    region: NA\n", ""}},
	} {
		got, err := edited(t, commented, row.change)
		// The encoder leaves no blank lines but behind the first comment.
		want := strings.Replace(strings.NewReplacer(row.edit...).Replace(commented), "mostly\n\n", "mostly\n", 1)
		if err != nil || got != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", row.what, err, got, want)
		}
	}
}

func TestEditDeletesTheProfileInUse(t *testing.T) {
	got, err := edited(t, commented, func(e *Editor) error { return e.Delete("work") })
	if err != nil || strings.Contains(got, "default-profile") || !strings.Contains(got, "other:") {
		t.Errorf("%v\n%s", err, got)
	}
}

func TestEditMakesAFile(t *testing.T) {
	for _, text := range []string{"", "\n", "profiles:\n", "profiles: {}\n", "profiles: {work: }\n", "{}\n", "null\n"} {
		got, err := edited(t, text, set("work", "region", "EU"))
		if p := profileOf(t, "config.yaml", got, "work"); err != nil || p["region"] != "EU" {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	got, err := edited(t, "# mine\n", set("work", "region", "EU"))
	if err != nil || !strings.Contains(got, "# mine") || !strings.Contains(got, "region: EU") {
		t.Errorf("a file of comments: %q, %v", got, err)
	}
}

func TestEditRefused(t *testing.T) {
	pair := "profiles:\n  work:\n    environment-id: 8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5\n"
	for _, row := range []struct {
		what, text string
		change     func(*Editor) error
		problem    string
	}{
		{"an unknown setting", "", set("work", "regoin", "EU"), `unknown setting "regoin"`},
		{"a password", "", set("work", "password", "hunter2"), "password-file"},
		{"a token", "", set("work", "id-token-hint", "hunter2"), "tokens are not stored"},
		{"a fixed state", "", set("work", "state", "hunter2"), "new for each request"},
		{"a fixed nonce", "", set("work", "nonce", "hunter2"), "new for each request"},
		{"standard input", "", set("work", "password-stdin", "true"), "applies to one call"},
		{"an empty value", "", set("work", "region", " "), "empty"},
		{"a profile without a name", "", set("", "region", "EU"), "expected letters"},
		{"a profile that is a path", "", set("../work", "region", "EU"), "expected letters"},
		{"a profile that is a flag", "", set("-work", "region", "EU"), "expected letters"},
		{"a second provider", pair, set("work", "auth-url", "https://login.example.com"), "cannot be used together with --environment-id"},
		{"query without another provider", pair, set("work", "response-mode", "query"), "query works with --issuer only"},
		{"to remove what is not set", pair, func(e *Editor) error { return e.Unset("work", "region") }, "does not set it"},
		{"to remove an unknown setting", pair, func(e *Editor) error { return e.Unset("work", "x") }, "unknown setting"},
		{"to remove from no profile", pair, func(e *Editor) error { return e.Unset("w", "region") }, "no profile"},
		{"to use no profile", pair, func(e *Editor) error { return e.Use("w") }, `no profile "w"; it has work`},
		{"to delete no profile", pair, func(e *Editor) error { return e.Delete("w") }, "no profile"},
		{"a block that others share", "profiles:\n  base: &b\n    region: EU\n  work: *b\n", set("base", "region", "NA"), "edit it by hand"},
		{"a block of another profile", "profiles:\n  base: &b\n    region: EU\n  work: *b\n", set("work", "region", "NA"), "edit it by hand"},
		{"to delete what another refers to", "profiles:\n  base: &b\n    region: EU\n  work: *b\n", func(e *Editor) error { return e.Delete("base") }, "edit it by hand"},
		{"a file that is wrong already", "profiles: [\n", set("work", "region", "EU"), "config.yaml"},
	} {
		got, err := edited(t, row.text, row.change)
		var wrong *Error
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), row.problem) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want %q", row.what, err, row.problem)
		}
		if got != row.text {
			t.Errorf("%s: the file became %q", row.what, got)
		}
	}
}

func TestEditLeavesOtherFormatsAlone(t *testing.T) {
	for name, text := range map[string]string{"config.toml": "", "config.json": "{}"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		err := Edit(context.Background(), dir, filepath.Join(dir, "lock"), set("work", "region", "EU"))
		if err == nil || !strings.Contains(err.Error(), "only YAML is written") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(filepath.Join(dir, "config.yaml")); err == nil {
			t.Errorf("%s: a second file was made", name)
		}
	}
}

func TestEditsAtOnce(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if err := Edit(context.Background(), dir, filepath.Join(dir, "lock"), set("p"+string(rune('a'+i)), "region", "EU")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if f, err := ReadFile(dir); err != nil || len(f.Names()) != 20 {
		t.Errorf("%d of 20 profiles are written, %v", len(f.Names()), err)
	}
}
