//go:build unix

package bench

import (
	"strings"
	"testing"
	"time"
)

// BenchmarkStartUp is what a script pays for a command that needs no network:
// version does nothing, token opens a stored token and prints it. They run in turns,
// so that other load on the machine hits both; the quickest turn of each counts.
func BenchmarkStartUp(b *testing.B) {
	m := newMachine(b)
	if !m.has(b, "token") {
		b.Fatal("the program has no token command to measure")
	}
	m.implicit(b, "login")
	if n := strings.Count(m.implicit(b, "token"), "."); n != 2 {
		b.Fatalf("token printed a text with %d dots, not a token", n)
	}
	// Without a password no run can sign on again, which would be measured instead.
	m.env = append(m.env, "IMPLICIT_PASSWORD=")
	turn := func(best time.Duration, args ...string) time.Duration {
		start := time.Now()
		m.implicit(b, args...)
		if d := time.Since(start); best == 0 || d < best {
			return d
		}
		return best
	}
	var version, token time.Duration
	for b.Loop() {
		version = turn(version, "version")
		token = turn(token, "token")
	}
	b.ReportMetric(0, "ns/op") // of the two together: means nothing
	b.ReportMetric(float64(version.Microseconds())/1000, "version_ms")
	b.ReportMetric(float64(token.Microseconds())/1000, "token_ms")
	b.ReportMetric(float64(token)/float64(version), "token/version")
}
