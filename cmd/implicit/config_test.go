package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// configured writes the configuration file of the machine.
func (b *bench) configured(text string) *bench {
	b.t.Helper()
	path := b.configPath()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
	return b
}

func (b *bench) configPath() string {
	b.t.Helper()
	path, err := b.dirs.Config.Join("config.yaml")
	if err != nil {
		b.t.Fatal(err)
	}
	return path
}

func (b *bench) configText() string {
	data, err := os.ReadFile(b.configPath())
	if err != nil {
		return ""
	}
	return string(data)
}

const workID = "8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5"

func TestConfigProfilesByHand(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.run("config", "list").exits(0).says("implicit config init")
	b.run("config", "set", "region", "EU", "--profile", "Work").exits(2).says("implicit config init work")
	b.configured("profiles:\n  work:\n    region: NA\n").run("config", "set", "region", "EU", "--profile", "Work").exits(0)
	b.run("config", "set", "environment-id", workID, "--profile=work").exits(0)
	b.run("config", "use", "WORK").exits(0).says("profile work is now in use")
	b.run("config", "set", "client_id", "app").exits(0)
	if got := b.run("config", "list").exits(0).out; got != "* work  "+workID+" EU  app\n" {
		t.Errorf("list: %q", got)
	}
	row := b.run("config", "list", "-o", "json").exits(0).object()["profiles"].([]any)[0].(map[string]any)
	if row["name"] != "work" || row["in_use"] != true || row["provider"] != workID || row["region"] != "EU" || row["client_id"] != "app" {
		t.Errorf("list -o json: %v", row)
	}
	shown := b.run("config", "show").exits(0).out
	if !strings.Contains(shown, "profile work (") || !strings.Contains(shown, workID) {
		t.Errorf("show does not say what was set:\n%s", shown)
	}
	rows := strings.Split(strings.TrimSpace(shown), "\n")[1:]
	column := strings.Index(rows[0], workID)
	for _, row := range rows {
		if len(row) <= column || row[column-1] != ' ' || row[column] == ' ' {
			t.Errorf("the value is not below the others: %q", row)
		}
	}
	b.run("config", "unset", "region").exits(0)
	b.run("config", "unset", "region").exits(2).says("does not set it")
	b.run("config", "delete", "work").exits(0).says("implicit logout --all", "profile default")
	b.run("config", "delete", "work").exits(2).says(`no profile "work"`)
	if b.run("config", "path").exits(0).out != b.configPath()+"\n" {
		t.Error("path is another")
	}
}

func TestConfigSetFollowsTheProfileInUse(t *testing.T) {
	t.Parallel()
	b := newBench(t).configured("default-profile: a\nprofiles:\n  a:\n    region: EU\n  b:\n    region: EU\n")
	b.run("config", "set", "region", "NA").exits(0)
	b.set("IMPLICIT_PROFILE", "B").run("config", "set", "region", "CA").exits(0)
	b.run("config", "use", "a").exits(0).says("IMPLICIT_PROFILE still names B")
	if got := b.configText(); got != "default-profile: a\nprofiles:\n  a:\n    region: NA\n  b:\n    region: CA\n" {
		t.Errorf("the file is\n%s", got)
	}
}

func TestConfigRefuses(t *testing.T) {
	t.Parallel()
	b := newBench(t).configured("profiles:\n  default:\n    environment-id: " + workID + "\n")
	before := b.configText()
	for name, row := range map[string]struct {
		args []string
		says string
	}{
		"a wrong region":              {[]string{"set", "region", "ZZ"}, "NA (com)"},
		"a wrong response type":       {[]string{"set", "response-type", "code"}, "--response-type"},
		"a wrong time":                {[]string{"set", "timeout", "soon"}, "30s or 5m"},
		"a password":                  {[]string{"set", "password", "hunter2"}, "password-file"},
		"no value":                    {[]string{"set", "region"}, "accepts 2 arg"},
		"a second provider":           {[]string{"set", "issuer", "https://id.example.com"}, "implicit config unset"},
		"a profile that is not":       {[]string{"use", "w"}, "no profile"},
		"no such command":             {[]string{"lst"}, "list"},
		"init of an existing profile": {[]string{"init"}, "already"},
		"init without an app":         {[]string{"init", "n", "--region=EU"}, "--client-id: missing"},
		"init without a terminal":     {[]string{"init", "n"}, "hint: give what is missing as flags"},
		"init without environment":    {[]string{"init", "n", "--client-id=a"}, "environment"},
		"init with an empty setting":  {[]string{"init", "n", "--client-id="}, "--client-id: empty"},
		"init with a fixed nonce":     {[]string{"init", "n", "--client-id=a", "--nonce=b"}, "--nonce"},
		"init with two providers":     {[]string{"init", "n", "--client-id=a", "--region=EU", "--issuer=https://a.example.com"}, "different providers"},
	} {
		got := b.run(append([]string{"config"}, row.args...)...)
		if got.exit != 2 || !strings.Contains(got.errOut, row.says) || strings.Contains(got.errOut, "hunter2") {
			t.Errorf("%s: exit status %d, %s", name, got.exit, got.errOut)
		}
	}
	if b.configText() != before {
		t.Errorf("the file became\n%s", b.configText())
	}
}

// TestConfigInitFromFlags: without a terminal it asks nothing.
func TestConfigInitFromFlags(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	url, ca := b.env["IMPLICIT_AUTH_URL"], b.env["IMPLICIT_CA_CERT"]
	for _, name := range []string{"IMPLICIT_AUTH_URL", "IMPLICIT_CLIENT_ID", "IMPLICIT_REDIRECT_URI"} {
		delete(b.env, name)
	}
	got := b.run("config", "init", "Test", "--auth-url", url, "--client-id", b.srv.Settings().ClientID, "--redirect-uri", "https://app.example.com/callback", "--scope=openid", "--scope=email").exits(0)
	if strings.Contains(got.errOut, "warning") || b.seen.count("/.well-known/openid-configuration") != 1 {
		t.Errorf("%d looks at the environment: %s", b.seen.count("openid-configuration"), got.errOut)
	}
	b.run("login", "--via", "terminal").exits(0)
	if got := b.configText(); !strings.Contains(got, "default-profile: test") || !strings.Contains(got, "scope: openid email") || strings.Contains(got, ca) {
		t.Errorf("the file is\n%s", got)
	}
	b.run("config", "init", "second", "--auth-url", url, "--client-id", "x").exits(0).says("config use second")
}

func TestConfigInitWarnsOfADeadEnvironment(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.run("config", "init", "--auth-url", "https://127.0.0.1:1", "--client-id", "a", "--timeout=2s").exits(0).says("warning", "does not answer")
	if !strings.Contains(b.configText(), "https://127.0.0.1:1") {
		t.Errorf("the file is %q", b.configText())
	}
}
