package proxy

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// TestRefusedToken: a 401 renews once for each token, and only once a minute.
func TestRefusedToken(t *testing.T) {
	accepted := "token-2"
	g := start(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+accepted {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	tokens := func(method, body string, status int, want ...string) {
		t.Helper()
		g.api.list = nil
		resp, _ := g.get(method, "/", body)
		var got []string
		for _, r := range g.api.requests() {
			got = append(got, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		}
		if resp.StatusCode != status || !slices.Equal(got, want) {
			t.Errorf("status %d with the tokens %q, expected %d with %q", resp.StatusCode, got, status, want)
		}
	}
	tokens("GET", "", 200, "token-1", "token-2")
	accepted = "none"
	tokens("GET", "", 401, "token-2")
	g.pass(2 * refusedFor)
	tokens("GET", "", 401, "token-2", "token-3")
	tokens("GET", "", 401, "token-3")
	g.pass(2 * refusedFor)
	accepted = "token-4"
	tokens("POST", "body", 401, "token-3")
	tokens("POST", "body", 200, "token-4")
	accepted = "none"
	g.pass(2 * refusedFor)
	g.fails(errors.New("no way"))
	tokens("GET", "", 401, "token-4")
	accepted = "token-4" // it is still used: another resource may accept it
	tokens("GET", "", 200, "token-4")
}

func TestExpiry(t *testing.T) {
	g := start(t, nil)
	for want := 1; want <= 3; want++ {
		g.get("GET", "/", "")
		g.get("GET", "/", "")
		sent := g.api.requests()
		if got := sent[len(sent)-1].Header.Get("Authorization"); got != fmt.Sprintf("Bearer token-%d", want) {
			t.Errorf("sent %s, expected the token %d", got, want)
		}
		g.pass(life - 30*time.Second) // less than MinTTL is left
	}
}

// TestNoToken: the last token is used to its end; then the answer says what to do.
func TestNoToken(t *testing.T) {
	g := start(t, nil)
	g.get("GET", "/", "")
	g.fails(&implicit.InteractionRequiredError{Needs: implicit.NeedsSignOn, Reason: "no usable token"})
	g.pass(life - 30*time.Second)
	if resp, _ := g.get("GET", "/", ""); resp.StatusCode != 200 {
		t.Errorf("with a token for 30 seconds: status %d", resp.StatusCode)
	}
	g.pass(time.Minute)
	resp, body := g.get("GET", "/", "")
	if resp.StatusCode != 503 || resp.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(body, "implicit login") || !strings.Contains(body, `"no_token"`) {
		t.Errorf("status %d, %s", resp.StatusCode, body)
	}
	if log := g.logged(); !strings.Contains(log, "no usable token") {
		t.Errorf("logged %s", log)
	}
	g.fails(nil)
	if resp, _ := g.get("GET", "/", ""); resp.StatusCode != 503 {
		t.Errorf("at once after a failure: status %d, expected the same answer without another try", resp.StatusCode)
	}
	g.pass(2 * failedFor)
	if resp, _ := g.get("GET", "/", ""); resp.StatusCode != 200 {
		t.Errorf("after a login: status %d", resp.StatusCode)
	}
}

func TestUnreachable(t *testing.T) {
	g := start(t, nil)
	g.api.Close()
	resp, body := g.get("GET", "/", "")
	if resp.StatusCode != 502 || !strings.Contains(body, `"upstream"`) || strings.Contains(body, "token-") {
		t.Errorf("status %d, %s", resp.StatusCode, body)
	}
}
