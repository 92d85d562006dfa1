package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// A server that repeats what it was sent, and writes to the terminal wherever
// it can.
func TestServerThatEchoes(t *testing.T) {
	t.Parallel()
	const password = "s3cret-of-the-user"
	var srv *httptest.Server
	srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		base := srv.URL + "/" + sandbox.EnvironmentID
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Correlation-Id", "a\tb")
		switch {
		case strings.HasSuffix(r.URL.Path, "/as/authorize"):
			w.Header().Set("Location", base+"/signon/?flowId=f-1")
			w.WriteHeader(http.StatusFound)
		case r.Method == http.MethodGet:
			fmt.Fprintf(w, `{"id":"f-1","status":"USERNAME_PASSWORD_REQUIRED","_links":{"usernamePassword.check":{"href":%q}}}`, base+"/flows/f-1")
		default:
			sent, _ := io.ReadAll(r.Body)
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"id":"x\u001b[31m","code":"INVALID_DATA","message":%q,"details":[{"code":"INVALID_VALUE","target":"password","message":%q}]}`,
				"you sent "+string(sent), password)
		}
	}))
	defer srv.Close()
	b := newBench(t)
	for name, value := range map[string]string{
		"IMPLICIT_AUTH_URL": srv.URL + "/" + sandbox.EnvironmentID, "IMPLICIT_CLIENT_ID": "c", "IMPLICIT_STORE": "none",
		"IMPLICIT_REDIRECT_URI": "https://app.example.com/callback", "IMPLICIT_USERNAME": "u", "IMPLICIT_PASSWORD": password,
	} {
		b.set(name, value)
	}
	for _, args := range [][]string{{"login"}, {"login", "-o", "json"}} {
		r := b.run(args...).exits(3)
		if strings.Contains(r.errOut+r.out, password) {
			t.Errorf("the password is in the error: %s", r.errOut)
		}
		if strings.ContainsAny(r.errOut+r.out, "\x1b\t") {
			t.Errorf("the server's text controls the terminal: %q", r.errOut)
		}
	}
}
