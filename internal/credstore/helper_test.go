package credstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/state"
)

// fakeHelper is a docker-credential-NAME program; the test binary is it under
// that name. "map" works, on a file; the others each have one fault.
func fakeHelper(name, action string) int {
	in, err := io.ReadAll(os.Stdin)
	if err != nil {
		return 1
	}
	fail := func(text string) int {
		fmt.Println(text)
		return 1
	}
	switch {
	case name == "map" || name == "wincred":
		return mapHelper(action, string(in))
	case name == "waiting":
		time.Sleep(time.Hour)
	case name == "slow":
		time.Sleep(patience + time.Second)
	case name == "environ":
		return fail(fmt.Sprint(os.Environ()))
	case name == "broken":
		return fail("gpg: no secret key")
	case name == "echo" && action != "get":
		_, secret, _ := strings.Cut(string(in), `"Secret":`)
		return fail("cannot store " + secret)
	case name == "chatty":
		fmt.Fprint(os.Stderr, strings.Repeat("debug\n", 10_000))
		return mapHelper(action, string(in))
	case name == "html" && action != "store":
		fmt.Print("<html>")
		return 0
	case name == "endless" && action == "get":
		for err == nil {
			_, err = os.Stdout.Write(make([]byte, 1<<20))
		}
	}
	return fail(helperMissing)
}

func mapHelper(action, in string) int {
	path := os.Getenv("MAP_HELPER_FILE")
	all := map[string]credentials{}
	if data, err := os.ReadFile(path); err == nil {
		if err := json.Unmarshal(data, &all); err != nil {
			return 1
		}
	}
	switch action {
	case "list":
		users := map[string]string{}
		for url, c := range all {
			users[url] = c.Username
		}
		return printJSON(os.Stdout, users)
	case "store":
		var c credentials
		if err := json.Unmarshal([]byte(in), &c); err != nil {
			return 1
		}
		all[c.ServerURL] = c
	default:
		c, ok := all[in]
		if !ok {
			fmt.Println(helperMissing)
			return 1
		}
		if action == "get" {
			return printJSON(os.Stdout, c)
		}
		delete(all, in)
	}
	f, err := os.Create(path)
	if err != nil {
		return 1
	}
	return printJSON(f, all)
}

func printJSON(w io.Writer, v any) int {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		return 1
	}
	return 0
}

// installFake puts a fake helper on the PATH and gives options that use it.
func installFake(t *testing.T, name string) (Options, *warnings) {
	t.Helper()
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "docker-credential-"+name)
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("MAP_HELPER_FILE", filepath.Join(dir, "map.json"))
	warned := new(warnings)
	return Options{Kind: HelperPrefix + name, Dir: state.At(t.TempDir()), Warn: warned.add}, warned
}

func TestHelper(t *testing.T) {
	o, _ := installFake(t, "map")
	if code := mapHelper("store", `{"ServerURL":"https://index.docker.io/v1/","Username":"u","Secret":"not ours"}`); code != 0 {
		t.Fatal("the helper kept nothing")
	}
	suite(t, o.Kind)
	if data := readFile(t, os.Getenv("MAP_HELPER_FILE")); !strings.Contains(string(data), "not ours") {
		t.Errorf("after the store was cleared the helper holds %s", data)
	}
}

func TestHelperFaults(t *testing.T) {
	const secret = "a token that nobody but its owner may see"
	tests := []struct{ name, get, put string }{
		{"broken", "exit status 1: \"gpg: no secret key\"", "gpg: no secret key"},
		{"echo", "", "some helpers limit that"},
		{"html", "a JSON object", "a JSON object"},
		{"endless", "more than", "more than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, _ := installFake(t, tt.name)
			s := mustOpen(t, o)
			_, ok, err := s.Get(t.Context(), "key")
			if ok || (err == nil) != (tt.get == "") || err != nil && !strings.Contains(err.Error(), tt.get) {
				t.Errorf("get: %v, %v, want %q", ok, err, tt.get)
			}
			err = s.Put(t.Context(), "key", []byte(secret))
			if err == nil || !strings.Contains(err.Error(), tt.put) {
				t.Fatalf("put: %v, want %q", err, tt.put)
			}
			if kept := encodeSecret("key", []byte(secret)); strings.Contains(err.Error(), kept[30:60]) {
				t.Errorf("the entry is in %v", err)
			}
		})
	}
}

func TestHelperThatTalksOnStderr(t *testing.T) {
	o, _ := installFake(t, "chatty")
	s := mustOpen(t, o)
	mustPut(t, s, "key", "data")
	wantEntry(t, s, "key", "data")
}

func TestHelperThatWaitsForAPersonEndsWithTheContext(t *testing.T) {
	o, _ := installFake(t, "waiting")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, _, err := mustOpen(t, o).Get(ctx, "key"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline", err)
	}
}

func TestHelperThatGivesNoAnswerIsBounded(t *testing.T) {
	o, _ := installFake(t, "waiting")
	o.HelperTimeout = 100 * time.Millisecond
	var helper *HelperError
	_, _, err := mustOpen(t, o).Get(t.Context(), "key")
	if !errors.As(err, &helper) || helper.Kind() != "unreachable" || !strings.Contains(err.Error(), "no answer within 100ms") {
		t.Errorf("got %v, want a HelperError with the time", err)
	}
}

func TestHelperThatIsSlowIsNamed(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "docker-credential-slow")
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	said := make(chan string, 9)
	h := &helper{program: program, timeout: time.Minute, progress: func(s string) { said <- s }, warn: func(string) {}}
	if _, _, err := h.get(t.Context(), "key"); err != nil {
		t.Fatal(err)
	}
	if len(said) != 1 || !strings.Contains(<-said, "waiting for "+program+" get") {
		t.Errorf("it said %d sentences, want one that names the program", len(said))
	}
}

func TestHelperInheritsNoSecret(t *testing.T) {
	o, _ := installFake(t, "environ")
	t.Setenv("IMPLICIT_PASSWORD", "fake-password-1")
	t.Setenv("IMPLICIT_SESSION_TOKEN", "fake-session")
	t.Setenv("IMPLICIT_TOTP_SECRET", "fake-seed")
	t.Setenv("HOME", "kept")
	h, err := newHelper("environ", o.complete())
	if err != nil {
		t.Fatal(err)
	}
	out := strings.Join(h.env, " ")
	if strings.Contains(out, "fake-") || !strings.Contains(out, "HOME=kept") {
		t.Errorf("the helper inherits %s", out)
	}
	var helper *HelperError
	if _, err := h.run(t.Context(), "list", ""); !errors.As(err, &helper) || strings.Contains(helper.Said, "fake-") {
		t.Errorf("the helper was given %v", err)
	}
}

func TestHelperThatIsNotThere(t *testing.T) {
	var helper *HelperError
	_, err := Open(t.Context(), Options{Kind: "helper:no-such-program"})
	if !errors.As(err, &helper) || !errors.Is(err, exec.ErrNotFound) || !strings.Contains(err.Error(), "docker-credential-no-such-program") {
		t.Errorf("got %v, want a HelperError that names the program", err)
	}
}

func TestHelperEntriesThatCannotBeRead(t *testing.T) {
	tests := []struct{ name, secret string }{
		{"no base64", "not base64!"},
		{"not ours", "aGVsbG8="},
		{"the entry of another key", encodeSecret("other", []byte("data"))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, warned := installFake(t, "map")
			s := mustOpen(t, o)
			helperKeeps(t, "key", tt.secret)
			wantEntry(t, s, "key", "-")
			wantKeys(t, s)
			if len(*warned) != 2 {
				t.Errorf("warned %q, want one sentence a call", *warned)
			}
			mustPut(t, s, "key", "new")
			wantEntry(t, s, "key", "new")
		})
	}
}

func TestHelperEntryOfANewerVersionIsNotReplaced(t *testing.T) {
	o, _ := installFake(t, "map")
	s := mustOpen(t, o)
	const newer = "aW1wbGljaXQtc3RvcmUgMgp4" // "implicit-store 2\nx"
	helperKeeps(t, "key", newer)
	_, _, get := s.Get(t.Context(), "key")
	for _, err := range []error{get, s.Put(t.Context(), "key", nil)} {
		var version *VersionError
		if !errors.As(err, &version) || version.Found != 2 {
			t.Errorf("got %v, want a VersionError", err)
		}
	}
	if data := readFile(t, os.Getenv("MAP_HELPER_FILE")); !strings.Contains(string(data), newer) {
		t.Errorf("the helper holds %s", data)
	}
}

func TestWincredLimitIsSaidInWords(t *testing.T) {
	o, _ := installFake(t, "wincred")
	s := mustOpen(t, o)
	mustPut(t, s, "key", "small")
	var size *SizeError
	err := s.Put(t.Context(), "key", make([]byte, 2000))
	if !errors.As(err, &size) || size.Max != 2560 || size.Size <= 2560 {
		t.Errorf("got %v, want a SizeError", err)
	}
	wantEntry(t, s, "key", "small")
}

// helperKeeps puts a secret of another making into the fake helper.
func helperKeeps(t *testing.T, key, secret string) {
	t.Helper()
	in, err := json.Marshal(credentials{helperURL + hash(key), helperUser, secret})
	if code := mapHelper("store", string(in)); code != 0 || err != nil {
		t.Fatalf("the helper kept nothing: %d, %v", code, err)
	}
}

// TestPass runs the suite on docker-credential-pass, over a real pass with a
// key pair of its own.
func TestPass(t *testing.T) {
	for _, program := range []string{"docker-credential-pass", "pass", "gpg", "gpgconf"} {
		if _, err := exec.LookPath(program); err != nil {
			needs(t, program)
		}
	}
	home, err := os.MkdirTemp("", "pass") // short: the agent's socket is in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	t.Setenv("HOME", home)
	t.Setenv("GNUPGHOME", home)
	t.Setenv("PASSWORD_STORE_DIR", filepath.Join(home, "store"))
	t.Cleanup(func() { exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run() })
	for _, args := range [][]string{
		{"gpg", "--batch", "--passphrase", "", "--quick-generate-key", "implicit test", "default", "default", "never"},
		{"pass", "init", "implicit test"},
	} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", args, err, out)
		}
	}
	suite(t, "helper:pass")
}
