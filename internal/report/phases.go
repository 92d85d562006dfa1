package report

import (
	"fmt"
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

// tookWords returns a duration with two to three digits: 4.2 ms, 120 ms, 3.1 s.
func tookWords(d time.Duration) string {
	switch {
	case d < 0:
		return ""
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
}
