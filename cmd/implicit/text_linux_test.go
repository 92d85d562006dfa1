package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/internal/state"
)

const byteOrderMark = "\xef\xbb\xbf"

// file writes a file and returns its path.
func (b *bench) file(name, text string) string {
	b.t.Helper()
	path := filepath.Join(b.home, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
	return path
}

// Editors and PowerShell put a byte order mark at the start of a text. It is
// not part of a password, a certificate or a token.
func TestByteOrderMarks(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	password := b.env["IMPLICIT_PASSWORD"]
	b.set("IMPLICIT_PASSWORD", "")
	file := b.file("password", byteOrderMark+password+"\r\n")
	b.run("login", "--password-file", file).exits(0)
	b.runInput(byteOrderMark+password+"\n", "login", "--password-stdin").exits(0)

	ca, err := os.ReadFile(b.env["IMPLICIT_CA_CERT"])
	if err != nil {
		t.Fatal(err)
	}
	b.run("login", "--password-file", file, "--ca-cert", b.file("ca.pem", byteOrderMark+string(ca))).exits(0)

	m := newMany(t)
	token := m.token("user", 0)
	m.runInput(byteOrderMark+token, "decode", "-").exits(0)
	jwks := m.args[3]
	keys, err := os.ReadFile(jwks)
	if err != nil {
		t.Fatal(err)
	}
	m.file(filepath.Base(jwks), byteOrderMark+string(keys))
	if r := m.runInput(byteOrderMark+token+"\n"+token+"\n", m.args...).exits(0); strings.Count(r.out, `"valid":true`) != 2 {
		t.Errorf("both lines are valid:\n%s", r.out)
	}
	_, body, err := b.app(strings.NewReader(byteOrderMark+"{}"), nil, nil).actionFields(submitOptions{stdin: true})
	if string(body) != "{}" || err != nil {
		t.Errorf("--fields-stdin: %q, %v", body, err)
	}
}

// What cannot be read as text is named before anything is sent.
func TestTextsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().set("IMPLICIT_PASSWORD", "")
	utf16 := b.file("utf16", "\xff\xfep\x00w\x00")
	for _, args := range [][]string{
		{"login", "--password-file", utf16},
		{"login", "--password-file", "/dev/null", "--ca-cert", utf16},
		{"verify", "--jwks", utf16, "x.y.z"},
		{"verify", "--jwks", utf16, "--access-token-file", utf16, "x.y.z"},
		{"userinfo", "--access-token-file", utf16},
		{"resume", "flow", "--session-token-file", utf16},
	} {
		r := b.run(args...).exits(2)
		if !strings.Contains(r.errOut, "UTF-16") && !strings.Contains(r.errOut, "empty") {
			t.Errorf("%q: %s", args, r.errOut)
		}
	}
	b.runInput("\xff\xfep\x00", "login", "--password-stdin").exits(2).says("--password-stdin: expected UTF-8, found UTF-16", "iconv")
	b.runInput("\xff\xfep\x00", "decode", "-").exits(2).says("standard input: expected UTF-8, found UTF-16")
	b.run("verify", "--jwks", "/dev/zero", "x.y.z").exits(2).says("--jwks: expected at most")
	b.run("login", "--password-file", "/dev/null", "--ca-cert", "/dev/zero").exits(2)
	if n := len(b.seen.lines()); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// A key that a stopped process has locked costs the next command a sign-on, and
// not this one its tokens.
func TestLoginWithALockedStore(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the lock")
	}
	t.Parallel()
	b := newBench(t).withSandbox().set("IMPLICIT_STORE", "file")
	dir, err := b.dirs.State.Join("store", "file")
	if err != nil {
		t.Fatal(err)
	}
	unlock, err := state.Lock(t.Context(), filepath.Join(dir, "key.lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	b.run("login").exits(0).says("could not be stored", "another process holds it")
	b.run("token").exits(0).says("could not be stored")
}

// A home directory that cannot be written costs the next command a sign-on, and
// not this one its token.
func TestTokenWithoutAPlaceToStoreIt(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().set("IMPLICIT_STORE", "file")
	const home = "/sys" // where not even root can make a directory
	cmd := b.command("token")
	cmd.Env = append(cmd.Env, "HOME="+home)
	var errOut strings.Builder
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	if status := statusOfProcess(t, err); status != 0 || strings.Count(string(out), ".") != 2 || !strings.Contains(errOut.String(), "warning: the tokens are good but could not be stored") {
		t.Errorf("exit status %d\n%s%s", status, out, errOut.String())
	}
	cmd = b.command("exec", "--", "/bin/sh", "-c", "test -n \"$ACCESS_TOKEN\"")
	cmd.Env = append(cmd.Env, "HOME="+home)
	if out, err := cmd.CombinedOutput(); statusOfProcess(t, err) != 0 {
		t.Errorf("exec: %v\n%s", err, out)
	}
}
