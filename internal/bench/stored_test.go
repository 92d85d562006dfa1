//go:build unix

package bench

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/credstore"
	"github.com/implicit-cli/implicit/internal/session"
	"github.com/implicit-cli/implicit/internal/state"
)

// BenchmarkStored is the CPU time of token and status with a thousand logins in the
// store of files, in turns with a store of one.
func BenchmarkStored(b *testing.B) {
	const many = 1000
	m := newMachine(b, 0)
	m.env = append(m.env, "XDG_STATE_HOME="+filepath.Join(m.home, "one"))
	m.implicit(b, "login")
	full := append(m.env[:len(m.env):len(m.env)], "XDG_STATE_HOME="+filepath.Join(m.home, "many"))
	m.fill(b, filepath.Join(m.home, "many", "implicit"), many)
	one := m.env
	m.env = full
	m.implicit(b, "login")
	used := map[string]time.Duration{}
	turn := func(name string, env []string, command string) {
		cmd := exec.CommandContext(b.Context(), m.program, command)
		cmd.Env, cmd.Dir = append(env[:len(env):len(env)], "IMPLICIT_PASSWORD="), m.home
		output(b, cmd)
		used[name] += cpu(cmd)
	}
	for b.Loop() {
		turn("token/1", one, "token")
		turn("token/many", full, "token")
		turn("status/1", one, "status")
		turn("status/many", full, "status")
	}
	b.ReportMetric(0, "ns/op") // of all together: means nothing
	b.ReportMetric(float64(used["token/many"])/float64(used["token/1"]), "token_1000/token_1")
	b.ReportMetric(float64((used["status/many"]-used["status/1"]).Microseconds())/1000/float64(b.N)/many, "status_ms/login")
}

// fill stores copies of a login under keys of their own.
func (m *machine) fill(b *testing.B, dir string, count int) {
	b.Helper()
	store, err := session.Open(b.Context(), credstore.Options{Kind: credstore.File, Dir: state.At(dir), Now: time.Now, Warn: func(string) {}})
	if err != nil {
		b.Fatal(err)
	}
	expires := time.Now().Add(time.Hour)
	for i := range count {
		e := &session.Entry{Profile: fmt.Sprintf("p-%d", i), Issuer: m.its.Issuer, ClientID: m.its.ClientID, Subject: "s", Obtained: time.Now(), Via: "terminal",
			AccessToken: strings.Repeat("a", 900), IDToken: strings.Repeat("a", 1100), Scope: "openid", Expires: expires, IDExpires: expires}
		if err := store.Keep(b.Context(), session.NewKey(e.Profile, "", m.its.Issuer), e); err != nil {
			b.Fatal(err)
		}
	}
}
