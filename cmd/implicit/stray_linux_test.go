package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
)

// What a server sends without being asked is not printed: net/http writes it to the
// standard logger, without a look for secrets.
func TestStrayBytesAreNotPrinted(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().set("IMPLICIT_STORE", "none")
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 204 No Content\r\n\r\nstray "+r.Header.Get("Authorization"))
		conn.(*net.TCPConn).CloseWrite()
	}))
	defer api.Close()
	cmd := b.command("proxy", "--to", api.URL, "--log", "json")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var ready struct{ URL, Key string }
	if err := json.NewDecoder(out).Decode(&ready); err != nil {
		t.Fatal(err)
	}
	p := &running{t: t, url: ready.URL, key: ready.Key}
	for range 10 {
		p.get("/orders")
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if status := statusOfProcess(t, cmd.Wait()); status != 143 {
		t.Errorf("exit status %d", status)
	}
	for line := range strings.Lines(errOut.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("printed %s", line)
		}
	}
}
