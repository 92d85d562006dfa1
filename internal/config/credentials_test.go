package config

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// resolveCredentials resolves the settings that answer a sign-on.
func resolveCredentials(t *testing.T, env map[string]string, file string, args ...string) (*Settings, error) {
	t.Helper()
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	AddFlags(fs, Credentials())
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	f := &File{Path: "config.yaml", Default: defaultProfile}
	if err := f.parse([]byte(file)); err != nil {
		t.Fatal(err)
	}
	return Resolve(Sources{Flags: fs, Getenv: func(name string) string { return env[name] }, File: f})
}

func TestProfileData(t *testing.T) {
	want := []implicit.Param{{Name: "name.given", Value: "Jane Ann"}, {Name: "email", Value: "jane@example.com"}}
	for _, c := range []struct {
		name string
		env  map[string]string
		file string
		args []string
	}{
		{"flags", nil, "", []string{"--profile-data", "name.given=Jane Ann", "--profile-data", "email=jane@example.com"}},
		{"variable", map[string]string{"IMPLICIT_PROFILE_DATA": "name.given=Jane Ann\nemail=jane@example.com\n"}, "", nil},
		{"profile", nil, "profiles:\n  default:\n    profile-data: [name.given=Jane Ann, email=jane@example.com]\n", nil},
	} {
		s, err := resolveCredentials(t, c.env, c.file, c.args...)
		if err != nil || !slices.Equal(s.ProfileData, want) {
			t.Errorf("%s: %v, %v", c.name, s.ProfileData, err)
		}
	}
}

func TestRefusedCredentials(t *testing.T) {
	for _, c := range []struct{ says, arg string }{
		{"expected NAME=VALUE", "--profile-data=name"},
		{"expected NAME=VALUE", "--profile-data=name="},
		{"expected NAME=VALUE", "--profile-data==Jane"},
		{"no control characters", "--profile-data=name=a\x1bb"},
		{"no control characters", "--device=a\nb"},
		{"is given twice", "--profile-data=a=1\na=2"},
		{"true or false", "--skip-mfa=perhaps"},
	} {
		args := []string{c.arg}
		if name, value, _ := strings.Cut(c.arg, "="); name == "--skip-mfa" {
			_, err := resolveCredentials(t, map[string]string{"IMPLICIT_SKIP_MFA": value}, "")
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v", c.arg, err)
			}
			continue
		}
		if _, err := resolveCredentials(t, nil, "", args...); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: %v", c.arg, err)
		}
	}
}
