package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/internal/state"
)

// withSandboxClock starts a sandbox that goes by the bench's clock.
func (b *bench) withSandboxClock(switches ...string) *bench {
	b.t.Helper()
	return b.withSandboxOptions(sandbox.Options{Switches: switches, Now: func() time.Time { return b.now() }})
}

// authorized begins a sign-on and returns the flow's ID.
func (b *bench) authorized(args ...string) string {
	b.t.Helper()
	id, _ := b.run(append([]string{"authorize", "-o", "json"}, args...)...).exits(0).object()["flow_id"].(string)
	if id == "" {
		b.t.Fatal("authorize printed no flow_id")
	}
	return id
}

// The documentation's calls, one after the other: each command leaves what the
// next one needs.
func TestStepByStep(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	for _, mode := range []string{"fragment", "form_post", "pi.flow"} {
		for _, reading := range []string{"", "cookies-at-authorize", "cookies-on-every-leg", "new-flow-id", "inline-response", "load-balancer-cookie"} {
			t.Run(mode+" "+reading, func(t *testing.T) {
				b.on(t)
				if reading != "" {
					b.turn(reading, true)
					defer b.turn(reading, false)
				}
				id := b.authorized("--response-mode", mode)
				shown := b.run("flow", "show", id, "-o", "json").exits(0).object()
				if shown["status"] != "USERNAME_PASSWORD_REQUIRED" || shown["flow_id"] != id {
					t.Errorf("flow show: %v", shown)
				}
				done := b.run("flow", "submit", id, "-o", "json").exits(0).object()
				if done["status"] != "COMPLETED" {
					t.Errorf("flow submit: %v", done)
				}
				out := b.run("resume", done["flow_id"].(string), "-o", "json").exits(0).object()
				if out["valid"] != true || out["access_token"] == nil || out["id_token"] == nil {
					t.Errorf("resume: %v", out)
				}
				b.run("resume", done["flow_id"].(string)).exits(2).says("no saved state for flow")
			})
		}
	}
}

func TestStepsInWords(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	r := b.run("authorize").exits(0)
	id := b.authorized()
	for _, part := range []string{"HTTP 302 Found", "Location", "sign-on URL", "flow ID", "Next: implicit flow show "} {
		if !strings.Contains(r.out, part) {
			t.Errorf("authorize lacks %q:\n%s", part, r.out)
		}
	}
	shown := b.run("flow", "show", id).exits(0)
	for _, part := range []string{"USERNAME_PASSWORD_REQUIRED", "username, password", "usernamePassword.check", "Next: implicit flow submit " + id} {
		if !strings.Contains(shown.out, part) {
			t.Errorf("flow show lacks %q:\n%s", part, shown.out)
		}
	}
	if sent := b.run("flow", "submit", id).exits(0); !strings.Contains(sent.out, "Next: implicit resume "+id) {
		t.Errorf("flow submit:\n%s", sent.out)
	}
}

// Each file of a flow is its owner's alone, and goes with resume.
func TestFilesOfAFlow(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	id := b.authorized()
	files := b.files()
	if len(files) == 0 {
		t.Fatal("nothing is kept")
	}
	for path, info := range files {
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %v", path, info.Mode())
		}
		if dir, err := os.Stat(filepath.Dir(path)); err != nil || dir.Mode().Perm() != 0o700 {
			t.Errorf("%s: its directory has the mode %v (%v)", path, dir.Mode(), err)
		}
	}
	b.run("flow", "submit", id).exits(0)
	b.run("resume", id).exits(0)
	for path := range b.files() {
		if strings.Contains(path, id) {
			t.Errorf("%s still exists after resume", path)
		}
	}
}

func TestFlowIsForgottenAfterFifteenMinutes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	b.now = func() time.Time { return now }
	b.withSandboxClock()
	id := b.authorized()
	now = now.Add(15*time.Minute + time.Second)
	before := len(b.seen.all())
	b.run("resume", id).exits(2).says("no saved state for flow " + id)
	if n := len(b.seen.all()); n != before {
		t.Errorf("%d requests were sent for a flow that is forgotten", n-before)
	}
	for path := range b.files() {
		if strings.Contains(path, id) {
			t.Errorf("%s still exists", path)
		}
	}
}

// Another user's or a readable file is not believed.
func TestFlowFileOfOthers(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	id := b.authorized()
	for path := range b.files() {
		if strings.Contains(path, id) {
			if err := os.Chmod(path, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if r := b.run("resume", id); r.exit == 0 || !strings.Contains(r.errOut, "0644") {
		t.Errorf("exit status %d: %s", r.exit, r.errOut)
	}
}

func TestResumeTwice(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox("cookies-at-authorize")
	id := b.authorized()
	b.run("flow", "submit", id).exits(0)
	cookie := b.cookie("ST")
	b.run("resume", id).exits(0)
	b.set("IMPLICIT_SESSION_TOKEN", cookie).run("resume", id).exits(3).says("unknown or expired")
}

func TestResumeOfAnUnfinishedFlow(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	for _, reading := range []string{"", "unfinished-resume-400"} {
		if reading != "" {
			b.turn(reading, true)
		}
		id := b.authorized()
		r := b.run("resume", id).exits(3)
		if r.out != "" {
			t.Errorf("standard output: %s", r.out)
		}
	}
}

// A flow that another program began: the session cookie is in a variable or
// a file, what is not known of the request is skipped and not made up.
func TestResumeWithTheCookieAtHand(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"variable", "file"} {
		b := newBench(t).withSandbox("cookies-at-authorize")
		id := b.authorized()
		b.run("flow", "submit", id).exits(0)
		cookie := b.cookie("ST")
		b.dirs.State = state.At(filepath.Join(b.home, "elsewhere"))
		b.run("resume", id).exits(2).says("IMPLICIT_SESSION_TOKEN")
		args := []string{"resume", id, "-o", "json"}
		if way == "variable" {
			b.set("IMPLICIT_SESSION_TOKEN", cookie)
		} else {
			file := filepath.Join(b.home, "cookie")
			if err := os.WriteFile(file, []byte(cookie+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			args = append(args, "--session-token-file", file)
		}
		out := b.run(args...).exits(0).object()
		if statusOf(out, "state") != "skip" || statusOf(out, "nonce") != "skip" || statusOf(out, "signature") != "pass" {
			t.Errorf("%s: checks %v", way, out["checks"])
		}
	}
}

func TestResumeWithAWrongCookie(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	for _, reading := range []string{"", "resume-without-cookie-200"} {
		for _, mode := range []string{"fragment", "pi.flow"} {
			b.set("IMPLICIT_SESSION_TOKEN", "")
			if reading != "" {
				b.turn(reading, true)
			}
			id := b.authorized("--response-mode", mode)
			b.run("flow", "submit", id).exits(0)
			b.set("IMPLICIT_SESSION_TOKEN", "00000000-0000-4000-8000-000000000000")
			if r := b.run("resume", id).exits(3); r.out != "" {
				t.Errorf("standard output: %s", r.out)
			}
		}
	}
}

func TestSubmitWhatIsNotOffered(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	id := b.authorized()
	b.run("flow", "submit", id, "otp.check").exits(3).says("otp.check", "usernamePassword.check")
	b.run("flow", "submit", id, "--field", "otp=123456").exits(2).says("secret", "--fields-stdin")
	b.run("flow", "submit", id, "--field", "name.given=Jane").exits(2).says("name.given", "username")
	b.runInput("no json", "flow", "submit", id, "usernamePassword.check", "--fields-stdin").exits(2).says("expected a JSON object")
	done := b.runInput(`{"username":"plain","password":"fake-password-1"}`, "flow", "submit", id, "usernamePassword.check", "--fields-stdin", "-o", "json").exits(0).object()
	if done["username"] != "plain" {
		t.Errorf("a user name that was given is no secret: %v", done)
	}
	b.run("flow", "submit", id).exits(3).says("COMPLETED")
}

func TestFlowIDsThatAreNone(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	for _, id := range []string{"../../etc/passwd", "a/b", "", " ", strings.Repeat("x", 65), "a?b", "\x00"} {
		for _, command := range [][]string{{"flow", "show"}, {"flow", "submit"}, {"resume"}} {
			if r := b.run(append(command, "--", id)...); r.exit != 2 {
				t.Errorf("%q %q: exit status %d: %s", command, id, r.exit, r.errOut)
			}
		}
	}
	if n := len(b.seen.all()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// Without a home directory nothing can be kept; what needs no file works.
func TestWithoutAHomeDirectory(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	b.dirs = state.Find(func(string) string { return "" }, "linux", func() (string, error) { return "", os.ErrNotExist })
	b.run("login").exits(0)
	b.run("authorize").exits(0).says("warning")
	b.run("version").exits(0)
	b.run("parse", "#access_token=a&state=b").exits(0)
}

// files returns every file that the commands left.
func (b *bench) files() map[string]fs.FileInfo {
	b.t.Helper()
	found := map[string]fs.FileInfo{}
	err := filepath.WalkDir(b.home, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		found[path] = info
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return found
}

// cookie returns the last value of a cookie that was sent to the sandbox.
func (b *bench) cookie(name string) (value string) {
	for _, req := range b.seen.all() {
		for _, c := range req.CookiesNamed(name) {
			value = c.Value
		}
	}
	if value == "" {
		b.t.Fatalf("no cookie %s was sent", name)
	}
	return value
}

// statusOf returns the status of a check of a result object.
func statusOf(object map[string]any, name string) string {
	checks, _ := object["checks"].([]any)
	for _, c := range checks {
		if check, ok := c.(map[string]any); ok && check["name"] == name {
			status, _ := check["status"].(string)
			return status
		}
	}
	return ""
}

// What is no cookie value is not sent as one.
func TestSessionTokenThatIsNone(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	id := b.authorized()
	b.seen.reset()
	for _, value := range []string{"a\nb", "ST=a; Path=/", "a b", "ä", `"a"`} {
		b.set("IMPLICIT_SESSION_TOKEN", value)
		if r := b.run("flow", "show", id); r.exit != 2 || strings.Contains(r.errOut, value) {
			t.Errorf("%q: exit status %d: %s", value, r.exit, r.errOut)
		}
	}
	if n := len(b.seen.all()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}
