package proxy

import (
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestOtherUser: a process of another user gets no answer, with the key or without.
func TestOtherUser(t *testing.T) {
	setpriv, err := exec.LookPath("setpriv")
	if os.Geteuid() != 0 || err != nil {
		t.Skip("not root with setpriv: the attacks of another user are not tried")
	}
	g := start(t, nil)
	script := `exec 3<>/dev/tcp/127.0.0.1/${1#*:} && printf 'GET / HTTP/1.1\r\nHost: %s\r\n%s: %s\r\nConnection: close\r\n\r\n' "$@" >&3 && cat <&3`
	ask := func(as ...string) string {
		args := append(as, "bash", "-c", script, "bash", g.address, KeyHeader, g.Key().Reveal())
		out, _ := exec.Command(args[0], args[1:]...).Output()
		return string(out)
	}
	if out := ask(); !strings.HasPrefix(out, "HTTP/1.1 200") {
		t.Fatalf("this user is answered %q", out)
	}
	if out := ask(setpriv, "--reuid=65534", "--clear-groups"); out != "" {
		t.Errorf("another user is answered %q", out)
	}
	if resp, _ := g.get(http.MethodGet, "/", ""); resp.StatusCode != 200 {
		t.Errorf("then this user gets the status %d", resp.StatusCode)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.others) != 1 || !strings.Contains(g.others[0], "65534") {
		t.Errorf("refused users: %q", g.others)
	}
}
