package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/internal/state"
)

// withConfig writes the configuration file.
func (b *bench) withConfig(name, text string) *bench {
	b.t.Helper()
	dir := filepath.Join(b.home, "config")
	b.dirs.Config = state.At(dir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
	return b
}

// setting returns a setting's value and source, as config show prints them.
func (b *bench) setting(name string, args ...string) (value, source string) {
	b.t.Helper()
	settings := b.run(append([]string{"config", "show", "-o", "json"}, args...)...).exits(0).object()["settings"].([]any)
	for _, s := range settings {
		if row := s.(map[string]any); row["name"] == name {
			value, _ = row["value"].(string)
			source, _ = row["source"].(string)
			return value, source
		}
	}
	b.t.Fatalf("config show does not list %s", name)
	return "", ""
}

const profiles = `default-profile: work
profiles:
  work:
    client-id: of-work
    region: EU
    environment_id: 8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5
    scope: [openid, profile]
  home:
    client-id: of-home
    region: CA
`

// flag, then the variable, a profile that was named, the alias of other tools,
// the default profile, the default.
func TestPrecedenceOfSettings(t *testing.T) {
	t.Parallel()
	const id = "11111111-2222-4333-8444-555555555555"
	rows := []struct {
		name          string
		env           map[string]string
		args          []string
		setting       string
		value, source string
	}{
		{"default", nil, nil, "timeout", "30s", "default"},
		{"default profile", nil, nil, "region", "EU", "profile work"},
		{"default profile, list", nil, nil, "scope", "openid profile", "profile work"},
		{"alias over the default profile", map[string]string{"PINGONE_REGION_CODE": "SG"}, nil, "region", "SG", "PINGONE_REGION_CODE"},
		{"profile that was named over the alias", map[string]string{"PINGONE_REGION_CODE": "SG"}, []string{"--profile", "work"}, "region", "EU", "profile work"},
		{"profile named by a variable", map[string]string{"PINGONE_REGION_CODE": "SG", "IMPLICIT_PROFILE": "home"}, nil, "region", "CA", "profile home"},
		{"profile name in capitals", nil, []string{"--profile", "HOME"}, "client-id", "of-home", "profile home"},
		{"flag names the profile before the variable", map[string]string{"IMPLICIT_PROFILE": "home"}, []string{"--profile", "work"}, "client-id", "of-work", "profile work"},
		{"variable over the named profile", map[string]string{"IMPLICIT_REGION": "AU"}, []string{"--profile", "work"}, "region", "AU", "IMPLICIT_REGION"},
		{"variable over the alias", map[string]string{"IMPLICIT_CLIENT_ID": "a", "PINGONE_CLIENT_ID": "b"}, nil, "client-id", "a", "IMPLICIT_CLIENT_ID"},
		{"alias of the environment", map[string]string{"PINGONE_ENVIRONMENT_ID": id}, nil, "environment-id", id, "PINGONE_ENVIRONMENT_ID"},
		{"flag over all", map[string]string{"IMPLICIT_REGION": "AU", "PINGONE_REGION_CODE": "SG"}, []string{"--region", "NA"}, "region", "NA", "flag"},
		{"empty variable is missing", map[string]string{"IMPLICIT_REGION": ""}, nil, "region", "EU", "profile work"},
		{"empty alias is missing", map[string]string{"PINGONE_REGION_CODE": ""}, nil, "region", "EU", "profile work"},
		{"repeated flag", nil, []string{"--scope", "openid", "--scope", "email phone"}, "scope", "openid email phone", "flag"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			b := newBench(t).withConfig("config.yaml", profiles)
			for name, value := range row.env {
				b.set(name, value)
			}
			if value, source := b.setting(row.setting, row.args...); value != row.value || source != row.source {
				t.Errorf("%s is %q from %q, expected %q from %q", row.setting, value, source, row.value, row.source)
			}
		})
	}
}

func TestConfigurationFileFormats(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"config.yaml": "profiles:\n  default:\n    client-id: mine\n    max_age: 60\n",
		"config.yml":  "profiles:\n  default:\n    client_id: mine\n    max-age: 60\n",
		"config.toml": "[profiles.default]\nclient-id = \"mine\"\nmax-age = 60\n",
		"config.json": `{"profiles":{"default":{"client_id":"mine","max_age":60}}}`,
	} {
		b := newBench(t).withConfig(name, text)
		for setting, want := range map[string]string{"client-id": "mine", "max-age": "60"} {
			if value, source := b.setting(setting); value != want || source != "profile default" {
				t.Errorf("%s: %s is %q from %q", name, setting, value, source)
			}
		}
		if path := b.run("config", "path").exits(0).out; !strings.HasSuffix(strings.TrimSpace(path), name) {
			t.Errorf("config path prints %s", path)
		}
	}
}

func TestConfigurationFileThatIsWrong(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ file, text, says string }{
		"no YAML":             {"config.yaml", "profiles: [", "config.yaml"},
		"no TOML":             {"config.toml", "[profiles", "config.toml"},
		"no JSON":             {"config.json", "{", "config.json"},
		"unknown setting":     {"config.yaml", "profiles:\n  default:\n    clientid: x\n", "clientid"},
		"unknown key":         {"config.yaml", "profile:\n  default:\n    client-id: x\n", "profile"},
		"a password in it":    {"config.yaml", "profiles:\n  default:\n    password: hunter2\n", "password"},
		"profile is no block": {"config.yaml", "profiles:\n  default: x\n", "default"},
		"missing profile":     {"config.yaml", "default-profile: nobody\n", "nobody"},
	} {
		r := newBench(t).withConfig(row.file, row.text).run("login").exits(2).says(row.says)
		if strings.Contains(r.errOut, "hunter2") {
			t.Errorf("%s: the password is printed: %s", name, r.errOut)
		}
	}
	b := newBench(t).withConfig("config.yaml", "")
	b.withConfig("config.toml", "").run("login").exits(2).says("config.yaml", "config.toml")
}

// A flag for one provider wins over variables for another; two of the same
// strength contradict each other.
func TestProvidersThatContradict(t *testing.T) {
	t.Parallel()
	const id = "8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5"
	b := newBench(t).set("IMPLICIT_ISSUER", "https://login.example.com")
	if value, _ := b.setting("issuer", "--environment-id", id); value != "" {
		t.Errorf("the issuer %q is set in addition to an environment that a flag names", value)
	}
	b.set("IMPLICIT_ENVIRONMENT_ID", id).run("login").exits(2).says("cannot be used together")
	newBench(t).run("login", "--auth-url", "https://login.example.com", "--region", "EU").exits(2).says("cannot be used together")
}

// Whole login from a profile.
func TestLoginFromAProfile(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	b.withConfig("config.yaml", "profiles:\n  Box:\n    auth-url: "+b.env["IMPLICIT_AUTH_URL"]+"\n    client-id: "+b.env["IMPLICIT_CLIENT_ID"]+
		"\n    redirect-uri: https://app.example.com/callback\n    response-mode: form_post\n    ca-cert: "+b.env["IMPLICIT_CA_CERT"]+"\n    username: plain\n")
	for _, name := range []string{"AUTH_URL", "CLIENT_ID", "REDIRECT_URI", "CA_CERT", "USERNAME"} {
		b.set("IMPLICIT_"+name, "")
	}
	b.run("login", "--profile", "box").exits(0)
	b.run("login", "--profile", "Box").exits(0)
	if req, _ := b.seen.first("/as/authorize"); req.URL.Query().Get("response_mode") != "form_post" {
		t.Errorf("sent %s", req.URL.RawQuery)
	}
}

func TestConfigShowHidesTheHint(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if r := b.run("config", "show", "--id-token-hint", "eyJ.secret.x").exits(0); strings.Contains(r.out, "eyJ.secret") {
		t.Error(r.out)
	}
}

// All problems of the settings are reported before anything else, at once.
func TestWrongSettingsAreReportedAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t).set("IMPLICIT_TIMEOUT", "soon")
	for _, command := range []string{"login", "token", "authorize"} {
		b.run(command, "--region", "XX", "--redirect-uri", "https://app.example.com/ü").exits(2).
			says("--region (from flag)", "--timeout (from IMPLICIT_TIMEOUT)", "https://app.example.com/%C3%BC", "--environment-id: missing", "--client-id: missing",
				"implicit config init", "--sandbox")
	}
	if r := b.run("config", "show", "--region", "XX").exits(2).says("--region"); !strings.Contains(r.out, "XX") {
		t.Errorf("config show does not show what is wrong:\n%s", r.out)
	}
	b.run("logout").exits(2).says("IMPLICIT_TIMEOUT")
	b.set("IMPLICIT_TIMEOUT", "").set("IMPLICIT_REGION", "XX").run("logout").exits(0)
}

// A variable for one provider wins over a default profile for the sandbox.
func TestSandboxOfAProfileYields(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().withConfig("config.yaml", "profiles:\n  default:\n    sandbox: true\n")
	if value, source := b.setting("auth-url"); value != b.env["IMPLICIT_AUTH_URL"] || source != "IMPLICIT_AUTH_URL" {
		t.Errorf("auth-url is %q from %q", value, source)
	}
	b.run("login", "--via", "terminal").exits(0)
	if b.seen.count("/as/authorize") == 0 {
		t.Error("the login went to another sandbox")
	}
	b.run("login", "--sandbox", "--auth-url", "https://login.example.com").exits(2).says("cannot be used together")
}

// TestMissingRedirectURI: each command that needs one says the same.
func TestMissingRedirectURI(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	delete(b.env, "IMPLICIT_REDIRECT_URI")
	for _, args := range [][]string{{"login", "--via", "terminal"}, {"token"}, {"authorize"}} {
		b.run(args...).exits(2).says("--redirect-uri: missing", "implicit config init asks")
	}
}
