package main

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestRequestsThatCannotWorkOpenNoBrowser: PingOne's page would name no remedy, and
// the command would wait until --wait ends.
func TestRequestsThatCannotWorkOpenNoBrowser(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name     string
		switches []string
		args     []string
		exit     int
		says     string
	}{
		{"redirect URI with our port", nil, []string{"--redirect-uri", "http://127.0.0.1/elsewhere"}, 3, "register exactly http://127.0.0.1/elsewhere under"},
		{"redirect URI with a port of the user's", nil, []string{"--redirect-uri", "http://127.0.0.1:7465/elsewhere"}, 3, "register exactly http://127.0.0.1:7465/elsewhere under"},
		{"redirect URI, by paste", nil, []string{"--via", "paste", "--redirect-uri", "https://app.example.com/elsewhere"}, 3, "register exactly https://app.example.com/elsewhere under"},
		{"unknown client", nil, []string{"--client-id", "c11e0000-0000-4000-8000-00000000ffff"}, 3, "client ID, environment ID and region belong together"},
		{"unknown client, in JSON", []string{"unknown-client-json"}, []string{"--client-id", "c11e0000-0000-4000-8000-00000000ffff"}, 3, "belong together"},
		{"grant off", nil, []string{"--client-id", "c11e0000-0000-4000-8000-000000000004"}, 3, "enable the grant type Implicit"},
		{"response type off", nil, []string{"--client-id", "c11e0000-0000-4000-8000-000000000003"}, 3, "--response-type token"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t).withSandbox(row.switches...).set("IMPLICIT_USERNAME", "").set("IMPLICIT_PASSWORD", "").
				set("IMPLICIT_REDIRECT_URI", "").set("BROWSER", "fake").set("IMPLICIT_WAIT", "1s")
			var opened atomic.Bool
			b.open = func(context.Context, string) error { opened.Store(true); return nil }
			b.run(append([]string{"login"}, row.args...)...).exits(row.exit).says(row.says)
			if opened.Load() {
				t.Error("a browser was opened")
			}
			b.run(append([]string{"login", "--no-preflight"}, row.args...)...)
			if via := strings.Join(row.args, " "); !opened.Load() && !strings.Contains(via, "paste") {
				t.Error("--no-preflight opens no browser")
			}
		})
	}
}

func TestPreflight(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name     string
		switches []string
		args     []string
		env      map[string]string
		want     int64 // requests to authorize before the browser opens
	}{
		{"a good request", nil, nil, nil, 1},
		{"off by flag", nil, []string{"--no-preflight"}, nil, 0},
		{"off by variable", nil, nil, map[string]string{"IMPLICIT_NO_PREFLIGHT": "true"}, 0},
		{"with --prompt", nil, []string{"--prompt", "login"}, nil, 0},
		{"with a request object", nil, []string{"--param", "request=eyJhbGciOiJub25lIn0.e30."}, nil, 0},
		{"a server with a problem is ignored", []string{"html-500:authorize"}, nil, nil, 1},
		{"a server that does not answer is ignored", []string{"slow:authorize"}, nil, nil, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t).withSandbox(row.switches...).set("IMPLICIT_USERNAME", "").set("IMPLICIT_PASSWORD", "").
				set("IMPLICIT_REDIRECT_URI", "").set("BROWSER", "fake").set("IMPLICIT_WAIT", "50ms")
			for name, value := range row.env {
				b.set(name, value)
			}
			var before atomic.Int64
			before.Store(-1) // not opened
			b.open = func(context.Context, string) error { before.Store(int64(b.seen.count("/as/authorize"))); return nil }
			b.run(append([]string{"login"}, row.args...)...).exits(6).says("no response was received from the browser")
			if n := before.Load(); min(n, 1) != row.want {
				t.Errorf("opened after %d requests (-1: not), expected %d", n, row.want)
			}
			for _, r := range b.seen.all() {
				if strings.HasSuffix(r.URL.Path, "/as/authorize") && (len(r.Cookies()) > 0 || r.URL.Query().Get("prompt") != "none") {
					t.Errorf("sent %s with the cookies %v", r.URL, r.Cookies())
				}
			}
		})
	}
}

// A request that passed is not tried again for a day.
func TestPreflightIsRemembered(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox().set("IMPLICIT_USERNAME", "").set("IMPLICIT_PASSWORD", "").
		set("IMPLICIT_REDIRECT_URI", "").set("BROWSER", "fake").set("IMPLICIT_WAIT", "50ms")
	b.open = func(context.Context, string) error { return nil }
	count := func(args ...string) int {
		before := b.seen.count("/as/authorize")
		b.run(append([]string{"login"}, args...)...).exits(6)
		return b.seen.count("/as/authorize") - before
	}
	if n := count(); n != 1 {
		t.Errorf("the first login tries %d times", n)
	}
	if n := count(); n != 0 {
		t.Errorf("the second login tries %d times", n)
	}
	if n := count("--response-type", "id_token"); n != 1 {
		t.Errorf("another request is tried %d times", n)
	}
	later := time.Now().Add(25 * time.Hour)
	b.now = func() time.Time { return later }
	if n := count(); n != 1 {
		t.Errorf("a day later it is tried %d times", n)
	}
}
