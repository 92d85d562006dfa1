package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/fault"
)

// TestGoldenScreens compares whole screens with testdata/golden, at 80 and at 40
// columns, with and without colour. IMPLICIT_UPDATE_GOLDEN=1 writes them anew; look
// at them then.
func TestGoldenScreens(t *testing.T) {
	if testing.Short() {
		t.Skip("a matrix of screens")
	}
	t.Parallel()
	for _, screen := range []struct {
		name     string
		switches []string
		user     string
		before   []string
		args     []string
	}{
		{name: "login", args: []string{"login"}},
		{name: "login-narrowed", switches: []string{"scope-narrowed"}, args: []string{"login", "--scope", "openid profile email"}},
		{name: "failed-check", switches: []string{"wrong-nonce"}, args: []string{"login"}},
		{name: "refused", args: []string{"login", "--client-id", "c11e0000-0000-4000-8000-00000000ffff"}},
		{name: "person-needed", user: "totp", args: []string{"login", "--acr-values", "Multi_Factor"}},
		{name: "status", before: []string{"login"}, args: []string{"status"}},
		{name: "doctor", args: []string{"doctor"}},
		{name: "doctor-failed", args: []string{"doctor", "--redirect-uri", "https://app.example.com/callback/"}},
		{name: "config-init", args: []string{"config", "init", "--sandbox"}},
	} {
		t.Run(screen.name, func(t *testing.T) {
			t.Parallel()
			for _, width := range []int{80, 40} {
				for _, color := range []string{"", "-color"} {
					b := newBench(t).withSandbox(screen.switches...).set("IMPLICIT_STORE", "file")
					started := time.Now().Truncate(time.Second)
					b.now = func() time.Time { return started }
					if screen.user != "" {
						b.user(screen.user)
					}
					if color == "" {
						b.set("NO_COLOR", "1")
					}
					if screen.before != nil {
						b.run(screen.before...).exits(0)
					}
					compareGolden(t, fmt.Sprintf("%s-%d%s", screen.name, width, color), b.screen(width, screen.args...))
				}
			}
		})
	}
}

// screen is what a user at a terminal sees of a command.
func (b *bench) screen(width int, args ...string) string {
	b.t.Helper()
	var out bytes.Buffer
	run(context.Background(), b.onTerminal(&out, width), args)
	return b.same(out.String())
}

func (b *bench) onTerminal(out io.Writer, width int) *app {
	a := b.app(strings.NewReader(""), out, out)
	a.outTerminal, a.errTerminal, a.width, a.errWidth = true, true, func() int { return width }, func() int { return width }
	return a
}

// same is a text with what differs from run to run made the same.
func (b *bench) same(text string) string {
	text = strings.ReplaceAll(text, b.home, "/home/jane")
	for _, same := range [][2]string{
		{`(?s)^.*\r\x1b\[K`, ""}, // progress, which is gone at the end
		{`(ID:\s+)[0-9a-f]{8}-[0-9a-f-]{27}`, "${1}0c0rre1a-0000-4000-8000-000000000000"},
		{`127\.0\.0\.1:\d+`, "127.0.0.1:44300"}, {`\d{4}-\d\d-\d\d`, "2026-01-02"}, {`\d\d:\d\d:\d\d`, "03:04:05"},
		{`(expected +)"[\w-]{6}…"`, `$1"random…"`}, {`"not-[\w-]{2}…"`, `"not-ra…"`},
		{`(flow |/flows/)[0-9a-f]{8}…`, "${1}f1000000…"}, {`(/|ca-)\d{5}\.(env|pem)`, "${1}44300.$2"},
		{`(ID:\s+)[0-9a-f]{8}-[0-9a-f-]{27}`, "${1}0c0rre1a-0000-4000-8000-000000000000"},
	} {
		text = regexp.MustCompile(same[0]).ReplaceAllString(text, same[1])
	}
	return text
}

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	screen, _, _ := strings.Cut(got, "Requests, until Ctrl-C") // a log goes on
	if strings.Contains(name, "-80") && strings.Count(screen, "\n") > 24 {
		t.Errorf("%s is longer than a screen:\n%s", name, got)
	}
	path := filepath.Join("..", "..", "testdata", "golden", name+".txt")
	if os.Getenv("IMPLICIT_UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s has changed; look at it, then IMPLICIT_UPDATE_GOLDEN=1 writes it anew\ngot:\n%s\nexpected:\n%s", path, got, want)
	}
}

// TestGoldenServers looks at the panels of the sandbox and the proxy, and at the log of
// a login and a refusal.
func TestGoldenServers(t *testing.T) {
	if testing.Short() {
		t.Skip("a matrix of screens")
	}
	t.Parallel()
	for _, width := range []int{80, 40} {
		for _, color := range []string{"", "-color"} {
			b := newBench(t).set("IMPLICIT_STORE", "none")
			if color == "" {
				b.set("NO_COLOR", "1")
			}
			compareGolden(t, fmt.Sprintf("sandbox-%d%s", width, color), b.sandboxScreen(width))
			compareGolden(t, fmt.Sprintf("proxy-%d%s", width, color), b.proxyScreen(width))
		}
	}
}

func (b *bench) sandboxScreen(width int) string {
	b.t.Helper()
	shown := b.serverScreen(width, func(string) {
		for name, value := range variablesIn(b.t, filepath.Join(b.home, "state", "sandbox", "*.env")) {
			b.set(name, value)
		}
		b.run("login", "--response-type", "id_token").exits(0)
		b.user("expired").run("login").exits(4)
		b.run("login", "--client-id", "c11e0000-0000-4000-8000-00000000ffff").exits(3)
	}, "sandbox")
	return b.same(keys.ReplaceAllString(shown, "")) // the client fetches them at any time
}

// proxyScreen is the panel, and the log of a request and a refusal.
func (b *bench) proxyScreen(width int) string {
	b.t.Helper()
	b.withSandbox().set("IMPLICIT_STORE", "none")
	shown := b.serverScreen(width, func(panel string) {
		p := &running{t: b.t, url: regexp.MustCompile(`http://127[\d.:]+`).FindString(panel), key: regexp.MustCompile(`  key\s+(\S{43})`).FindStringSubmatch(panel)[1]}
		p.get("/userinfo?schema=openid")
		p.key = ""
		p.get("/userinfo")
	}, "proxy", "--to", b.env["IMPLICIT_AUTH_URL"]+"/as")
	return b.same(regexp.MustCompile(`\d+ ms`).ReplaceAllString(regexp.MustCompile(`[\w-]{43}`).ReplaceAllString(shown, strings.Repeat("k", 43)), "1 ms"))
}

// serverScreen is what a server shows on a terminal, up to its end, while it is used.
func (b *bench) serverScreen(width int, use func(panel string), args ...string) string {
	b.t.Helper()
	screen := filepath.Join(b.t.TempDir(), "screen")
	out, err := os.Create(screen)
	if err != nil {
		b.t.Fatal(err)
	}
	defer out.Close()
	text := func() string { data, _ := os.ReadFile(screen); return string(data) }
	a := b.onTerminal(out, width)
	ctx, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, a, args) }()
	for !strings.Contains(text(), "Requests") {
		select {
		case <-ended:
			b.t.Fatalf("%s has ended:\n%s", args[0], text())
		case <-time.After(10 * time.Millisecond):
		}
	}
	use(text())
	stop(&signalError{os.Interrupt})
	if found := <-ended; found != fault.ExitInterrupted {
		b.t.Errorf("%s: exit status %d", args[0], found)
	}
	return text()
}

var keys = regexp.MustCompile(`(?m)^.*GET   /as/jwks\n`)

// variablesIn reads the one file that matches, which --write-env wrote.
func variablesIn(t *testing.T, pattern string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	variables := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^export (\w+)='(.*)'$`).FindAllStringSubmatch(string(data), -1) {
		variables[m[1]] = m[2]
	}
	return variables
}
