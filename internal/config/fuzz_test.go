package config

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"testing"
)

// FuzzFile reads any text as a configuration file of each format: every error is
// an *Error.
func FuzzFile(f *testing.F) {
	for _, seed := range []string{
		manyProfiles(3), bomb(), "profiles:\n  a:\n    scope:\n      - b\n      - c\n", "profiles:\n a: {}\n b:\n  region: 'EU' # x\n",
		"profiles:\n  a:\n    scope: \"b\n  c:\"\n", "profiles:\n  a:\n    scope: b\n  c\n", "? a\n: b\n", "profiles:\n  a: &x\n  b: *x\n", "a: !!binary x\n",
		`{"profiles":{"a":{"scope":["b"]}},"default-profile":"a"}`, "[profiles.a]\nscope = ['b']\n", "default-profile: a\n\nprofiles:\n\n  A:\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, format := range []string{"yaml", "json", "toml"} {
			file := &File{Path: "config." + format, Default: "default"}
			checkOurs(t, file.parse([]byte(text)))
			_, err := file.Profiles()
			checkOurs(t, err)
		}
	})
}

func checkOurs(t *testing.T, err error) {
	t.Helper()
	var ours *Error
	if err != nil && !errors.As(err, &ours) {
		t.Fatalf("an error of another kind: %v", err)
	}
}

// FuzzEdit sets a value in any file: the value is read back, the rest is as it
// was, or nothing is written.
func FuzzEdit(f *testing.F) {
	for _, seed := range []string{"", "# c\n", manyProfiles(2), "profiles: {p1: {region: EU}}\n", "profiles:\n  a: &x\n    region: EU\n  p1: *x\n",
		"profiles:\n  a: &x {region: EU}\n  p1:\n    <<: *x\n", "profiles:\n  p1: null # none\n", "profiles:\n  P1:\n    Login_Hint: |\n      a\n"} {
		f.Add(seed, "a: b # \"c\" 'd'")
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		dir := t.TempDir()
		path := filepath.Join(dir, "config.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		before, beforeErr := profilesIn(dir)
		err := Edit(context.Background(), dir, filepath.Join(dir, "lock"), func(e *Editor) error { return e.Set("p1", "login-hint", value) })
		if err != nil {
			if after, _ := os.ReadFile(path); string(after) != text {
				t.Fatalf("%v, and the file is %q", err, after)
			}
			return
		}
		after, err := profilesIn(dir)
		if err != nil && beforeErr == nil {
			t.Fatalf("the file cannot be read any more: %v", err)
		}
		if err != nil {
			return
		}
		if after["p1"]["login-hint"] != value {
			t.Fatalf("read back %q, want %q", after["p1"]["login-hint"], value)
		}
		delete(after["p1"], "login-hint")
		delete(before["p1"], "login-hint")
		for name, p := range after {
			if !maps.Equal(p, before[name]) {
				t.Fatalf("profile %s became %q, was %q", name, p, before[name])
			}
		}
	})
}

func profilesIn(dir string) (map[string]Profile, error) {
	f, err := ReadFile(dir)
	if err != nil {
		return nil, err
	}
	return f.Profiles()
}
