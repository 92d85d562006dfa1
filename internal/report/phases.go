package report

import (
	"time"

	"github.com/implicit-cli/implicit/internal/wire"
)

// phase is a part of an exchange, in the order in which they happen.
type phase struct {
	name string
	took time.Duration // wire.Unknown: it did not happen
}

// blocked is what a call took in addition to its phases: it waited for a connection
// that another call was making.
func blocked(t wire.Timings) time.Duration {
	rest := t.Total
	for _, p := range phasesOf(t) {
		rest -= max(p.took, 0)
	}
	return max(rest, 0)
}

func phasesOf(t wire.Timings) []phase {
	return []phase{{"DNS", t.DNS}, {"connect", t.Connect}, {"TLS", t.TLS}, {"send", t.Send}, {"wait", t.Wait}, {"receive", t.Receive}}
}
