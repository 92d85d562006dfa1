//go:build unix

package bench

import (
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// BenchmarkStartUp is the CPU time of a command that needs no network, in turns with
// curl --version: version does nothing, --help lists the commands, token opens a
// stored token and prints it.
func BenchmarkStartUp(b *testing.B) {
	m := newMachine(b, 0)
	m.implicit(b, "login")
	if n := strings.Count(m.implicit(b, "token"), "."); n != 2 {
		b.Fatalf("token printed a text with %d dots, not a token", n)
	}
	// Without a password no run can sign on again, which would be measured instead.
	m.env = append(m.env, "IMPLICIT_PASSWORD=")
	used := map[string]time.Duration{}
	turn := func(program string, args ...string) {
		cmd := exec.CommandContext(b.Context(), program, args...)
		cmd.Env, cmd.Dir = m.env, m.home
		output(b, cmd)
		used[program+" "+args[0]] += cpu(cmd)
	}
	all := [][]string{{m.program, "version"}, {m.program, "--help"}, {m.program, "token"}, {"curl", "--version"}}
	for b.Loop() {
		for _, i := range rand.Perm(len(all)) { // each finds the caches as the one before left them
			turn(all[i][0], all[i][1])
		}
	}
	of := func(args string) time.Duration { return used[m.program+" "+args] }
	curl := float64(used["curl --version"])
	b.ReportMetric(0, "ns/op") // of all together: means nothing
	b.ReportMetric(float64(of("version").Microseconds())/1000/float64(b.N), "version_ms")
	b.ReportMetric(float64(of("version"))/curl, "version/curl")
	b.ReportMetric(float64(of("--help"))/curl, "help/curl")
	b.ReportMetric(float64(of("token"))/float64(of("version")), "token/version")
}
