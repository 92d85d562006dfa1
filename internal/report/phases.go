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

func phasesOf(t wire.Timings) []phase {
	return []phase{{"DNS", t.DNS}, {"connect", t.Connect}, {"TLS", t.TLS}, {"send", t.Send}, {"wait", t.Wait}, {"receive", t.Receive}}
}
