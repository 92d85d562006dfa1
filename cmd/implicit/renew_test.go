package main

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// clock is one for the commands and the sandbox alike.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// sleep moves the clock, and takes no time.
func (c *clock) sleep(_ context.Context, d time.Duration) error {
	c.forward(d)
	return nil
}

// tokenBench is a sandbox and a file store on one clock.
func tokenBench(t *testing.T, switches ...string) (*bench, *clock) {
	t.Helper()
	c := &clock{now: time.Now().Truncate(time.Second)}
	b := newBench(t)
	b.now = c.Now
	b.withSandboxOptions(sandbox.Options{Switches: switches, Now: c.Now}).set("IMPLICIT_STORE", "file")
	return b, c
}

// withoutPassword removes the credentials.
func (b *bench) withoutPassword() *bench { return b.set("IMPLICIT_PASSWORD", "") }

func TestStoredTokenCostsNoRequest(t *testing.T) {
	t.Parallel()
	b, _ := tokenBench(t)
	first := b.run("token").exits(0).out
	before := len(b.seen.lines())
	if second := b.run("token").exits(0).out; second != first {
		t.Errorf("received a second token:\n%s\n%s", first, second)
	}
	b.srv.Close() // not even the provider is needed
	if third := b.withoutPassword().run("token").exits(0).out; third != first || len(b.seen.lines()) != before {
		t.Errorf("the stored token was not used: %s", third)
	}
}

func TestIDTokenOfTheSameLogin(t *testing.T) {
	t.Parallel()
	b, _ := tokenBench(t)
	access, id := b.run("token").exits(0).out, b.run("token", "--id-token").exits(0).out
	if access == id {
		t.Error("--id-token printed the access token")
	}
	claims := b.runInput(id, "verify", "-").exits(0)
	if !strings.Contains(claims.out, "valid") {
		t.Errorf("the ID token does not verify: %s", claims.out)
	}
	if n := b.seen.count("/as/resume"); n != 1 {
		t.Errorf("%d sign-ons, expected one", n)
	}
}

func TestSessionRenewsWithoutAPassword(t *testing.T) {
	t.Parallel()
	b, c := tokenBench(t)
	b.run("login").exits(0)
	old := b.run("token").exits(0).out
	c.forward(59*time.Minute + 30*time.Second) // 30 s are left, 60 are wanted
	renewed := b.withoutPassword().run("token").exits(0).out
	if renewed == old {
		t.Fatal("the token that is about to expire was printed")
	}
	last := b.seen.lines()[len(b.seen.lines())-1]
	if last != "GET /as/authorize" {
		t.Errorf("the last request is %s, expected one authorize", last)
	}
	if again := b.run("token").exits(0).out; again != renewed {
		t.Error("the renewed token was not stored")
	}
}

func TestRenewalThatFailsKeepsWhatIsStored(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		reading, fault string
		exit           int
		says           string
	}{
		{"the session is dead", "session-gone", 4, "implicit login"},
		{"another user", "session-other-user", 3, "subject"},
		{"a scope is gone", "scope-narrowed", 3, "no longer granted"},
	} {
		t.Run(row.reading, func(t *testing.T) {
			b, c := tokenBench(t)
			b.set("IMPLICIT_SCOPE", "openid profile email")
			old := b.run("token").exits(0).out
			if err := b.srv.Set(row.fault, true); err != nil {
				t.Fatal(err)
			}
			c.forward(10 * time.Minute)
			b.withoutPassword().run("token", "--min-ttl", "55m").exits(row.exit).says(row.says)
			if kept := b.run("token").exits(0).out; kept != old {
				t.Error("the stored token is gone")
			}
		})
	}
}

func TestPolicyThatWantsMoreAtRenewal(t *testing.T) {
	t.Parallel()
	b, c := tokenBench(t)
	b.application("24") // an existing session is asked for the password
	old := b.run("token").exits(0).out
	c.forward(10 * time.Minute)
	b.withoutPassword().run("token", "--min-ttl", "55m").exits(4).says("implicit login")
	if kept := b.run("token").exits(0).out; kept != old {
		t.Error("the stored token is gone")
	}
}

func TestDeadSessionSignsOnWithTheCredentials(t *testing.T) {
	t.Parallel()
	b, c := tokenBench(t)
	old := b.run("token").exits(0).out
	if err := b.srv.Set("session-gone", true); err != nil {
		t.Fatal(err)
	}
	c.forward(2 * time.Hour)
	if renewed := b.run("token").exits(0).out; renewed == old {
		t.Error("an expired token was printed")
	}
}

func TestAnotherUserGetsAnotherToken(t *testing.T) {
	t.Parallel()
	b, _ := tokenBench(t)
	plain := b.run("token").exits(0).out
	staff := b.user("staff").run("token").exits(0).out
	if staff == plain {
		t.Fatal("staff got the token of plain")
	}
	if again := b.user("plain").run("token").exits(0).out; again != plain {
		t.Error("the token of plain is gone")
	}
	b.set("IMPLICIT_USERNAME", "sms").withoutPassword().run("token").exits(4)
}

func TestWhatChangesTheTokenIsInTheKey(t *testing.T) {
	t.Parallel()
	b, _ := tokenBench(t)
	seen := map[string]string{}
	for _, args := range [][]string{
		{"token"}, {"token", "--scope", "openid profile"}, {"token", "--response-type", "token"},
		{"token", "--acr-values", "Single_Factor"}, {"token", "--param", "x=1"}, {"token", "--max-age", "100"},
	} {
		out := b.run(args...).exits(0).out
		if other, twice := seen[out]; twice {
			t.Errorf("%v printed the token of %s", args, other)
		}
		seen[out] = strings.Join(args, " ")
	}
}

func TestClockSetBack(t *testing.T) {
	t.Parallel()
	b, c := tokenBench(t)
	old := b.run("token").exits(0).out
	b.now = func() time.Time { return c.Now().Add(-24 * time.Hour) } // this machine's alone
	b.run("token").exits(5).says("your clock is 1 d behind the server")
	b.now = c.Now
	if kept := b.run("token").exits(0).out; kept != old {
		t.Error("the stored token is gone")
	}
}

func TestManyAtOnceSignOnOnce(t *testing.T) {
	t.Parallel()
	b, _ := tokenBench(t)
	const many = 50
	outs := make([]ran, many)
	var wg sync.WaitGroup
	for i := range outs {
		wg.Go(func() { outs[i] = b.run("token") })
	}
	wg.Wait()
	for _, r := range outs {
		r.exits(0)
		if r.out != outs[0].out {
			t.Error("two different tokens were printed")
		}
	}
	if n := b.seen.count("/as/resume"); n != 1 {
		t.Errorf("%d sign-ons, expected one", n)
	}
}

func TestManyAtOnceSendOneWrongPassword(t *testing.T) {
	t.Parallel()
	b, _ := tokenBench(t)
	b.set("IMPLICIT_PASSWORD", "wrong")
	outs := make([]ran, 20)
	var wg sync.WaitGroup
	for i := range outs {
		wg.Go(func() { outs[i] = b.run("token") })
	}
	wg.Wait()
	for _, r := range outs {
		r.exits(3).says("wrong user name or password", "Correlation ID")
	}
	posts := 0
	for _, line := range b.seen.lines() {
		if line == "POST /flows" {
			posts++
		}
	}
	if posts != 1 {
		t.Errorf("the wrong password was sent %d times, expected once", posts)
	}
	b.user("plain").run("token").exits(0) // another password is tried at once
}

func TestStatusAndLogout(t *testing.T) {
	t.Parallel()
	b, c := tokenBench(t)
	b.run("status").exits(4).says("no valid token is stored")
	b.run("login").exits(0)
	logins := b.run("status", "-o", "json").exits(0).object()["logins"].([]any)
	if len(logins) != 1 {
		t.Fatalf("%d logins, expected one: %v", len(logins), logins)
	}
	row := logins[0].(map[string]any)
	if row["valid"] != true || row["profile"] != "default" || row["renewable"] != "by session" || row["store"] != "file" {
		t.Errorf("status says %v", row)
	}
	c.forward(2 * time.Hour)
	if out := b.run("status").exits(4).out; !strings.Contains(out, "expired") {
		t.Errorf("status does not say that it expired: %s", out)
	}
	b.run("logout").exits(0)
	if out := b.run("status").exits(4).out; out != "" {
		t.Errorf("something is left after logout: %s", out)
	}
}

// Of several logins, status marks the one that token takes with the same
// settings, and shows what differs.
func TestStatusMarksWhatTokenTakes(t *testing.T) {
	t.Parallel()
	b, c := tokenBench(t)
	b.run("login").exits(0)
	c.forward(time.Minute)
	b.run("login", "--max-age", "600").exits(0)
	c.forward(time.Minute)
	b.run("login", "--response-type", "id_token").exits(0)
	mark := func(env ...string) (obtained string) {
		t.Helper()
		if len(env) == 2 {
			defer b.set(env[0], "")
			b.set(env[0], env[1])
		}
		times := map[string]bool{}
		for _, row := range b.run("status", "-o", "json").exits(0).object()["logins"].([]any) {
			row := row.(map[string]any)
			times[row["obtained_at"].(string)] = true
			if row["current"] == true {
				if obtained != "" {
					t.Error("two logins are marked")
				}
				obtained = row["obtained_at"].(string)
			}
		}
		if len(times) != 3 {
			t.Errorf("three logins have the times %v", times)
		}
		return obtained
	}
	first, second, third := mark(), mark("IMPLICIT_MAX_AGE", "600"), mark("IMPLICIT_RESPONSE_TYPE", "id_token")
	if !(first != "" && first < second && second < third) {
		t.Errorf("marked are those of %q, %q, %q", first, second, third)
	}
	if got := mark("IMPLICIT_SCOPE", "openid email"); got != "" {
		t.Errorf("a login that token does not take is marked: %s", got)
	}
	out := b.run("status").exits(0).out
	if strings.Count(out, "implicit token prints this one") != 1 || strings.Count(out, "obtained") != 3 || !strings.Contains(out, "ID token alone") {
		t.Errorf("status:\n%s", out)
	}
}

func TestLogoutEndsTheSession(t *testing.T) {
	t.Parallel()
	b, c := tokenBench(t)
	b.run("login").exits(0)
	state, err := b.dirs.State.Join("store")
	if err != nil {
		t.Fatal(err)
	}
	b.run("logout", "--signoff").exits(0)
	if n := b.seen.count("/as/signoff"); n != 1 {
		t.Errorf("%d signoffs, expected one", n)
	}
	if entries, _ := filepath.Glob(filepath.Join(state, "file", "entries", "*")); len(entries) != 0 {
		t.Errorf("%d entries are left", len(entries))
	}
	c.forward(time.Minute)
	b.withoutPassword().run("token").exits(4)
}

func TestUserInfoComparesTheStoredSubject(t *testing.T) {
	t.Parallel()
	b, _ := tokenBench(t)
	b.run("login").exits(0)
	if claims := b.run("userinfo", "-o", "json").exits(0).object(); claims["sub"] == "" {
		t.Errorf("no sub: %v", claims)
	}
	if err := b.srv.Set("userinfo-other-sub", true); err != nil {
		t.Fatal(err)
	}
	b.run("userinfo").exits(5).says("userinfo")
}
