package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/internal/state"
)

// bench is one machine for tests: a home directory, variables, a clock, and
// often a sandbox. Commands run on it as in a process of their own.
type bench struct {
	t      *testing.T
	home   string
	env    map[string]string
	dirs   state.Dirs
	now    func() time.Time
	sleep  func(ctx context.Context, d time.Duration) error
	change func(*app)
	srv    *sandbox.Server
	seen   *requests
	full   bool                                            // the disk behind standard output
	open   func(ctx context.Context, address string) error // the browser; nil: none

	openFile func(ctx context.Context, path string) error
}

func newBench(t *testing.T) *bench {
	t.Helper()
	home := t.TempDir()
	env := map[string]string{"HTTPS_PROXY": os.Getenv("HTTPS_PROXY")} // TestMain's trap
	return &bench{t: t, home: home, env: env, now: time.Now, sleep: noWait, dirs: state.Dirs{
		Config: state.At(filepath.Join(home, "config")), State: state.At(filepath.Join(home, "state")), Cache: state.At(filepath.Join(home, "cache")),
	}}
}

// noWait is a sleep that takes no time: for the pauses between two tries.
func noWait(ctx context.Context, _ time.Duration) error { return context.Cause(ctx) }

// requests are what reached the sandbox.
type requests struct {
	mu    sync.Mutex
	list  []*http.Request
	conns map[string]bool

	// instead answers in the sandbox's place where it returns true; the body has
	// been read.
	instead func(w http.ResponseWriter, r *http.Request, body string) bool
}

func (r *requests) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		req.Body = io.NopCloser(bytes.NewReader(body))
		seen := req.Clone(context.Background())
		seen.Body = io.NopCloser(bytes.NewReader(body))
		r.mu.Lock()
		r.list = append(r.list, seen)
		if !strings.HasSuffix(req.URL.Path, "/as/jwks") { // the keys are fetched in the background
			r.conns[req.RemoteAddr] = true
		}
		instead := r.instead
		r.mu.Unlock()
		if instead == nil || !instead(w, req, string(body)) {
			next.ServeHTTP(w, req)
		}
	})
}

// answerWith sets instead. The keys may be on their way meanwhile.
func (r *requests) answerWith(instead func(w http.ResponseWriter, r *http.Request, body string) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.instead = instead
}

// lines returns "METHOD last/path" of every request but those for the keys.
func (r *requests) lines() (lines []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, req := range r.list {
		path := strings.TrimPrefix(req.URL.Path, "/"+sandbox.EnvironmentID)
		if strings.HasPrefix(path, "/flows/") {
			path = "/flows"
		}
		if path != "/as/jwks" {
			lines = append(lines, req.Method+" "+path)
		}
	}
	return lines
}

func (r *requests) count(path string) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, req := range r.list {
		if strings.HasSuffix(req.URL.Path, path) {
			n++
		}
	}
	return n
}

// withSandbox starts a sandbox with the switches and points the settings at its
// first application and user.
func (b *bench) withSandbox(switches ...string) *bench {
	b.t.Helper()
	return b.withSandboxOptions(sandbox.Options{Switches: switches})
}

func (b *bench) withSandboxOptions(o sandbox.Options) *bench {
	b.t.Helper()
	b.seen = &requests{conns: map[string]bool{}}
	o.Keys = sandbox.SharedKeys()
	srv, err := sandbox.Start(context.Background(), o, sandbox.ListenOptions{Wrap: b.seen.wrap})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { srv.Close() })
	b.srv = srv
	settings := srv.Settings()
	ca := filepath.Join(b.t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, srv.CACert, 0o600); err != nil {
		b.t.Fatal(err)
	}
	for name, value := range map[string]string{
		"IMPLICIT_AUTH_URL": settings.AuthURL, "IMPLICIT_CLIENT_ID": settings.ClientID, "IMPLICIT_REDIRECT_URI": "https://app.example.com/callback",
		"IMPLICIT_CA_CERT": ca, "IMPLICIT_USERNAME": settings.Users[0].Username, "IMPLICIT_PASSWORD": settings.Users[0].Password,
		"IMPLICIT_TIMEOUT": "30s", "IMPLICIT_STORE": "none",
	} {
		b.env[name] = value
	}
	return b
}

// set changes a variable for the commands that follow.
func (b *bench) set(name, value string) *bench {
	b.env[name] = value
	return b
}

// user signs on as another of the sandbox's users.
func (b *bench) user(name string) *bench {
	b.t.Helper()
	for _, u := range sandbox.Users() {
		if u.Username == name {
			return b.set("IMPLICIT_USERNAME", u.Username).set("IMPLICIT_PASSWORD", u.Password)
		}
	}
	b.t.Fatalf("the sandbox has no user %s", name)
	return b
}

// application asks as another of the sandbox's applications: the one whose
// client ID ends so.
func (b *bench) application(end string) *bench {
	b.t.Helper()
	for _, app := range sandbox.Applications() {
		if strings.HasSuffix(app.ClientID, end) {
			return b.set("IMPLICIT_CLIENT_ID", app.ClientID)
		}
	}
	b.t.Fatalf("the sandbox has no application %s", end)
	return b
}

// ran is what a command left behind.
type ran struct {
	t      *testing.T
	exit   int
	out    string
	errOut string
}

func (b *bench) run(args ...string) ran { return b.runInput("", args...) }

func (b *bench) runInput(input string, args ...string) ran {
	b.t.Helper()
	return b.runContext(context.Background(), strings.NewReader(input), args...)
}

func (b *bench) runContext(ctx context.Context, in io.Reader, args ...string) ran {
	b.t.Helper()
	var out, errOut bytes.Buffer
	a := b.app(in, &out, &errOut)
	if b.change != nil {
		b.change(a)
	}
	if b.full {
		a.out = &output{w: fullDisk{}}
	}
	exit := run(ctx, a, args)
	return ran{b.t, exit, out.String(), errOut.String()}
}

// app is a process on the bench.
func (b *bench) app(in io.Reader, out, errOut io.Writer) *app {
	return &app{
		in: in, out: &output{w: out}, errOut: errOut, getenv: func(name string) string { return b.env[name] },
		lookPath: func(name string) (string, error) { return "", exec.ErrNotFound }, goos: "linux", open: b.open, openFile: b.openFile,
		now: b.now, sleep: b.sleep, random: rand.Reader, dirs: b.dirs, version: "test",
	}
}

// exits fails the test where the status is another.
func (r ran) exits(status int) ran {
	r.t.Helper()
	if r.exit != status {
		r.t.Fatalf("exit status %d, expected %d\nstdout: %s\nstderr: %s", r.exit, status, r.out, r.errOut)
	}
	return r
}

// says fails the test where standard error lacks a part.
func (r ran) says(parts ...string) ran {
	r.t.Helper()
	for _, part := range parts {
		if !strings.Contains(r.errOut, part) {
			r.t.Fatalf("standard error lacks %q:\n%s", part, r.errOut)
		}
	}
	return r
}

// object reads standard output as one JSON object.
func (r ran) object() map[string]any {
	r.t.Helper()
	var v map[string]any
	dec := json.NewDecoder(strings.NewReader(r.out))
	if err := dec.Decode(&v); err != nil {
		r.t.Fatalf("standard output is no JSON object: %v\n%s", err, r.out)
	}
	if dec.More() {
		r.t.Fatalf("standard output holds more than one object:\n%s", r.out)
	}
	return v
}
