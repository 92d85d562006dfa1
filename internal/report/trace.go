package report

import (
	"fmt"
	"io"
)

// TraceOptions say where a trace is shown.
type TraceOptions struct {
	Color bool
	Width int // in columns; 0: 80
}

// Trace writes a few lines for each hop.
func Trace(w io.Writer, run *Run, o TraceOptions) error {
	for _, e := range run.Recording.Entries {
		if _, err := fmt.Fprintf(w, "%s %s\n", e.Leg, e.Request.Method); err != nil {
			return err
		}
	}
	return nil
}
