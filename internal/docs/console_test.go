//go:build unix

package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// TestConsole runs the blocks marked console of each document, in order, in one
// shell with an empty home directory and the settings of a sandbox, and compares
// what they print with what the document shows: numbers, UUIDs and … may differ.
// A test server answers for https://api.example.com.
func TestConsole(t *testing.T) {
	for _, tool := range []string{"bash", "curl", "jq"} {
		if !installed(t, tool) {
			t.Skipf("needs %s, which is not installed here", tool)
		}
	}
	p := theProgram(t)
	for file, text := range documents(t) {
		if steps := stepsOf(t, text); len(steps) > 0 {
			t.Run(file, func(t *testing.T) { play(t, newStage(t, p), file, steps) })
		}
	}
}

func installed(t *testing.T, tool string) bool {
	t.Helper()
	_, err := exec.LookPath(tool)
	if err != nil && slices.Contains(strings.Split(os.Getenv("IMPLICIT_TEST_REQUIRE"), ","), "documents") {
		t.Fatalf("needs %s, and IMPLICIT_TEST_REQUIRE asks for it", tool)
	}
	return err == nil
}

// stage is what the commands of a document find around them.
type stage struct {
	home string
	env  []string
}

func newStage(t *testing.T, p *program) stage {
	t.Helper()
	home := t.TempDir()
	srv, err := sandbox.Start(t.Context(), sandbox.Options{Keys: sandbox.SharedKeys()}, sandbox.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	its, ca := srv.Settings(), filepath.Join(home, "sandbox-ca.pem")
	put(t, ca, srv.CACert, 0o600)
	bin := filepath.Join(home, "bin")
	put(t, filepath.Join(bin, "curl"), curl(t, newAPI(t)), 0o700)
	return stage{home: home, env: []string{
		"HOME=" + home, "PATH=" + strings.Join([]string{bin, filepath.Dir(p.file), os.Getenv("PATH")}, ":"), "CI=true", "DIRENV_LOG_FORMAT=", "TMPDIR=" + home,
		"IMPLICIT_AUTH_URL=" + its.AuthURL, "IMPLICIT_CLIENT_ID=" + its.ClientID, "IMPLICIT_REDIRECT_URI=https://app.example.com/callback",
		"IMPLICIT_USERNAME=" + its.Users[0].Username, "IMPLICIT_PASSWORD=" + its.Users[0].Password,
		"IMPLICIT_CA_CERT=" + ca, "CURL_CA_BUNDLE=" + ca, "NO_PROXY=*",
	}}
}

// newAPI is a server that answers who brings a token.
func newAPI(t *testing.T) *httptest.Server {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Count(r.Header.Get("Authorization"), ".") != 2 || !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer eyJ") {
			http.Error(w, "no token", http.StatusUnauthorized)
			return
		}
		fmt.Fprintln(w, "[]")
	}))
	t.Cleanup(api.Close)
	return api
}

// curl is a program of that name which goes to the API where the document says
// https://api.example.com.
func curl(t *testing.T, api *httptest.Server) []byte {
	t.Helper()
	real, err := exec.LookPath("curl")
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Appendf(nil, "#!/bin/bash\nexec %s \"${@//https:\\/\\/api.example.com/%s}\"\n", real, api.URL)
}

func put(t *testing.T, file string, data []byte, mode os.FileMode) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(file), 0o700)
	if err == nil {
		err = os.WriteFile(file, data, mode)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// step is one command of a document and the lines shown under it.
type step struct {
	line    int
	command string
	shown   []string
}

// stepsOf returns the commands of the blocks marked console, and of those marked
// console needs: TOOL where that tool is installed.
func stepsOf(t *testing.T, text string) (steps []step) {
	t.Helper()
	in, continued := false, false
	for n, line := range strings.Split(text, "\n") {
		last := len(steps) - 1
		switch command, isCommand := strings.CutPrefix(line, "$ "); {
		case strings.HasPrefix(line, "```"):
			tool, needs := strings.CutPrefix(line, "```console needs: ")
			in = line == "```console" || needs && installed(t, tool)
		case !in:
		case isCommand:
			steps = append(steps, step{line: n + 1, command: command})
			continued = strings.HasSuffix(line, `\`)
		case continued && last >= 0:
			steps[last].command += "\n" + line
			continued = strings.HasSuffix(line, `\`)
		case last >= 0:
			steps[last].shown = append(steps[last].shown, line)
		}
	}
	return steps
}

const marker = "@@@ step "

func play(t *testing.T, on stage, file string, steps []step) {
	script := "set -e -o pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n"
	for i, s := range steps {
		script += fmt.Sprintf("echo; echo '%s%d'\n%s\n", marker, i, s.command)
	}
	cmd := exec.CommandContext(t.Context(), "bash", "-c", script)
	cmd.Dir, cmd.Env = on.home, on.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // all that it starts ends with it
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 10 * time.Second // for a block that leaves a program running in the background
	out, err := cmd.CombinedOutput()
	_ = cmd.Cancel()
	printed := strings.Split(string(out), "\n"+marker)[1:]
	if err != nil {
		s := steps[max(0, len(printed)-1)]
		t.Fatalf("%s:%d: $ %s: %v; it printed\n%s", file, s.line, s.command, err, printed[max(0, len(printed)-1):])
	}
	for i, s := range steps {
		_, got, _ := strings.Cut(printed[i], "\n")
		if !matches(s.shown, got) {
			t.Errorf("%s:%d: $ %s: it prints\n%s", file, s.line, s.command, got)
		}
	}
}

var (
	uuid   = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	number = regexp.MustCompile(`[0-9]+`)
)

// matches says whether the lines shown, in their order, are what was printed.
// A line … matches any number of lines.
func matches(shown []string, printed string) bool {
	if len(shown) == 0 {
		return true
	}
	pattern := "(?s)^"
	for _, line := range shown {
		if strings.TrimSpace(line) == "…" {
			pattern += ".*"
			continue
		}
		pattern += strings.ReplaceAll(regexp.QuoteMeta(plain(line)), "…", "[^\n]*") + "\n"
	}
	return regexp.MustCompile(pattern + "\n*$").MatchString(plain(printed))
}

func plain(text string) string { return number.ReplaceAllString(uuid.ReplaceAllString(text, "U"), "0") }

func TestMatches(t *testing.T) {
	for _, row := range []struct {
		shown   string
		printed string
		want    bool
	}{
		{"a 12", "a 345\n", true},
		{"a", "b\n", false},
		{"a", "a\nb\n", false},
		{"a\n…", "a\nb\nc\n", true},
		{"a\n…\nd", "a\nb\nc\n", false},
		{"id 8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5", "id " + "0e5a11ab-1e00-4000-8000-00005a4db0c5\n", true},
		{"eyJ…", "eyJabc.def\n", true},
		{"eyJ…", "abc\n", false},
	} {
		if got := matches(strings.Split(row.shown, "\n"), row.printed); got != row.want {
			t.Errorf("matches(%s, %s) = %s", strconv.Quote(row.shown), strconv.Quote(row.printed), strconv.FormatBool(got))
		}
	}
}

// TestBlocksAreRun: a block of commands is run by [TestConsole], or says why not.
func TestBlocksAreRun(t *testing.T) {
	run, not := 0, 0
	for file, text := range documents(t) {
		fenced := false
		for n, line := range strings.Split(text, "\n") {
			info, fence := strings.CutPrefix(strings.TrimSpace(line), "```")
			if !fence {
				continue
			}
			if fenced = !fenced; !fenced {
				continue
			}
			language, rest, _ := strings.Cut(info, " ")
			reason, excused := strings.CutPrefix(rest, "no-run: ")
			switch {
			case slices.Contains([]string{"sh", "bash", "shell", ""}, language):
				t.Errorf("%s:%d: write console, so that the commands are run, or console no-run: REASON", file, n+1)
			case language == "console" && (rest == "" || strings.HasPrefix(rest, "needs: ")):
				run++
			case language == "console" && (!excused || reason == ""):
				t.Errorf("%s:%d: expected no-run: REASON, found %q", file, n+1, rest)
			case language == "console":
				not++
			}
		}
	}
	t.Logf("%d blocks of commands are run, %d say why they are not", run, not)
}
