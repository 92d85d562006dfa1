package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
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

// screen is what a user at a terminal sees of a command, with what differs from run
// to run made the same without changing its length.
func (b *bench) screen(width int, args ...string) string {
	b.t.Helper()
	var out bytes.Buffer
	a := b.app(strings.NewReader(""), &out, &out)
	a.outTerminal, a.errTerminal, a.width = true, true, func() int { return width }
	run(context.Background(), a, args)
	text := strings.ReplaceAll(out.String(), b.home, "/home/jane")
	for _, same := range [][2]string{
		{`(?s)^.*\r\x1b\[K`, ""}, // progress, which is gone at the end
		{`(ID:\s+)[0-9a-f]{8}-[0-9a-f-]{27}`, "${1}0c0rre1a-0000-4000-8000-000000000000"},
		{`127\.0\.0\.1:\d+`, "127.0.0.1:44300"}, {`\d{4}-\d\d-\d\d`, "2026-01-02"}, {`\d\d:\d\d:\d\d`, "03:04:05"},
		{`(expected +)"[\w-]{6}…"`, `$1"random…"`}, {`"not-[\w-]{2}…"`, `"not-ra…"`},
		{`ID: [0-9a-f]{8}-[0-9a-f-]{27}`, "ID: 0c0rre1a-0000-4000-8000-000000000000"},
	} {
		text = regexp.MustCompile(same[0]).ReplaceAllString(text, same[1])
	}
	return text
}

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	if strings.Contains(name, "-80") && strings.Count(got, "\n") > 24 {
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
