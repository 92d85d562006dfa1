//go:build unix

package bench

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

const (
	latency     = 50 * time.Millisecond // of each way: a round trip takes twice as long
	redirectURI = "https://app.example.com/callback"
)

// machine is a sandbox behind a slow network, and a home directory with the
// settings to sign on at it.
type machine struct {
	program string // the built command
	sent    counter
	env     []string
	its     sandbox.Settings
	caFile  string
	caPEM   []byte
	home    string
}

func newMachine(b testing.TB, latency time.Duration) *machine {
	b.Helper()
	m := &machine{home: b.TempDir(), program: build(b)}
	m.startSandbox(b, latency)
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
func (m *machine) startSandbox(b testing.TB, latency time.Duration) {
	b.Helper()
	front, err := new(net.ListenConfig).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	srv, err := sandbox.Start(context.Background(), sandbox.Options{BaseURL: "https://" + front.Addr().String()}, sandbox.ListenOptions{Wrap: m.sent.requests})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { front.Close(); srv.Close() })
	go m.serveDelayed(front, strings.TrimPrefix(srv.URL, "https://"), latency)
	m.its, m.caFile = srv.Settings(), filepath.Join(m.home, "ca.pem")
	m.caPEM = srv.CACert
	if err := os.WriteFile(m.caFile, m.caPEM, 0o600); err != nil {
		b.Fatal(err)
	}
}

// counter counts what reaches the sandbox.
type counter struct {
	mu          sync.Mutex
	connections int
	paths       []string // of the requests, by method
}

func (c *counter) requests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		c.paths = append(c.paths, r.Method+" "+r.URL.Path)
		c.mu.Unlock()
		next.ServeHTTP(w, r)
	})
}

// take returns what was counted since the last call.
func (c *counter) take() (connections int, paths []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	connections, paths = c.connections, c.paths
	c.connections, c.paths = 0, nil
	return connections, paths
}

// serveDelayed passes connections on to the backend; every byte arrives the
// delay later, in both directions, and the first one a round trip later still: that
// is what connecting takes.
func (m *machine) serveDelayed(front net.Listener, backend string, delay time.Duration) {
	for {
		near, err := front.Accept()
		if err != nil {
			return
		}
		m.sent.mu.Lock()
		m.sent.connections++
		m.sent.mu.Unlock()
		far, err := net.Dial("tcp", backend)
		if err != nil {
			near.Close()
			continue
		}
		connected := time.Now().Add(2 * delay)
		go delayed(far, near, connected, delay)
		go delayed(near, far, connected, delay)
	}
}

// delayed copies from src to dst, as fast as it comes, the delay later, and from
// when they are connected.
func delayed(dst, src net.Conn, connected time.Time, delay time.Duration) {
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
				sent := time.Now()
				if sent.Before(connected) {
					sent = connected
				}
				line <- chunk{sent.Add(delay), data[:n]}
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
func (m *machine) implicit(b testing.TB, args ...string) string {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), m.program, args...)
	cmd.Env, cmd.Dir = m.env, m.home
	return output(b, cmd)
}
