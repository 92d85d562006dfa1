package config

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// call is a run of a command: its flags, its variables and its file.
type call struct {
	flags []string
	env   map[string]string
	file  string
}

func (c call) sources(t *testing.T, groups ...Group) Sources {
	t.Helper()
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	fs.String("profile", "", "")
	fs.StringArray(ParamFlag, nil, "")
	AddFlags(fs, groups...)
	if err := fs.Parse(c.flags); err != nil {
		t.Fatal(err)
	}
	f, err := written(t, "config.yaml", c.file)
	if err != nil {
		t.Fatal(err)
	}
	return Sources{Flags: fs, Getenv: func(name string) string { return c.env[name] }, File: f}
}

func (c call) resolve(t *testing.T) (*Settings, error) {
	t.Helper()
	return Resolve(c.sources(t, All()))
}

func (s *Settings) value(name string) Value { return s.values[name] }

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
		in         call
		text, from string
	}{
		{"a flag", "client-id", call{[]string{"--client-id=of-flag", "--profile=work"}, own, twoProfiles}, "of-flag", "flag"},
		{"the variable", "client-id", call{[]string{"--profile=work"}, own, twoProfiles}, "of-variable", "IMPLICIT_CLIENT_ID"},
		{"a named profile", "client-id", call{[]string{"--profile=WORK"}, alias, twoProfiles}, "of-work", "profile work"},
		{"a profile named by a variable", "client-id", call{nil, map[string]string{"IMPLICIT_PROFILE": "Work", "PINGONE_CLIENT_ID": "x"}, twoProfiles}, "of-work", "profile work"},
		{"the flag before the variable for a profile", "client-id", call{[]string{"--profile=main"}, map[string]string{"IMPLICIT_PROFILE": "work"}, twoProfiles}, "of-main", "profile main"},
		{"the alias", "client-id", call{nil, alias, twoProfiles}, "of-alias", "PINGONE_CLIENT_ID"},
		{"the default profile", "client-id", call{nil, nil, twoProfiles}, "of-main", "profile main"},
		{"nothing", "client-id", call{}, "", ""},
		{"a default", "region", call{[]string{"--profile=work"}, nil, twoProfiles}, "NA", "default"},
		{"an alias before what a named profile leaves out", "region", call{[]string{"--profile=work"}, map[string]string{"PINGONE_REGION_CODE": "EU"}, twoProfiles}, "EU", "PINGONE_REGION_CODE"},
		{"an empty variable", "region", call{nil, map[string]string{"IMPLICIT_REGION": " "}, twoProfiles}, "CA", "profile main"},
		{"an empty line of a profile", "region", call{nil, nil, "profiles:\n  default:\n    region:\n"}, "NA", "default"},
		{"a profile that nothing names", "client-id", call{nil, nil, "profiles:\n  default:\n    client-id: x\n"}, "x", "profile default"},
		{"default named but missing", "region", call{[]string{"--profile=default"}, nil, ""}, "NA", "default"},
		{"a list of flags", "scope", call{[]string{"--scope=openid email", "--scope=phone"}, nil, ""}, "openid email phone", "flag"},
		{"a switch", "sandbox", call{[]string{"--sandbox"}, nil, ""}, "true", "flag"},
		{"a switch off by a flag", "sandbox", call{[]string{"--sandbox=false"}, map[string]string{"IMPLICIT_SANDBOX": "1"}, ""}, "false", "flag"},
	} {
		s, err := row.in.resolve(t)
		if err != nil {
			t.Errorf("%s: %v", row.what, err)
			continue
		}
		if got := s.value(row.name); got.Text != row.text || s.Source(row.name) != row.from {
			t.Errorf("%s: %q from %q, want %q from %q", row.what, got.Text, got.Source, row.text, row.from)
		}
	}
}

const environment = "8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5"

// TestOneProvider: the strongest source decides between the four ways to name a
// provider.
func TestOneProvider(t *testing.T) {
	id := map[string]string{"IMPLICIT_ENVIRONMENT_ID": environment, "IMPLICIT_REGION": "EU"}
	inFile := "profiles:\n  default:\n    issuer: https://id.example.com\n    client-id: x\n"
	sandbox := "profiles:\n  default:\n    sandbox: true\n"
	const eu, na = "https://auth.pingone.eu/" + environment, "https://auth.pingone.com/" + environment
	for _, row := range []struct {
		what string
		in   call
		want string // PingOne's base, the issuer or "sandbox"
	}{
		{"nothing", call{}, ""},
		{"a flag against variables", call{[]string{"--issuer=https://a.example.com"}, id, ""}, "https://a.example.com"},
		{"variables against a profile", call{nil, id, inFile}, eu},
		{"the default profile against an alias", call{nil, map[string]string{"PINGONE_ENVIRONMENT_ID": environment}, inFile}, na},
		{"a named profile against an alias", call{[]string{"--profile=default"}, map[string]string{"PINGONE_ENVIRONMENT_ID": environment}, inFile}, "https://id.example.com"},
		{"a region by a flag for a profile's environment", call{[]string{"--region=EU"}, nil, "profiles:\n  default:\n    environment-id: " + environment + "\n"}, eu},
		{"an auth URL and the default region", call{[]string{"--auth-url=https://Login.example.com:443/"}, nil, ""}, "https://login.example.com"},
		{"the sandbox of a profile against a variable", call{nil, map[string]string{"IMPLICIT_AUTH_URL": "https://login.example.com"}, sandbox}, "https://login.example.com"},
		{"the sandbox of a profile against an alias", call{nil, map[string]string{"PINGONE_ENVIRONMENT_ID": environment}, sandbox}, na},
		{"the sandbox of a named profile against an alias", call{[]string{"--profile=default"}, map[string]string{"PINGONE_ENVIRONMENT_ID": environment}, sandbox}, "sandbox"},
		{"the sandbox of a profile", call{nil, nil, sandbox}, "sandbox"},
		{"the sandbox by a flag against variables", call{[]string{"--sandbox"}, id, inFile}, "sandbox"},
		{"the sandbox by a variable against a profile", call{nil, map[string]string{"IMPLICIT_SANDBOX": "1"}, inFile}, "sandbox"},
		{"the sandbox off by a variable", call{nil, map[string]string{"IMPLICIT_SANDBOX": "0"}, sandbox}, ""},
		{"a flag against the sandbox by a variable", call{[]string{"--issuer=https://a.example.com"}, map[string]string{"IMPLICIT_SANDBOX": "1"}, ""}, "https://a.example.com"},
	} {
		s, err := row.in.resolve(t)
		if err != nil {
			t.Errorf("%s: %v", row.what, err)
			continue
		}
		got := s.Provider.Issuer
		if env := s.Provider.PingOne; env != nil {
			got += env.AuthURL()
		}
		if s.Provider.Sandbox {
			got += "sandbox"
		}
		if got != row.want {
			t.Errorf("%s: got %q, want %q", row.what, got, row.want)
		}
	}
}

func TestSettingsRefused(t *testing.T) {
	for _, row := range []struct {
		what          string
		in            call
		name, problem string
	}{
		{"two providers by flags", call{flags: []string{"--environment-id=" + environment, "--issuer=https://a.example.com"}}, "issuer", "cannot be used together with --environment-id"},
		{"three providers by flags", call{flags: []string{"--region=EU", "--auth-url=https://a.example.com", "--issuer=https://a.example.com"}}, "issuer", "--region, --auth-url"},
		{"two providers in a profile", call{file: "profiles:\n  default:\n    region: EU\n    issuer: https://a.example.com\n"}, "issuer", "different providers"},
		{"a provider and the sandbox", call{flags: []string{"--sandbox", "--region=EU"}}, "sandbox", "cannot be used together with --region"},
		{"the sandbox and a provider by variables", call{env: map[string]string{"IMPLICIT_SANDBOX": "1", "IMPLICIT_AUTH_URL": "https://a.example.com"}}, "sandbox", "--auth-url"},
		{"an empty flag", call{flags: []string{"--client-id="}, env: map[string]string{"IMPLICIT_CLIENT_ID": "x"}}, "client-id", "empty"},
		{"an empty scope", call{flags: []string{"--scope="}}, "scope", "empty"},
		{"a missing profile", call{flags: []string{"--profile=wrok"}, file: twoProfiles}, "profile", `no profile "wrok"; it has main, work`},
		{"a missing default", call{file: "default-profile: gone\n"}, "profile", `no profile "gone"; it has none`},
		{"one of very many", call{flags: []string{"--profile=x"}, file: manyProfiles(30)}, "profile", "and 20 more"},
		{"a parameter without a value", call{flags: []string{"--param=x"}}, "param", "NAME=VALUE"},
		{"a parameter that is a setting", call{flags: []string{"--param=login_hint=ann"}}, "param", "--login-hint"},
		{"a parameter twice", call{flags: []string{"--param=a=1", "--param=a=2"}}, "param", "twice"},
		{"a switch that may be", call{env: map[string]string{"IMPLICIT_PASSWORD_STDIN": "maybe"}}, "password-stdin", "true or false"},
	} {
		_, err := row.in.resolve(t)
		var wrong *Error
		if !errors.As(err, &wrong) || wrong.Name != row.name || !strings.Contains(wrong.Problem, row.problem) {
			t.Errorf("%s: got %v, want --%s: %s", row.what, err, row.name, row.problem)
		}
	}
}

// TestAllProblemsAtOnce: the user does not mend one to be told the next.
func TestAllProblemsAtOnce(t *testing.T) {
	src := call{flags: []string{"--region=XX", "--max-age=soon", "--state="}, env: map[string]string{"IMPLICIT_TIMEOUT": "0"}}.sources(t, All())
	src.Need = NeedRequest
	s, err := Resolve(src)
	var all Problems
	if !errors.As(err, &all) {
		t.Fatalf("got %v", err)
	}
	var names []string
	for _, e := range all {
		names = append(names, e.Name)
	}
	if got := strings.Join(names, " "); got != "region max-age state timeout environment-id client-id redirect-uri" {
		t.Errorf("the problems are those of %s", got)
	}
	if !strings.Contains(err.Error(), "--timeout (from IMPLICIT_TIMEOUT): must be greater than zero") || !strings.Contains(all.Hint(), "config init") || !strings.Contains(all.Hint(), "--sandbox") {
		t.Errorf("got %v\nhint: %s", err, all.Hint())
	}
	if s == nil || s.value("region").Text != "XX" {
		t.Error("the settings cannot be shown")
	}
}

// TestOnlyTheCommandsSettingsAreChecked: a wrong region does not keep a user from
// logging out.
func TestOnlyTheCommandsSettingsAreChecked(t *testing.T) {
	in := call{env: map[string]string{"IMPLICIT_REGION": "XX", "IMPLICIT_ISSUER": "https://a.example.com", "IMPLICIT_WAIT": "x", "IMPLICIT_STORE": "file"}}
	s, err := Resolve(in.sources(t, Storage()))
	if err != nil || s.Store != "file" {
		t.Errorf("%+v, %v", s, err)
	}
}

// withSandbox resolves the call with a sandbox, and says how often it started.
func (c call) withSandbox(t *testing.T) (s *Settings, starts int, err error) {
	t.Helper()
	src := c.sources(t, All())
	src.Need = NeedClient
	src.Sandbox = func() (*Supplied, error) {
		starts++
		return &Supplied{Source: "sandbox", CACert: []byte("PEM"), Values: map[string]string{
			"auth-url": "https://127.0.0.1:8443/" + environment, "client-id": "first", "redirect-uri": "https://app.example.com/cb", "username": "plain"}}, nil
	}
	s, err = Resolve(src)
	return s, starts, err
}

// TestSandboxSupplies: its own settings, unless a flag of the same call or its
// own profile has others. What is known of another provider does not apply.
func TestSandboxSupplies(t *testing.T) {
	other := "profiles:\n  default:\n    auth-url: https://login.example.com\n    client-id: a\n    redirect-uri: https://a.example.com\n    username: ann\n    login-hint: ann\n    password-file: /ann\n    scope: openid email\n"
	s, starts, err := call{[]string{"--sandbox", "--redirect-uri=http://127.0.0.1/cb"}, map[string]string{"IMPLICIT_LOGIN_HINT": "bob", "IMPLICIT_CLIENT_ID": "b"}, other}.withSandbox(t)
	if err != nil || starts != 1 {
		t.Fatalf("started %d times, %v", starts, err)
	}
	if s.Provider.PingOne == nil || s.Provider.PingOne.AuthURL() != "https://127.0.0.1:8443/"+environment || !s.Provider.Sandbox {
		t.Errorf("the provider is %+v", s.Provider)
	}
	got := []string{s.ClientID, s.Source("client-id"), s.RedirectURI, s.Username, s.LoginHint, s.PasswordFile, strings.Join(s.Scopes, " "), string(s.CAPEM)}
	want := []string{"first", "sandbox", "http://127.0.0.1/cb", "plain", "bob", "", "openid email", "PEM"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	s, _, err = call{file: "profiles:\n  default:\n    sandbox: true\n    username: totp\n    client-id: second\n"}.withSandbox(t)
	if err != nil || s.Username != "totp" || s.ClientID != "second" {
		t.Errorf("a profile for the sandbox: %+v, %v", s, err)
	}
}

func TestSandboxIsNotStarted(t *testing.T) {
	for what, in := range map[string]call{
		"for another provider": {flags: []string{"--issuer=https://a.example.com", "--client-id=a"}, env: map[string]string{"IMPLICIT_SANDBOX": "1"}},
		"for wrong settings":   {flags: []string{"--sandbox", "--max-age=x"}},
	} {
		if _, starts, _ := in.withSandbox(t); starts > 0 {
			t.Errorf("it is started %s", what)
		}
	}
}

// TestSavedFlow: a flag names another provider than the flow's, a variable does
// not.
func TestSavedFlow(t *testing.T) {
	env := map[string]string{"IMPLICIT_ISSUER": "https://a.example.com"}
	for _, row := range []struct {
		flags []string
		want  string
	}{{nil, "flow x"}, {[]string{"--auth-url=https://b.example.com"}, "flag"}} {
		src := call{row.flags, env, ""}.sources(t, All())
		src.Flow = &Supplied{Source: "flow x", Values: map[string]string{"auth-url": "https://login.example.com"}}
		s, err := Resolve(src)
		if err != nil || s.Source("auth-url") != row.want || s.Provider.PingOne == nil || s.Provider.Issuer != "" {
			t.Errorf("%q: %+v, %v", row.flags, s, err)
		}
	}
}

func TestValuesAreParsed(t *testing.T) {
	s, err := call{flags: []string{"--timeout=90", "--wait=2m", "--clock-skew=0", "--scope=openid,email  phone", "--max-age=060", "--method=post",
		"--algorithms=RS256 ES256", "--id-token-hint=secret", "--param=resource=a", "--param=resource=b=c", "--password-stdin"}}.resolve(t)
	if err != nil {
		t.Fatal(err)
	}
	if s.Timeout != 90*time.Second || s.Wait != 2*time.Minute || s.ClockSkew != 0 || *s.MaxAge != 60 || s.Method != "POST" || !s.PasswordStdin || s.IDTokenHint.Reveal() != "secret" {
		t.Errorf("got %+v", s)
	}
	if got := strings.Join(append(s.Scopes, s.Algorithms...), "|"); got != "openid|email|phone|RS256|ES256" {
		t.Errorf("got %s", got)
	}
	if want := []implicit.Param{{Name: "resource", Value: "a"}, {Name: "resource", Value: "b=c"}}; !reflect.DeepEqual(s.Params, want) {
		t.Errorf("got %v", s.Params)
	}
}

func TestKeysAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range All() {
		for _, name := range []string{k.Name, k.Env(), k.Alias} {
			if name != "" && seen[name] {
				t.Errorf("%s is the name of two settings", name)
			}
			seen[name] = true
		}
		if k.Usage == "" || strings.ContainsAny(k.Name, "_ ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
			t.Errorf("%q: expected small letters with dashes, and a usage", k.Name)
		}
	}
}

// TestRequirements: a value may hold spaces, and each source can give several.
func TestRequirements(t *testing.T) {
	want := []implicit.ClaimRequirement{
		{Claim: "name", Value: "Jane Doe"}, {Token: "id_token", Claim: "acr", Value: "a=b"},
		{Token: "access_token", Claim: "p1.rid"}, {Claim: "https://example.com/g", Value: "one"},
	}
	texts := []string{"name=Jane Doe", "id_token.acr=a=b", "access_token.p1.rid=", "https://example.com/g=one"}
	var flags []string
	file := "profiles:\n  default:\n    require:\n"
	for _, text := range texts {
		flags = append(flags, "--require="+text)
		file += "      - " + text + "\n"
	}
	for what, in := range map[string]call{
		"flags":      {flags: flags},
		"a variable": {env: map[string]string{"IMPLICIT_REQUIRE": strings.Join(texts, "\n") + "\n"}},
		"a profile":  {file: file},
	} {
		if s, err := in.resolve(t); err != nil || !reflect.DeepEqual(s.Requirements, want) {
			t.Errorf("%s: %+v, %v", what, s.Requirements, err)
		}
	}
	for _, text := range []string{"", "acr", "=x", "id_token.=x", "acr=\x01"} {
		if s, err := (call{flags: []string{"--require=a=b", "--require=" + text}}).resolve(t); err == nil {
			t.Errorf("%q was taken as %+v", text, s.Requirements)
		}
	}
}

func TestPolicyOfAProfile(t *testing.T) {
	if s, err := (call{env: map[string]string{"IMPLICIT_REQUIRE_SCOPE": ","}}).resolve(t); err == nil {
		t.Errorf("a comma was taken as %q", s.RequiredScopes)
	}
	s, err := call{file: "profiles:\n  default:\n    audience: My API\n    require-scope: [a, b c]\n    trust-audience: [My API, other]\n"}.resolve(t)
	if err != nil || s.Audience != "My API" || strings.Join(s.RequiredScopes, ",") != "a,b,c" || strings.Join(s.TrustedAudiences, ",") != "My API,other" {
		t.Errorf("%q %q %q, %v", s.Audience, s.RequiredScopes, s.TrustedAudiences, err)
	}
}
