package main

import (
	"testing"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// TestSandboxHealth: an image without a shell can show that it is ready.
func TestSandboxHealth(t *testing.T) {
	t.Parallel()
	srv, err := sandbox.Start(t.Context(), sandbox.Options{Keys: sandbox.SharedKeys()}, sandbox.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	b.run("sandbox", "health", srv.URL).exits(0)
	b.run("sandbox", "health", srv.URL+"/elsewhere").exits(6).says("not ready", "without a path: "+srv.URL)
	srv.Close()
	b.run("sandbox", "health", srv.URL).exits(6).says("not ready")
	b.run("sandbox", "health", "somewhere").exits(2)
	b.run("sandbox", "--tls-cert", "x").exits(2).says("--tls-key")
	b.run("sandbox", "--tls-cert", "x", "--tls-key", "y").exits(2).says("--tls-cert")
}
