package config

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
)

// setting is a run of a command: its flags, its variables and its file.
type setting struct {
	flags []string
	env   map[string]string
	file  string
}

func (in setting) resolve(t *testing.T) (*Settings, error) {
	t.Helper()
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	fs.String("profile", "", "")
	AddFlags(fs, All())
	if err := fs.Parse(in.flags); err != nil {
		t.Fatal(err)
	}
	f, err := written(t, "config.yaml", in.file)
	if err != nil {
		t.Fatal(err)
	}
	return Resolve(Sources{Flags: fs, Getenv: func(name string) string { return in.env[name] }, File: f})
}

const twoProfiles = `
default-profile: main
profiles:
  main:
    client-id: of-main
    region: CA
  Work:
    client_id: of-work
`

// TestPrecedence takes away one source after the other, from the strongest on.
func TestPrecedence(t *testing.T) {
	own, alias := map[string]string{"IMPLICIT_CLIENT_ID": "of-variable", "PINGONE_CLIENT_ID": "of-alias"}, map[string]string{"PINGONE_CLIENT_ID": "of-alias"}
	for _, row := range []struct {
		what, name string
		in         setting
		text, from string
	}{
		{"a flag", "client-id", setting{[]string{"--client-id=of-flag", "--profile=work"}, own, twoProfiles}, "of-flag", "flag"},
		{"the variable", "client-id", setting{[]string{"--profile=work"}, own, twoProfiles}, "of-variable", "IMPLICIT_CLIENT_ID"},
		{"a named profile", "client-id", setting{[]string{"--profile=WORK"}, alias, twoProfiles}, "of-work", "profile work"},
		{"a profile named by a variable", "client-id", setting{nil, map[string]string{"IMPLICIT_PROFILE": "Work", "PINGONE_CLIENT_ID": "x"}, twoProfiles}, "of-work", "profile work"},
		{"the flag before the variable for a profile", "client-id", setting{[]string{"--profile=main"}, map[string]string{"IMPLICIT_PROFILE": "work"}, twoProfiles}, "of-main", "profile main"},
		{"the alias", "client-id", setting{nil, alias, twoProfiles}, "of-alias", "PINGONE_CLIENT_ID"},
		{"the default profile", "client-id", setting{nil, nil, twoProfiles}, "of-main", "profile main"},
		{"nothing", "client-id", setting{}, "", ""},
		{"a default", "region", setting{[]string{"--profile=work"}, nil, twoProfiles}, "NA", "default"},
		{"an alias before what a named profile leaves out", "region", setting{[]string{"--profile=work"}, map[string]string{"PINGONE_REGION_CODE": "EU"}, twoProfiles}, "EU", "PINGONE_REGION_CODE"},
		{"an empty variable", "region", setting{nil, map[string]string{"IMPLICIT_REGION": " "}, twoProfiles}, "CA", "profile main"},
		{"an empty line of a profile", "region", setting{nil, nil, "profiles:\n  default:\n    region:\n"}, "NA", "default"},
		{"a profile that nothing names", "client-id", setting{nil, nil, "profiles:\n  default:\n    client-id: x\n"}, "x", "profile default"},
		{"default named, which is not there", "region", setting{[]string{"--profile=default"}, nil, ""}, "NA", "default"},
		{"a list of flags", "scope", setting{[]string{"--scope=openid email", "--scope=phone"}, nil, ""}, "openid email phone", "flag"},
		{"a switch", "sandbox", setting{[]string{"--sandbox"}, nil, ""}, "true", "flag"},
		{"a switch off by a flag", "sandbox", setting{[]string{"--sandbox=false"}, map[string]string{"IMPLICIT_SANDBOX": "1"}, ""}, "false", "flag"},
	} {
		s, err := row.in.resolve(t)
		if err != nil {
			t.Errorf("%s: %v", row.what, err)
			continue
		}
		if got := s.Get(row.name); got.Text != row.text || got.Source != row.from {
			t.Errorf("%s: %q from %q, want %q from %q", row.what, got.Text, got.Source, row.text, row.from)
		}
	}
}

const environment = "8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5"

// TestOneProvider: the strongest source says which provider is asked, and what
// names another one is not set then.
func TestOneProvider(t *testing.T) {
	id := map[string]string{"IMPLICIT_ENVIRONMENT_ID": environment, "IMPLICIT_REGION": "EU"}
	inFile := "profiles:\n  default:\n    issuer: https://id.example.com\n    client-id: x\n"
	for _, row := range []struct {
		what string
		in   setting
		want map[string]string
	}{
		{"a flag against variables", setting{[]string{"--issuer=https://a.example.com"}, id, ""},
			map[string]string{"issuer": "https://a.example.com", "environment-id": "", "region": ""}},
		{"variables against a profile", setting{nil, id, inFile}, map[string]string{"issuer": "", "environment-id": environment, "region": "EU", "client-id": "x"}},
		{"a profile against an alias, unnamed", setting{nil, map[string]string{"PINGONE_ENVIRONMENT_ID": environment}, inFile}, map[string]string{"issuer": "", "environment-id": environment}},
		{"a profile against an alias, named", setting{[]string{"--profile=default"}, map[string]string{"PINGONE_ENVIRONMENT_ID": environment}, inFile},
			map[string]string{"issuer": "https://id.example.com", "environment-id": ""}},
		{"a region by a flag for a profile's environment", setting{[]string{"--region=CA"}, nil, "profiles:\n  default:\n    environment-id: " + environment + "\n"},
			map[string]string{"region": "CA", "environment-id": environment}},
		{"the default region beside an auth URL", setting{[]string{"--auth-url=https://login.example.com"}, nil, ""}, map[string]string{"region": "", "auth-url": "https://login.example.com"}},
	} {
		s, err := row.in.resolve(t)
		if err != nil {
			t.Errorf("%s: %v", row.what, err)
			continue
		}
		for name, want := range row.want {
			if got := s.Text(name); got != want {
				t.Errorf("%s: %s is %q, want %q", row.what, name, got, want)
			}
		}
	}
}

func TestSettingsRefused(t *testing.T) {
	for _, row := range []struct {
		what          string
		in            setting
		name, problem string
	}{
		{"two providers by flags", setting{flags: []string{"--environment-id=" + environment, "--issuer=https://a.example.com"}}, "issuer", "cannot stand beside --environment-id"},
		{"three providers by flags", setting{flags: []string{"--region=EU", "--auth-url=https://a.example.com", "--issuer=https://a.example.com"}}, "issuer", "--region, --auth-url"},
		{"two providers in a profile", setting{file: "profiles:\n  default:\n    region: EU\n    issuer: https://a.example.com\n"}, "issuer", "two different providers"},
		{"a provider beside the sandbox", setting{flags: []string{"--sandbox", "--region=EU"}}, "region", "a provider of its own"},
		{"an empty flag", setting{flags: []string{"--client-id="}, env: map[string]string{"IMPLICIT_CLIENT_ID": "x"}}, "client-id", "empty"},
		{"an empty scope", setting{flags: []string{"--scope="}}, "scope", "empty"},
		{"a profile that is not there", setting{flags: []string{"--profile=wrok"}, file: twoProfiles}, "profile", `no profile "wrok"; it has main, work`},
		{"a default that is not there", setting{file: "default-profile: gone\n"}, "profile", `no profile "gone"; it has none`},
		{"one of very many", setting{flags: []string{"--profile=x"}, file: manyProfiles(30)}, "profile", "and 20 more"},
	} {
		_, err := row.in.resolve(t)
		var wrong *Error
		if !errors.As(err, &wrong) || wrong.Name != row.name || !strings.Contains(wrong.Problem, row.problem) {
			t.Errorf("%s: got %v, want --%s: %s", row.what, err, row.name, row.problem)
		}
	}
}

func TestErrorNamesTheSource(t *testing.T) {
	s, err := setting{env: map[string]string{"IMPLICIT_TIMEOUT": "soon"}}.resolve(t)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Duration("timeout"); err == nil || err.Error() != `--timeout (from IMPLICIT_TIMEOUT): expected a time such as 30s or 5m, found "soon"` {
		t.Error(err)
	}
}

// TestSandboxDropsAnotherProvidersSettings: what is known of another provider is
// nothing to the sandbox, unless a flag of the same call says it.
func TestSandboxDropsAnotherProvidersSettings(t *testing.T) {
	file := "profiles:\n  default:\n    auth-url: https://login.example.com\n    client-id: a\n    redirect-uri: https://app.example.com\n    ca-cert: ca.pem\n    username: ann\n    login-hint: ann\n    scope: openid email\n"
	s, err := setting{[]string{"--sandbox", "--redirect-uri=http://127.0.0.1/cb"}, map[string]string{"IMPLICIT_LOGIN_HINT": "bob"}, file}.resolve(t)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"auth-url": "", "region": "", "client-id": "", "ca-cert": "", "username": "",
		"login-hint": "bob", "redirect-uri": "http://127.0.0.1/cb", "scope": "openid email"} {
		if got := s.Text(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	s, err = setting{file: "profiles:\n  default:\n    sandbox: true\n    username: totp\n"}.resolve(t)
	if err != nil || s.Text("username") != "totp" {
		t.Errorf("the user of a profile for the sandbox is %q, %v", s.Text("username"), err)
	}
}

func TestOverrideAndFill(t *testing.T) {
	s, err := setting{flags: []string{"--client-id=of-flag"}, env: map[string]string{"IMPLICIT_REDIRECT_URI": "of-variable"}}.resolve(t)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"client-id", "redirect-uri", "auth-url"} {
		s.Override(name, "of-sandbox", "sandbox")
	}
	for _, name := range []string{"client-id", "auth-url", "region", "username"} {
		s.Fill(name, "filled", "default")
	}
	for name, want := range map[string]string{"client-id": "of-flag", "redirect-uri": "of-sandbox", "auth-url": "of-sandbox", "region": "filled", "username": "filled"} {
		if got := s.Text(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestValuesAreRead(t *testing.T) {
	s, err := setting{flags: []string{"--timeout=90", "--wait=2m", "--clock-skew=-1s", "--scope=openid,email  phone", "--sandbox=false"},
		env: map[string]string{"IMPLICIT_PASSWORD_STDIN": "maybe"}}.resolve(t)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]time.Duration{"timeout": 90 * time.Second, "wait": 2 * time.Minute} {
		if got, err := s.Duration(name); got != want || err != nil {
			t.Errorf("%s is %v, %v; want %v", name, got, err, want)
		}
	}
	if _, err := s.Duration("clock-skew"); err == nil {
		t.Error("a time below nothing is taken")
	}
	if got := strings.Join(s.Words("scope"), "|"); got != "openid|email|phone" {
		t.Errorf("scope is %s", got)
	}
	if _, err := s.Switch("password-stdin"); err == nil || !strings.Contains(err.Error(), "IMPLICIT_PASSWORD_STDIN") {
		t.Errorf("a switch that may be: %v", err)
	}
	if on, err := s.Switch("sandbox"); on || err != nil {
		t.Errorf("sandbox is %v, %v", on, err)
	}
}

func TestKeysAreOneOfAKind(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range All() {
		for _, name := range []string{k.Name, k.Env(), k.Alias} {
			if name != "" && seen[name] {
				t.Errorf("%s stands for two settings", name)
			}
			seen[name] = true
		}
		if k.Usage == "" || strings.ContainsAny(k.Name, "_ ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
			t.Errorf("%q: expected small letters with dashes, and a usage", k.Name)
		}
	}
}
