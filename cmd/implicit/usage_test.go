package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A call that cannot be right is refused before anything is sent.
func TestUsageErrorsSendNothing(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name string
		args []string
		says string
	}{
		{"client ID empty", []string{"login", "--client-id", ""}, "client-id"},
		{"an argument too few", []string{"config", "use"}, "missing argument; usage: implicit config use <name>"},
		{"one argument of two", []string{"diff", "a"}, "wrong number of arguments: 1; usage: implicit diff <a> <b>"},
		{"no command to run", []string{"exec"}, "missing argument; usage: implicit exec [flags] -- <command>"},
		{"client ID with a space", []string{"login", "--client-id", "a b"}, "client-id"},
		{"redirect URI empty", []string{"login", "--redirect-uri", ""}, "redirect-uri"},
		{"redirect URI with a fragment", []string{"login", "--redirect-uri", "https://app.example.com/cb#x"}, "redirect-uri"},
		{"redirect URI with an empty fragment", []string{"login", "--redirect-uri", "https://app.example.com/cb#"}, "redirect-uri"},
		{"redirect URI relative", []string{"login", "--redirect-uri", "/callback"}, "redirect-uri"},
		{"redirect URI without a host", []string{"login", "--redirect-uri", "https:///callback"}, "redirect-uri"},
		{"redirect URI with a user", []string{"login", "--redirect-uri", "https://me@app.example.com/cb"}, "redirect-uri"},
		{"scope empty", []string{"login", "--scope", ""}, "scope"},
		{"scope blank", []string{"login", "--scope", "  "}, "scope"},
		{"scope with a quote", []string{"login", "--scope", `open"id`}, "scope"},
		{"response type code", []string{"login", "--response-type", "code"}, "response-type"},
		{"response type hybrid", []string{"login", "--response-type", "code id_token"}, "response-type"},
		{"response type empty", []string{"login", "--response-type", ""}, "response-type"},
		{"response type twice", []string{"login", "--response-type", "token token"}, "response-type"},
		{"response mode query with tokens", []string{"login", "--response-mode", "query"}, "response-mode"},
		{"response mode unknown", []string{"login", "--response-mode", "jwt"}, "response-mode"},
		{"method PUT", []string{"login", "--method", "PUT"}, "method"},
		{"max-age negative", []string{"login", "--max-age", "-1"}, "max-age"},
		{"max-age in words", []string{"login", "--max-age", "soon"}, "max-age"},
		{"state empty", []string{"login", "--state", ""}, "state"},
		{"nonce empty", []string{"login", "--nonce", ""}, "nonce"},
		{"param without a value", []string{"login", "--param", "foo"}, "NAME=VALUE"},
		{"param twice", []string{"login", "--param", "a=1", "--param", "a=2"}, "twice"},
		{"param that has a flag", []string{"login", "--param", "state=x"}, "state"},
		{"userinfo without an access token", []string{"login", "--userinfo", "--response-type", "id_token"}, "--userinfo"},
		{"region unknown", []string{"login", "--region", "XX", "--environment-id", "8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5"}, "region"},
		{"environment ID is none", []string{"login", "--environment-id", "mine"}, "environment-id"},
		{"auth URL over plain http", []string{"login", "--auth-url", "http://login.example.com"}, "auth-url"},
		{"auth URL with /as", []string{"login", "--auth-url", "https://login.example.com/as"}, "auth-url"},
		{"auth URL of PingOne without the environment", []string{"login", "--auth-url", "https://auth.pingone.eu"}, "auth-url"},
		{"issuer over plain http", []string{"login", "--via", "terminal", "--issuer", "http://login.example.com"}, "issuer"},
		{"issuer and environment", []string{"login", "--issuer", "https://a.example.com", "--environment-id", "8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5"}, "cannot be used together"},
		{"pi.flow at another provider", []string{"login", "--via", "terminal", "--issuer", "http://127.0.0.1:1", "--response-mode", "pi.flow"}, ""},
		{"algorithm none", []string{"login", "--algorithms", "none"}, "algorithms"},
		{"algorithm HS256", []string{"login", "--algorithms", "RS256 HS256"}, "algorithms"},
		{"timeout in words", []string{"login", "--timeout", "long"}, "timeout"},
		{"timeout nothing", []string{"login", "--timeout", "0"}, "timeout"},
		{"clock skew negative", []string{"login", "--clock-skew", "-5s"}, "clock-skew"},
		{"CA file that is not there", []string{"login", "--ca-cert", "/nonexistent/ca.pem"}, "ca-cert"},
		{"CA file without certificates", []string{"login", "--ca-cert", "/dev/null"}, "ca-cert"},
		{"password file that is not there", []string{"login", "--password-file", "/nonexistent/password"}, "password-file"},
		{"password file empty", []string{"login", "--password-file", "/dev/null"}, "password-file"},
		{"password from two places", []string{"login", "--password-stdin", "--password-file", "/dev/null"}, "password"},
		{"password from an empty input", []string{"login", "--password-stdin"}, "password-stdin"},
		{"profile unknown", []string{"login", "--profile", "nobody"}, "profile"},
		{"output unknown", []string{"login", "-o", "yaml"}, "--output"},
		{"argument that login does not take", []string{"login", "extra"}, ""},
		{"flag unknown", []string{"login", "--clientid", "x"}, "clientid"},
		{"command unknown", []string{"logn"}, "login"},
		{"dry run of a POST", []string{"authorize", "--dry-run", "--method", "POST"}, "--curl"},
		{"dry run and a curl script", []string{"authorize", "--dry-run", "--curl", filepath.Join(t.TempDir(), "x.sh")}, "dry-run"},
		{"flow without an ID", []string{"flow", "show"}, ""},
		{"flow with two IDs", []string{"flow", "show", "a", "b"}, ""},
		{"userinfo with the token as an argument", []string{"userinfo", "eyJhbGciOiJSUzI1NiJ9.e30.AA"}, "process list"},
		{"verify nothing", []string{"verify", ""}, "empty"},
		{"verify at no time", []string{"verify", "--at", "noon", "x"}, "--at"},
		{"verify another type", []string{"verify", "--type", "refresh_token", "x"}, "--type"},
		{"decode nothing", []string{"decode", "-"}, "empty"},
		{"parse nothing", []string{"parse", "-"}, "empty"},
		{"switch unknown", []string{"sandbox", "--switch", "no-such-thing"}, "no-such-thing"},
		{"public URL with a path", []string{"sandbox", "--public-url", "https://pingone.test/x"}, "public URL"},
		{"public URL of http over TLS", []string{"sandbox", "--public-url", "http://pingone.test", "--listen", "0.0.0.0:0"}, "--http"},
		{"certificate and variables in one file", []string{"sandbox", "--write-env", "one.file", "--ca-cert-out", "./one.file"}, "--ca-cert-out"},
		{"keys and variables in one file", []string{"sandbox", "--state", "dir", "--write-env", "dir/keys.json"}, "--state"},
		{"sandbox on a public address", []string{"sandbox", "--listen", "0.0.0.0:0"}, "loopback"},
	}
	b := newBench(t).withSandbox()
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			b.seen.reset()
			r := b.on(t).run(row.args...).exits(2).says("implicit: error: ", row.says)
			if n := len(b.seen.all()); n != 0 {
				t.Errorf("%d requests were sent", n)
			}
			if r.out != "" {
				t.Errorf("standard output:\n%s", r.out)
			}
		})
	}
}

// A variable that is set to nothing is a setting that is missing.
func TestMissingSettings(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	for name, says := range map[string]string{
		"IMPLICIT_CLIENT_ID": "client-id", "IMPLICIT_AUTH_URL": "environment-id",
	} {
		before := b.env[name]
		b.set(name, "").run("login").exits(2).says(says)
		b.set(name, before)
	}
	if n := len(b.seen.all()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// No user can be asked: the flow's question is the end.
func TestCredentialsMissing(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().set("IMPLICIT_PASSWORD", "")
	b.run("login", "--via", "terminal").exits(4).says("password", "IMPLICIT_PASSWORD")
	b.set("IMPLICIT_USERNAME", "").run("login", "--via", "terminal").exits(4).says("user name")
}

func TestPasswordSources(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().user("signs")
	password := b.env["IMPLICIT_PASSWORD"]
	file := filepath.Join(b.home, "password")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.set("IMPLICIT_PASSWORD", "")
	b.run("login", "--password-file", file).exits(0)
	b.runInput(password+"\n", "login", "--password-stdin").exits(0)
	b.runInput(password+"\r\n", "login", "--password-stdin").exits(0)
	b.runInput(password, "login", "--password-stdin").exits(0)
	b.set("IMPLICIT_PASSWORD_FILE", file).run("login").exits(0)
	b.set("IMPLICIT_PASSWORD", "not-the-password").run("login").exits(3) // the variable before the file's variable
	b.run("login", "--password-file", file).exits(0)                     // the flag before the variable
}

// What a full disk swallowed is not done.
func TestStandardOutputThatFails(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	token, _ := b.run("login", "-o", "json").exits(0).object()["id_token"].(string)
	for _, args := range [][]string{
		{"login"}, {"login", "-o", "json"}, {"authorize", "--dry-run"}, {"authorize"}, {"version"}, {"config", "show"}, {"config", "path"},
		{"decode", token}, {"verify", token}, {"parse", "#access_token=a"}, {"parse", "-o", "json", "#access_token=a"}, {"--help"}, {"login", "--help"},
	} {
		b.full = true
		r := b.run(args...)
		b.full = false
		if r.exit != 1 || !strings.Contains(r.errOut, "no space left") {
			t.Errorf("%q: exit status %d: %s", args[0], r.exit, r.errOut)
		}
	}
}

// fullDisk takes nothing.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.ENOSPC}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	root := b.run("--help").exits(0)
	for _, cmd := range newRootCmd(b.app(nil, nil, nil), nil).Commands() {
		name := cmd.Name()
		if !strings.Contains(root.out, "\n  "+name+" ") {
			t.Errorf("implicit --help does not list %s", name)
		}
		help := b.run(name, "--help").exits(0)
		if isTopic(cmd) {
			continue // a page of text
		}
		if !strings.Contains(help.out, "\nUsage:\n  implicit "+name) || help.errOut != "" {
			t.Errorf("implicit %s --help:\n%s%s", name, help.out, help.errOut)
		}
	}
	b.run("help", "login").exits(0)
	if b.run("sandbox", "--help").exits(0).out == "" {
		t.Error("implicit sandbox --help is empty")
	}
}

// One object is printed, with the fields that the contract names.
func TestResultObject(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox("iss-parameter")
	out := b.run("login", "-o", "json", "--userinfo", "--scope", "openid profile").exits(0).object()
	for _, field := range []string{"valid", "access_token", "token_type", "expires_in", "expires_at", "scope", "id_token", "state", "claims", "checks", "userinfo"} {
		if _, ok := out[field]; !ok {
			t.Errorf("the object lacks %s", field)
		}
	}
	if out["expires_in"] != 3600.0 || out["token_type"] != "Bearer" || out["scope"] != "openid profile" {
		t.Errorf("expires_in %v, token_type %v, scope %v", out["expires_in"], out["token_type"], out["scope"])
	}
	claims, _ := out["claims"].(map[string]any)
	for _, token := range []string{"id_token", "access_token"} {
		if c, _ := claims[token].(map[string]any); c["sub"] == nil {
			t.Errorf("claims.%s has no sub: %v", token, c)
		}
	}
	for _, name := range []string{"channel", "state", "iss_parameter", "tokens", "token_type", "format", "type", "header", "algorithm", "key", "signature",
		"issuer", "audience", "authorized_party", "subject", "expiry", "issued_at", "not_before", "nonce", "at_hash", "auth_time", "acr", "userinfo",
		"access_token.signature", "access_token.issuer", "access_token.expiry"} {
		if statusOf(out, name) == "" {
			t.Errorf("no check %s", name)
		}
	}
}

// A result that failed carries no tokens, unless a flag asks for them.
func TestRefusedResultCarriesNoTokens(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox("wrong-nonce")
	out := b.run("login", "-o", "json").exits(5)
	object := out.object()
	if object["valid"] != false || statusOf(object, "nonce") != "fail" || strings.Contains(out.out, "eyJ") {
		t.Errorf("the object: %s", out.out)
	}
	var failed struct{ Error struct{ Code string } }
	if err := json.Unmarshal([]byte(out.errOut), &failed); err != nil || failed.Error.Code != "nonce" {
		t.Errorf("the error (%v): %s", err, out.errOut)
	}
	if text := b.run("login").exits(5); strings.Contains(text.out, "eyJ") {
		t.Errorf("the text shows a token:\n%s", text.out)
	}
	shown := b.run("login", "-o", "json", "--show-secrets").exits(5).object()
	if shown["valid"] != false || shown["id_token"] == nil {
		t.Errorf("--show-secrets: %v", shown)
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	if err := b.srv.Close(); err != nil {
		t.Fatal(err)
	}
	b.run("login").exits(6).says("connection refused", "implicit: hint: ")
	b.set("IMPLICIT_CA_CERT", "").withTLSAgain()
	b.run("login").exits(6).says("certificate", "--ca-cert")
}

// withTLSAgain starts another sandbox whose certificate no one trusts.
func (b *bench) withTLSAgain() {
	b.t.Helper()
	other := newBench(b.t).withSandbox()
	b.set("IMPLICIT_AUTH_URL", other.env["IMPLICIT_AUTH_URL"])
}

func TestCommandStoppedBySignal(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		b := newBench(t).withSandbox("slow:authorize")
		status := b.stopped(&signalError{sig}, "login")
		if want := 128 + int(sig); status != want {
			t.Errorf("%v: exit status %d, expected %d", sig, status, want)
		}
	}
}

// stopped runs a command that gets its signal as soon as the sandbox has seen
// it, and returns the exit status.
func (b *bench) stopped(sig error, args ...string) int {
	b.t.Helper()
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	ended := make(chan ran)
	go func() { ended <- b.runContext(ctx, strings.NewReader(""), args...) }()
	for len(b.seen.all()) == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel(sig)
	return (<-ended).exit
}
