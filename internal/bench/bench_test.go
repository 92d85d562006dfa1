//go:build unix

package bench

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

const (
	latency     = 50 * time.Millisecond // of a round trip
	redirectURI = "https://app.example.com/callback"
)

// machine is a sandbox behind a slow network, and a home directory with the
// settings to sign on at it.
type machine struct {
	program string // the built command
	env     []string
	its     sandbox.Settings
	caFile  string
	home    string
}

func newMachine(b *testing.B) *machine {
	b.Helper()
	m := &machine{home: b.TempDir(), program: build(b)}
	m.startSandbox(b)
	user := m.its.Users[0]
	m.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + m.home, "CI=true", "IMPLICIT_STORE=file", "IMPLICIT_CA_CERT=" + m.caFile,
		"IMPLICIT_AUTH_URL=" + m.its.AuthURL, "IMPLICIT_CLIENT_ID=" + m.its.ClientID, "IMPLICIT_REDIRECT_URI=" + redirectURI,
		"IMPLICIT_USERNAME=" + user.Username, "IMPLICIT_PASSWORD=" + user.Password,
	}
	return m
}

// startSandbox puts a proxy with the latency before a sandbox that takes the
// proxy's address for its own.
func (m *machine) startSandbox(b *testing.B) {
	b.Helper()
	front, err := new(net.ListenConfig).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	srv, err := sandbox.Start(context.Background(), sandbox.Options{BaseURL: "https://" + front.Addr().String()}, sandbox.ListenOptions{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { front.Close(); srv.Close() })
	go serveDelayed(front, strings.TrimPrefix(srv.URL, "https://"), latency/2)
	m.its, m.caFile = srv.Settings(), filepath.Join(m.home, "ca.pem")
	if err := os.WriteFile(m.caFile, srv.CACert, 0o600); err != nil {
		b.Fatal(err)
	}
}

// serveDelayed passes connections on to the backend; every byte arrives the
// delay later, in both directions. That a connection is made costs nothing
// extra, which is kind to whoever makes many.
func serveDelayed(front net.Listener, backend string, delay time.Duration) {
	for {
		near, err := front.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", backend)
		if err != nil {
			near.Close()
			continue
		}
		go delayed(far, near, delay)
		go delayed(near, far, delay)
	}
}

// delayed copies from src to dst, as fast as it comes, the delay later.
func delayed(dst, src net.Conn, delay time.Duration) {
	type chunk struct {
		due  time.Time
		data []byte
	}
	line := make(chan chunk, 1024)
	go func() {
		defer close(line)
		for {
			data := make([]byte, 16<<10)
			n, err := src.Read(data)
			if n > 0 {
				line <- chunk{time.Now().Add(delay), data[:n]}
			}
			if err != nil {
				return
			}
		}
	}()
	for c := range line {
		time.Sleep(time.Until(c.due))
		if _, err := dst.Write(c.data); err != nil {
			break
		}
	}
	dst.Close()
	for range line { // let the reader end
	}
}

// implicit runs the command and returns its standard output.
func (m *machine) implicit(b *testing.B, args ...string) string {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), m.program, args...)
	cmd.Env, cmd.Dir = m.env, m.home
	return output(b, cmd)
}

// has reports whether the program has the command.
func (m *machine) has(b *testing.B, command string) bool {
	b.Helper()
	for line := range strings.Lines(m.implicit(b, "__complete", "")) {
		if name, _, _ := strings.Cut(strings.TrimSpace(line), "\t"); name == command {
			return true
		}
	}
	return false
}
