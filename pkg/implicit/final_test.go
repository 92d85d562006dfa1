package implicit

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// switches answers every request with 101 and keeps the connection open.
func switches(t *testing.T) *httptest.Server {
	t.Helper()
	var mu sync.Mutex
	var held []net.Conn
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		mu.Lock()
		held = append(held, conn)
		mu.Unlock()
		fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
	}))
	t.Cleanup(func() {
		srv.Close()
		mu.Lock()
		defer mu.Unlock()
		for _, conn := range held {
			_ = conn.Close()
		}
	})
	return srv
}

// within fails the test where f takes longer than the time.
func within(t *testing.T, limit time.Duration, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(limit):
		t.Fatalf("%s hangs", what)
	}
}

// Behind a 101 is no answer but a connection that may stay open for ever.
func TestSwitchingProtocols(t *testing.T) {
	srv := switches(t)
	client := &Client{Transport: srv.Client().Transport, Timeout: time.Minute}
	for name, call := range map[string]func() error{
		"discovery": func() error { _, err := Discover(t.Context(), client, srv.URL); return err },
		"authorize": func() error {
			_, err := NewRequest(srv.URL, "c", "https://app.example.com/cb").Send(t.Context(), client)
			return err
		},
		"keys": func() error {
			keys := NewRemoteKeySet(client, srv.URL, nil)
			keys.Prefetch(t.Context())
			_, err := keys.current(t.Context())
			keys.Close()
			return err
		},
	} {
		within(t, 10*time.Second, name, func() {
			var answer *HTTPError
			if err := call(); !errors.As(err, &answer) || answer.Status != http.StatusSwitchingProtocols {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

// Close has the deadline of a fetch, even where the transport has none.
func TestCloseHasADeadline(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	client := &Client{Timeout: 50 * time.Millisecond, Transport: transportFunc(func(*http.Request) (*http.Response, error) {
		<-release
		return nil, errors.New("late")
	})}
	keys := NewRemoteKeySet(client, "https://login.example.com/jwks", nil)
	keys.Prefetch(context.Background())
	within(t, 10*time.Second, "Close", keys.Close)
}
