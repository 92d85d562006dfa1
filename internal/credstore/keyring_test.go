//go:build linux

package credstore

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zalando/go-keyring"
	ss "github.com/zalando/go-keyring/secret_service"

	"github.com/implicit-cli/implicit/internal/state"
)

// againVar is the name of the test that runs again in a process of its own.
const againVar = "CREDSTORE_TEST_AGAIN"

// again runs the calling test a second time, where it returns true: in a
// process with its own environment, started by the words of wrap. The first
// time it reports what the second said and returns false. The library has one
// connection a process, and calls that are given up go on with it.
func again(t *testing.T, wrap []string, env ...string) bool {
	t.Helper()
	if os.Getenv(againVar) == t.Name() {
		return true
	}
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	run := "^" + strings.ReplaceAll(t.Name(), "/", "$/^") + "$"
	args := append(wrap, self, "-test.v", "-test.run="+run)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), append(env, againVar+"="+t.Name())...)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("in a process of its own: %v\n%s", err, out)
	}
	return false
}

// inSession is again in a D-Bus session and a home of its own.
func inSession(t *testing.T, programs ...string) bool {
	t.Helper()
	if os.Getenv(againVar) == t.Name() {
		return true
	}
	for _, program := range append(programs, "dbus-run-session", "gnome-keyring-daemon") {
		if _, err := exec.LookPath(program); err != nil {
			needs(t, program)
		}
	}
	home, err := os.MkdirTemp("", "session") // short: sockets are in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	return again(t, []string{"dbus-run-session", "--"}, "HOME="+home, "XDG_RUNTIME_DIR="+home, "XDG_DATA_HOME="+home,
		"XDG_CONFIG_HOME="+home, "XDG_CACHE_HOME="+home, "DISPLAY=", "WAYLAND_DISPLAY=")
}

// onBus is again with a bus of our making: a socket whose connections go to
// serve, or none where that is nil.
func onBus(t *testing.T, serve func(net.Conn)) bool {
	t.Helper()
	if os.Getenv(againVar) == t.Name() {
		return true
	}
	socket := filepath.Join(t.TempDir(), "bus")
	if serve != nil {
		l, err := net.Listen("unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		go accept(l, serve)
	}
	return again(t, nil, "DBUS_SESSION_BUS_ADDRESS=unix:path="+socket)
}

// accept keeps the connections open until the listener is closed.
func accept(l net.Listener, serve func(net.Conn)) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		serve(c)
	}
}

// startKeyring runs the daemon until stop is called, or the test is over, and
// waits for it to be on the bus. A password unlocks its collection, and makes
// it the first time.
func startKeyring(t *testing.T, password string) (stop func()) {
	t.Helper()
	cmd := exec.Command("gnome-keyring-daemon", "--foreground", "--components=secrets")
	if password != "" {
		cmd.Args = append(cmd.Args, "--unlock")
		cmd.Stdin = strings.NewReader(password)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop = func() {
		cmd.Process.Kill()
		cmd.Wait()
		waitForService(t, false)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	waitForService(t, true)
	return stop
}

// waitForService asks the bus itself: a call of the service would have the bus
// start another one.
func waitForService(t *testing.T, want bool) {
	t.Helper()
	svc, err := ss.NewSecretService()
	if err != nil {
		t.Fatal(err)
	}
	var there bool
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		err := svc.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, "org.freedesktop.secrets").Store(&there)
		if err == nil && there == want {
			return
		}
	}
	t.Fatalf("the Secret Service is on the bus: %v, want %v", there, want)
}

func TestKeyringStore(t *testing.T) {
	if inSession(t) {
		startKeyring(t, "password")
		suite(t, Keyring)
	}
}

func TestSecretServiceHelper(t *testing.T) {
	if inSession(t, "docker-credential-secretservice") {
		startKeyring(t, "password")
		suite(t, "helper:secretservice")
	}
}

func TestKeyringIsTheDefaultAndOutlivesItsDaemon(t *testing.T) {
	if !inSession(t) {
		return
	}
	stop := startKeyring(t, "password")
	o := keyringOptions(t)
	s := mustOpen(t, o)
	if s.Kind() != Keyring {
		t.Fatalf("the default is %q", s.Kind())
	}
	mustPut(t, s, "key", "data")
	stop()
	startKeyring(t, "password")
	o.Warn = func(said string) { t.Error(said) }
	wantEntry(t, mustOpen(t, o), "key", "data")
}

func TestKeyringProcessesThatStartTogetherMakeOneKey(t *testing.T) {
	if inSession(t) {
		startKeyring(t, "password")
		together(t, Keyring)
	}
}

func TestKeyringThatLostOrChangedItsKey(t *testing.T) {
	if !inSession(t) {
		return
	}
	startKeyring(t, "password")
	tests := []struct {
		name, why string
		change    func() error
	}{
		{"lost", "another key", func() error { return keyring.Delete(keyringService, keyringUser) }},
		{"damaged", "cannot be used", func() error { return keyring.Set(keyringService, keyringUser, "x") }},
		{"replaced", "another key", func() error {
			return keyring.Set(keyringService, keyringUser, keyText(make([]byte, keySize)))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var warned warnings
			o := keyringOptions(t)
			o.Warn = warned.add
			mustPut(t, mustOpen(t, o), "key", "data")
			if err := tt.change(); err != nil {
				t.Fatal(err)
			}
			s := mustOpen(t, o)
			wantEntry(t, s, "key", "-")
			if said := strings.Join(warned, "\n"); !strings.Contains(said, tt.why) || !strings.Contains(said, "set aside") {
				t.Errorf("warned %q, want %q", said, tt.why)
			}
			mustPut(t, s, "key", "new")
			wantEntry(t, mustOpen(t, o), "key", "new")
		})
	}
}

func TestKeyringKeyOfANewerVersionIsNotReplaced(t *testing.T) {
	if !inSession(t) {
		return
	}
	startKeyring(t, "password")
	const newer = "implicit-key 2\nx"
	if err := keyring.Set(keyringService, keyringUser, newer); err != nil {
		t.Fatal(err)
	}
	var version *VersionError
	if _, err := Open(t.Context(), keyringOptions(t)); !errors.As(err, &version) || version.What != "the keyring" {
		t.Errorf("got %v, want a VersionError, not files", err)
	}
	if got, err := keyring.Get(keyringService, keyringUser); got != newer || err != nil {
		t.Errorf("the keyring now has %q, %v", got, err)
	}
}

func TestLockedKeyringFallsBack(t *testing.T) {
	if inSession(t) {
		startKeyring(t, "password")()
		startKeyring(t, "")
		wantFallBack(t, "it is locked")
	}
}

func TestALockedKeyringLosesNothing(t *testing.T) {
	if !inSession(t) {
		return
	}
	var warned warnings
	o := keyringOptions(t)
	o.Warn = warned.add
	stop := startKeyring(t, "password")
	mustPut(t, mustOpen(t, o), "key", "sealed by the keyring")
	stop()
	stop = startKeyring(t, "")
	wantEntry(t, mustOpen(t, o), "key", "-")
	stop()
	startKeyring(t, "password")
	wantEntry(t, mustOpen(t, o), "key", "sealed by the keyring")
	if len(warned) != 1 || !strings.Contains(warned[0], "it is locked") {
		t.Errorf("warned %q", warned)
	}
}

func TestKeyringWithoutACollectionFallsBack(t *testing.T) {
	if inSession(t) {
		startKeyring(t, "")
		wantFallBack(t, "ask the Secret Service")
	}
}

func TestNoAnswerOnTheBusFallsBack(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, why string
		serve     func(net.Conn)
	}{
		{"nobody listens", "connect to the D-Bus session", nil},
		{"a bus that hangs up", "connect to the D-Bus session", func(c net.Conn) { c.Close() }},
		{"a bus that never answers", "no answer within 2s", func(net.Conn) {}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if onBus(t, tt.serve) {
				wantFallBack(t, tt.why)
			}
		})
	}
}

func TestAnAnswerThatTheLibraryCannotTakeIsAnError(t *testing.T) {
	var unusable *KeyringError
	_, err := keyringKey{timeout: time.Minute}.call(t.Context(), func() (string, error) { panic("wrong type") })
	if !errors.As(err, &unusable) || !strings.Contains(err.Error(), "unexpected answer") {
		t.Errorf("got %v, want a KeyringError", err)
	}
}

func TestFileStoreAsksNoBus(t *testing.T) {
	if onBus(t, func(net.Conn) { t.Error("the bus was asked") }) {
		o := keyringOptions(t)
		o.Kind = File
		mustPut(t, mustOpen(t, o), "key", "data")
		wantEntry(t, mustOpen(t, o), "key", "data")
	}
}

func TestAnInterruptIsNoReasonToFallBack(t *testing.T) {
	if onBus(t, func(net.Conn) {}) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		if s, err := Open(ctx, keyringOptions(t)); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, %v, want the cancellation", s, err)
		}
	}
}

// wantFallBack opens the default store where the keyring cannot be used: it
// says why, once, and works. A keyring asked for by name fails.
func wantFallBack(t *testing.T, why string) {
	t.Helper()
	var warned warnings
	o := keyringOptions(t)
	o.Warn = warned.add
	s := mustOpen(t, o)
	if s.Kind() != File || len(warned) != 1 || !strings.Contains(warned[0], why) {
		t.Errorf("the default is %q, it warned %q, want one warning with %q", s.Kind(), warned, why)
	}
	mustPut(t, s, "key", "data")
	o.Kind = File
	wantEntry(t, mustOpen(t, o), "key", "data")

	o.Kind = Keyring
	var unusable *KeyringError
	if _, err := Open(t.Context(), o); !errors.As(err, &unusable) || !strings.Contains(err.Error(), why) {
		t.Errorf("by name: got %v, want a KeyringError with %q", err, why)
	}
}

// keyringOptions has the default kind and a state directory of its own.
func keyringOptions(t *testing.T) Options {
	return Options{Dir: state.At(t.TempDir())}
}
