package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// A sandbox that ends while a command waits for it is one that is not reached.
func TestCtlWhenTheSandboxEnds(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/users" { // in the middle of its answer
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("{"))
		}
		panic(http.ErrAbortHandler)
	}))
	defer srv.Close()
	b := newBench(t).set("IMPLICIT_SANDBOX_CONTROL", srv.URL).set("IMPLICIT_SANDBOX_CONTROL_KEY", "0123456789abcdef0123456789abcdef")
	b.run("sandbox", "ctl", "journal", "--follow").exits(6).says("is the sandbox still running")
	b.run("sandbox", "ctl", "users").exits(6)
}
