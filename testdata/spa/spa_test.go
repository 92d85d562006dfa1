// Package spa runs the tests of a single-page application against the sandbox,
// as another team would: with Playwright, and a library for OpenID Connect.
package spa

import (
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestInPlaywright(t *testing.T) {
	chromium := program(t, "chromium")
	program(t, "npm")
	bin := t.TempDir()
	run(t, nil, "go", "build", "-C", "../..", "-o", bin+"/implicit", "./cmd/implicit")
	if _, err := os.Stat("node_modules/.bin/playwright"); err != nil {
		run(t, nil, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	}
	env := []string{
		"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH"),
		"CHROMIUM=" + chromium, "APP_PORT=" + freePort(t), "SANDBOX_PORT=" + freePort(t), "CONTROL_PORT=" + freePort(t),
	}
	t.Run("application", func(t *testing.T) { run(t, env, "npm", "test") })
	t.Run("pages", func(t *testing.T) { run(t, env, "npm", "test", "--", "-c", "pages") })
}

// The page for other teams shows the files as they are tested here.
func TestThePageShowsTheseFiles(t *testing.T) {
	page := read(t, "../../docs/testing-with-playwright.md")
	for _, file := range []string{"tenant.yaml", "playwright.config.ts", "tests/sign-on.spec.ts"} {
		if !strings.Contains(page, "\n"+read(t, file)+"```\n") {
			t.Errorf("docs/testing-with-playwright.md does not show %s as it is", file)
		}
	}
}

// Each status that the sandbox reaches is in a row of the pages' tests.
func TestEveryStatusHasARow(t *testing.T) {
	rows := read(t, "pages/pages.spec.ts")
	statuses := regexp.MustCompile(`status\w+ += "([A-Z_]+)"`).FindAllStringSubmatch(read(t, "../../internal/sandbox/flow.go"), -1)
	if len(statuses) < 19 {
		t.Fatalf("internal/sandbox/flow.go lists %d statuses", len(statuses))
	}
	for _, s := range statuses {
		if s[1] != "COMPLETED" && !strings.Contains(rows, "name: '"+s[1]) && !strings.Contains(rows, ", "+s[1]) {
			t.Errorf("pages/pages.spec.ts has no row for %s", s[1])
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
	case strings.Contains(os.Getenv("IMPLICIT_TEST_REQUIRE"), "browser"):
		t.Fatalf("%s is not installed, and IMPLICIT_TEST_REQUIRE asks for it", name)
	default:
		t.Skip(name + " is not installed")
	}
	return path
}

func run(t *testing.T, env []string, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	t.Logf("%s", out)
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}
