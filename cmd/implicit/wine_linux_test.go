package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestWindows runs the Windows program under Wine: scripts, and what needs a
// console, a browser or several processes. It takes a minute, so only .ci/run
// windows asks for it.
func TestWindows(t *testing.T) {
	if !strings.Contains(os.Getenv("IMPLICIT_TEST_REQUIRE"), "wine") {
		t.Skip("run .ci/run windows")
	}
	w := newWindows(t)
	t.Run("scripts", func(t *testing.T) { testscript.Run(t, w.scripts(t)) })
	t.Run("password at the console", w.consolePassword)
	t.Run("Ctrl-C at the console", w.consoleInterrupt)
	t.Run("colours at the console", w.consoleColors)
	t.Run("sandbox at the console", w.consoleSandbox)
	t.Run("browser", w.browser)
	t.Run("ten at once", w.tenAtOnce)
}

// windows is the program, and a prepared Wine directory that each test copies.
type windows struct{ program, prefix string }

// prng is a library of Windows 10 that Go needs and Wine 8 lacks.
const prng = `#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) { return SystemFunction036(data, (ULONG)size); }
`

func newWindows(t *testing.T) *windows {
	dir := t.TempDir()
	w := &windows{program: filepath.Join(dir, "implicit.exe"), prefix: filepath.Join(dir, "prefix")}
	do := func(env []string, argv ...string) {
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.Env = append(os.Environ(), env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", argv, err, out)
		}
	}
	source := filepath.Join(dir, "prng.c")
	if err := os.WriteFile(source, []byte(prng), 0o600); err != nil {
		t.Fatal(err)
	}
	do([]string{"GOOS=windows", "CGO_ENABLED=0", "HTTPS_PROXY="}, "go", "build", "-trimpath", "-o", w.program, ".")
	do(w.environ(w.prefix), "wineboot", "--init")
	do(w.environ(w.prefix), "wineserver", "--wait")
	do(nil, "x86_64-w64-mingw32-gcc", "-shared", "-O2", "-o", filepath.Join(w.prefix, "drive_c/windows/system32/bcryptprimitives.dll"), source, "-ladvapi32")
	return w
}

func (w *windows) environ(prefix string) []string {
	return []string{"WINEPREFIX=" + prefix, "WINEARCH=win64", "WINEDEBUG=-all", "HOME=" + filepath.Dir(prefix), "TMPDIR=" + filepath.Dir(prefix), "WINEPATH=Z:" + filepath.Dir(w.program)}
}

// machine is the start of a command on a Windows of its own, whose system files
// are shared.
func (w *windows) machine(t *testing.T) *exec.Cmd {
	t.Helper()
	prefix := filepath.Join(t.TempDir(), "prefix")
	registry, err := filepath.Glob(filepath.Join(w.prefix, "*.reg"))
	if err == nil {
		err = exec.Command("cp", "-al", w.prefix, prefix).Run()
	}
	if err == nil {
		err = exec.Command("cp", append([]string{"--remove-destination", "-t", prefix}, registry...)...).Run()
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("wine", w.program)
	cmd.Env = append(w.environ(prefix), "PATH="+os.Getenv("PATH"), "TERM=xterm")
	w.boot(t, cmd.Env)
	return cmd
}

// boot starts Windows, and keeps it up with a program that waits: without one
// each command would take seconds.
func (w *windows) boot(t *testing.T, environ []string) {
	t.Helper()
	waiting := exec.Command("wine", "cmd", "/c", "pause")
	waiting.Env = environ
	_, err := waiting.StdinPipe()
	out, outErr := waiting.StdoutPipe()
	if err = errors.Join(err, outErr); err == nil {
		err = waiting.Start()
	}
	if err == nil {
		_, err = out.Read(make([]byte, 1))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, option := range []string{"--kill", "--wait"} {
			stop := exec.Command("wineserver", option)
			stop.Env = environ
			_ = stop.Run()
		}
		_ = waiting.Wait()
	})
}

// command is the Windows program with the bench's variables.
func (w *windows) command(b *bench, args ...string) *exec.Cmd {
	b.t.Helper()
	cmd := w.machine(b.t)
	cmd.Args = append(cmd.Args, args...)
	for name, value := range b.env {
		if name == "IMPLICIT_CA_CERT" {
			value = "Z:" + strings.ReplaceAll(value, "/", `\`)
		}
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return cmd
}

// wrapper is a directory with a program implicit that runs the Windows one.
func (w *windows) wrapper(t *testing.T) string {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "implicit"), fmt.Appendf(nil, "#!/bin/sh\nexec wine '%s' \"$@\"\n", w.program), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// scripts are those of testdata/windows, and those of every system that need
// neither a shell nor a file by its Unix path.
func (w *windows) scripts(t *testing.T) testscript.Params {
	params, setup := scripts("windows"), scripts("windows").Setup
	all, err := filepath.Glob("../../testdata/script/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range all {
		if !slices.Contains([]string{"config", "exec", "exits", "resume", "sandbox", "signon"}, strings.TrimSuffix(filepath.Base(file), ".txtar")) {
			params.Files = append(params.Files, file)
		}
	}
	params.Setup = func(env *testscript.Env) error {
		err := setup(env)
		for _, pair := range w.machine(t).Env {
			name, value, _ := strings.Cut(pair, "=")
			env.Setenv(name, value)
		}
		env.Setenv("PATH", w.wrapper(t)+":"+os.Getenv("PATH"))
		return err
	}
	return params
}

// atConsole waits for the question and types. The console echoes, not the terminal
// below it.
func (d *dialogue) atConsole(question, keys string) {
	d.t.Helper()
	d.wait("(" + question + ")")
	if _, err := io.WriteString(d.keys, keys); err != nil {
		d.t.Fatal(err)
	}
}

func (w *windows) consolePassword(t *testing.T) {
	b := newBench(t).withSandbox().set("IMPLICIT_USERNAME", "").set("IMPLICIT_PASSWORD", "")
	d := b.talkTo(w.command(b, "login", "--via", "terminal"))
	d.atConsole("User name:", "plain\r")
	d.atConsole("Password:", "fake-password-1\r")
	d.ends(0)
	if screen := d.shown(); strings.Contains(screen, "fake-password-1") || !strings.Contains(screen, "Signed in") {
		t.Errorf("the screen:\n%s", screen)
	}
}

func (w *windows) consoleInterrupt(t *testing.T) {
	b := newBench(t).withSandbox().set("IMPLICIT_PASSWORD", "")
	d := b.talkTo(w.command(b, "login", "--via", "terminal"))
	d.atConsole("Password:", "half\x03")
	d.ends(130)
}

func (w *windows) consoleColors(t *testing.T) {
	b := newBench(t).withSandbox()
	d := b.talkTo(w.command(b, "login", "--checks"))
	d.ends(0)
	if screen := d.shown(); strings.Contains(screen, "\u241b") || !strings.Contains(screen, "\x1b[") {
		t.Errorf("expected colours on the screen:\n%q", screen)
	}
}

func (w *windows) consoleSandbox(t *testing.T) {
	d := newBench(t).talkTo(w.command(newBench(t), "sandbox", "--no-color"))
	d.atConsole("until Ctrl-C", "\x03")
	d.ends(130)
	for _, want := range []string{`Get-Content -Raw 'C:\users\`, "curl.exe --cacert"} {
		if !strings.Contains(d.shown(), want) {
			t.Errorf("the panel lacks %s:\n%s", want, d.shown())
		}
	}
}

// browser: the shell of Windows opens the system's browser, which under Wine is
// xdg-open.
func (w *windows) browser(t *testing.T) {
	b, p := browserBench(t, "plain")
	dir := t.TempDir()
	opened := filepath.Join(dir, "opened")
	script := fmt.Sprintf("#!/bin/sh\nprintf %%s \"$1\" >'%[1]s.tmp'\nmv '%[1]s.tmp' '%[1]s'\n", opened)
	if err := os.WriteFile(filepath.Join(dir, "xdg-open"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := w.command(b.set("BROWSER", "").set("IMPLICIT_WAIT", "1m"), "login", "--quiet")
	cmd.Env = append(cmd.Env, "PATH="+dir+":"+os.Getenv("PATH"))
	go func() {
		for range 1000 {
			if address, err := os.ReadFile(opened); err == nil {
				if err := p.open(context.Background(), string(address)); err != nil {
					t.Error(err)
				}
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	}()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func (w *windows) tenAtOnce(t *testing.T) {
	b := newBench(t).withSandbox().set("IMPLICIT_STORE", "file")
	first := w.command(b, "token")
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			cmd := exec.Command(first.Path, first.Args[1:]...)
			cmd.Env = first.Env
			if out, err := cmd.Output(); err != nil || !strings.HasPrefix(string(out), "eyJ") {
				t.Errorf("%v: %q", err, out)
			}
		})
	}
	all.Wait()
	if n := b.seen.count("/as/authorize"); n != 1 {
		t.Errorf("%d sign-ons, expected one", n)
	}
}
