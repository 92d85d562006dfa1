package main

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// A provider that does not say how long the access token is valid: the token's
// own exp counts, else the ID token's, else an hour. No time is made up, and no
// call signs on again meanwhile.
func TestLifetimeThatIsNotSaid(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, kinds, expiresIn string
		jwt                    bool
		good                   time.Duration
		warns                  bool
	}{
		{"the ID token says", "token id_token", "absent", false, 55 * time.Minute, false},
		{"the ID token says, expires_in is empty", "token id_token", "", false, 55 * time.Minute, false},
		{"the access token says", "token", "absent", true, 8 * time.Minute, false},
		{"nothing says", "token", "absent", false, 55 * time.Minute, true},
		{"nothing says, expires_in is empty", "token", "", false, 55 * time.Minute, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := newOtherProvider(t)
			p.answer = func(w http.ResponseWriter, asked, tokens url.Values) {
				if row.expiresIn == "" {
					tokens.Set("expires_in", "")
				}
				if row.jwt {
					tokens.Set("access_token", p.sign(map[string]any{"iss": p.URL, "sub": "somebody", "aud": "app",
						"iat": time.Now().Unix(), "exp": time.Now().Add(10 * time.Minute).Unix()}))
				}
				byRedirect("#")(w, asked, tokens)
			}
			c := &clock{now: time.Now().Truncate(time.Second)}
			b := newBench(t).withProvider(p).set("IMPLICIT_STORE", "file").set("IMPLICIT_RESPONSE_TYPE", row.kinds)
			b.now = c.Now
			b.run("login", "--via", "terminal").exits(0)
			p.asked()
			for _, args := range [][]string{{"token"}, {"token", "-o", "json"}, {"token", "--format", "env"}, {"token", "--format", "exec-credential"}, {"status"}, {"status", "-o", "json"}} {
				r := b.run(args...).exits(0)
				if strings.Contains(r.out+r.errOut, "0001") {
					t.Errorf("%q names the year 1:\n%s%s", args, r.out, r.errOut)
				}
				if args[0] == "token" && len(args) == 1 && strings.Contains(r.errOut, "does not say") != row.warns {
					t.Errorf("standard error: %s", r.errOut)
				}
			}
			if out := b.run("status").exits(0).out; strings.Contains(out, "not known; used until") == row.jwt {
				t.Errorf("status:\n%s", out)
			}
			c.forward(row.good)
			b.run("token").exits(0)
			if asked := p.asked(); slices.Contains(asked, "GET /authorize") {
				t.Errorf("a token that is stored cost %q", asked)
			}
			c.forward(6 * time.Minute)
			if r := b.run("token").exits(4); strings.Contains(r.errOut, "0001") {
				t.Errorf("standard error: %s", r.errOut)
			}
			b.run("status").exits(4)
		})
	}
}
