package main

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// recorded is what a command left in its files.
type recorded struct {
	page   string // the report
	screen string // its first screen, as text
	har    string
}

// record runs a command with both files.
func (b *bench) record(ctx context.Context, t *testing.T, exit int, args ...string) recorded {
	t.Helper()
	dir := t.TempDir()
	page, har := filepath.Join(dir, "run.html"), filepath.Join(dir, "run.har")
	r := b.runContext(ctx, strings.NewReader(""), append(args, "--report", page, "--har", har)...)
	if r.exit != exit {
		t.Fatalf("%q: exit status %d, expected %d\n%s", args, r.exit, exit, r.errOut)
	}
	out := recorded{page: readText(t, page), har: readText(t, har)}
	out.screen = textOf(between(out.page, "<header", "</header>"))
	return out
}

func readText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func between(text, from, to string) string {
	_, rest, _ := strings.Cut(text, from)
	found, _, _ := strings.Cut(rest, to)
	return found
}

var tag = regexp.MustCompile(`<[^>]*>`)

func textOf(markup string) string {
	return html.UnescapeString(tag.ReplaceAllString(markup, " "))
}

// A failed login of each class says its cause, and what to change, in the first screen.
func TestReportOfEachFailure(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		bench func(b *bench)
		fault string
		exit  int
		says  []string
	}{
		{name: "wrong redirect URI", exit: 3, says: []string{"The provider refused", "redirect", "register exactly https://app.example.com/other", "authorize GET", "PingOne console"},
			bench: func(b *bench) { b.set("IMPLICIT_REDIRECT_URI", "https://app.example.com/other") }},
		{name: "wrong password", exit: 3, says: []string{"wrong user name or password", "look at the user in the console", "action POST", "Correlation ID"},
			bench: func(b *bench) { b.set("IMPLICIT_PASSWORD", "an unlucky guess") }},
		{name: "locked out", exit: 3, says: []string{"locked", "unlock the user"}, bench: func(b *bench) { b.user("locked") }},
		{name: "bad signature", fault: "bad-signature", exit: 5, says: []string{"Not valid: do not use these tokens", "signature", "RFC 7515", "resume GET"}},
		{name: "expired", fault: "expired", exit: 5, says: []string{"Not valid", "expiry", "compare this machine's clock"}},
		{name: "wrong nonce", fault: "wrong-nonce", exit: 5, says: []string{"Not valid", "nonce"}},
		{name: "wrong issuer", fault: "wrong-issuer", exit: 5, says: []string{"Not valid", "issuer", "custom domain"}},
		{name: "no implicit grant", exit: 3, says: []string{"enable the grant type Implicit"}, bench: func(b *bench) { b.application("04") }},
		{name: "unknown application", exit: 3, says: []string{"client ID, environment ID and region belong together"},
			bench: func(b *bench) { b.set("IMPLICIT_CLIENT_ID", "00000000-0000-4000-8000-000000000000") }},
		{name: "MFA", exit: 4, says: []string{"Interactive sign-on required", "--via browser"}, bench: func(b *bench) { b.user("fido2").set("IMPLICIT_ACR_VALUES", "Multi_Factor") }},
		{name: "dead network", exit: 6, says: []string{"No answer", "connection refused", "runs on this machine"},
			bench: func(b *bench) { b.srv.Close() }},
		{name: "timeout", fault: "slow:action", exit: 6, says: []string{"No answer", "--timeout"}, bench: func(b *bench) { b.set("IMPLICIT_TIMEOUT", "300ms") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var faults []string
			if test.fault != "" {
				faults = append(faults, test.fault)
			}
			b := newBench(t).withSandbox(faults...)
			if test.bench != nil {
				test.bench(b)
			}
			got := b.record(t.Context(), t, test.exit, "login")
			for _, part := range append(test.says, "What to do", fmt.Sprintf("Exit status %d", test.exit)) {
				if !strings.Contains(squeeze(got.screen), part) {
					t.Errorf("the first screen lacks %q: %s", part, squeeze(got.screen))
				}
			}
			var archive struct {
				Log struct {
					Implicit struct {
						Verdict struct{ Error struct{ Exit int } }
					} `json:"_implicit"`
				}
			}
			if err := json.Unmarshal([]byte(got.har), &archive); err != nil || archive.Log.Implicit.Verdict.Error.Exit != test.exit {
				t.Errorf("HAR: %v, error %+v", err, archive)
			}
		})
	}
}

func squeeze(text string) string { return strings.Join(strings.Fields(text), " ") }

func TestReportOfAValidLogin(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	got := b.record(t.Context(), t, 0, "login")
	for _, part := range []string{"Valid tokens", "5 hops", "passed"} {
		if !strings.Contains(got.screen, part) {
			t.Errorf("the first screen lacks %q: %s", part, squeeze(got.screen))
		}
	}
	for _, part := range []string{"<svg", "USERNAME_PASSWORD_REQUIRED", "at_hash", "client-id", "RS256", "access token"} {
		if !strings.Contains(got.page, part) {
			t.Errorf("the report lacks %q", part)
		}
	}
}

// Nothing that could be used is in a file, and with --redact-claims no user.
func TestFilesHoldNoSecret(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	var issued []string
	for _, args := range [][]string{{"login", "-o", "json"}, {"login", "-o", "json", "--redact-claims"}} {
		dir := t.TempDir()
		page, har := filepath.Join(dir, "run.html"), filepath.Join(dir, "run.har")
		result := b.run(append(args, "--report", page, "--har", har, "--userinfo")...).exits(0).object()
		issued = []string{b.env["IMPLICIT_PASSWORD"], result["state"].(string)}
		for _, name := range []string{"access_token", "id_token"} {
			issued = append(issued, strings.Split(result[name].(string), ".")[2])
		}
		if slices.Contains(args, "--redact-claims") {
			issued = append(issued, result["claims"].(map[string]any)["id_token"].(map[string]any)["sub"].(string))
		}
		for _, file := range []string{page, har} {
			text := readText(t, file)
			for _, secret := range issued {
				if strings.Contains(text, secret) || strings.Contains(text, url.QueryEscape(secret)) {
					t.Errorf("%q: %s holds %q", args, filepath.Base(file), secret)
				}
			}
		}
	}
}

// A secret that is equal to one of the page's own words neither breaks the page nor is
// shown by a gap.
func TestReportWhereASecretIsAnOrdinaryWord(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().set("IMPLICIT_PASSWORD", "Sequence")
	got := b.record(t.Context(), t, 3, "login")
	if !strings.Contains(got.page, "<h2>Sequence</h2>") || strings.Contains(got.page, "[redacted]</h2>") {
		t.Error("the page shows which word is the password")
	}
}

// The files are written when a signal ends the command too.
func TestReportOfAnInterruptedLogin(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox("slow:flow")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(&signalError{syscall.SIGINT})
	got := b.record(ctx, t, 130, "login")
	if !strings.Contains(got.screen, "Interrupted") || !strings.Contains(got.har, `"interrupted"`) {
		t.Errorf("first screen: %s", squeeze(got.screen))
	}
}

func TestOpenShowsTheReport(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	var opened string
	b.openFile = func(_ context.Context, path string) error { opened = path; return nil }
	page := filepath.Join(t.TempDir(), "a report.html")
	b.run("login", "--report", page, "--open").exits(0)
	if opened != page {
		t.Errorf("opened %q, expected %q", opened, page)
	}
	b.run("login", "--open").exits(2).says("--report")
}

// A pipeline that cannot change its command line gets the files by a variable.
func TestFilesByVariable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := newBench(t).withSandbox().set("IMPLICIT_DEBUG", "har:"+dir+",report:"+dir)
	b.run("login").exits(0)
	b.run("login").exits(0)
	for _, suffix := range []string{".har", ".html"} {
		if files, _ := filepath.Glob(filepath.Join(dir, "implicit-login-*"+suffix)); len(files) != 2 {
			t.Errorf("%s: found %q", suffix, files)
		}
	}
}

// Wrong settings leave the files as they are: there is no run to show.
func TestReportsOfAWrongCall(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().set("IMPLICIT_CLIENT_ID", "")
	old, none := filepath.Join(t.TempDir(), "a.har"), filepath.Join(t.TempDir(), "b.html")
	if err := os.WriteFile(old, []byte("of another run"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.run("login", "--har", old, "--report", none).exits(2).says("client-id")
	if text, _ := os.ReadFile(old); string(text) != "of another run" {
		t.Errorf("the archive was written: %s", text)
	}
	if _, err := os.Stat(none); err == nil {
		t.Error("a page was written")
	}
}

// A file that cannot be opened ends the command before anything is sent.
func TestReportThatCannotBeOpened(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	for _, flag := range []string{"--har", "--report"} {
		b.run("login", flag, filepath.Join(t.TempDir(), "none", "file")).exits(2).says(flag)
	}
	if lines := b.seen.lines(); len(lines) > 0 {
		t.Errorf("sent: %q", lines)
	}
}
