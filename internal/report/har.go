package report

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/wire"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// HAR writes the run as an HTTP Archive 1.2, which the network panels of browsers
// import. An entry that is not an HTTP call of this program has the status 0 and a comment. The
// members named _implicit hold what the format has no place for.
func (r Run) HAR(w io.Writer) error {
	h := harWriter{r}
	var line, indented bytes.Buffer
	if err := words.JSON(&line, map[string]harLog{"log": h.log()}); err != nil {
		return err
	}
	if err := json.Indent(&indented, line.Bytes(), "", "  "); err != nil {
		return err
	}
	_, err := w.Write(indented.Bytes())
	return err
}

type harWriter struct{ run Run }

type harLog struct {
	Version  string      `json:"version"`
	Creator  harCreator  `json:"creator"`
	Pages    []harPage   `json:"pages"`
	Entries  []harEntry  `json:"entries"`
	Implicit harImplicit `json:"_implicit"`
}

type harCreator struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type harPage struct {
	Started string     `json:"startedDateTime"`
	ID      string     `json:"id"`
	Title   string     `json:"title"`
	Timings harOnEvent `json:"pageTimings"`
}

type harOnEvent struct {
	OnContentLoad int `json:"onContentLoad"`
	OnLoad        int `json:"onLoad"`
}

// harImplicit is what the run knows besides its calls.
type harImplicit struct {
	Command  string             `json:"command"`
	Replayed bool               `json:"replayed,omitempty"`
	Verdict  harVerdict         `json:"verdict"`
	Settings []harSetting       `json:"settings"`
	Checks   []implicit.Check   `json:"checks"`
	Warnings []implicit.Warning `json:"warnings"`
	Lints    []Finding          `json:"lints"`
}

type harSetting struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Source string `json:"source"`
}

type harVerdict struct {
	Valid *bool     `json:"valid"` // null: no token was validated
	Exit  int       `json:"exit"`
	Ended string    `json:"ended"`
	Error *harError `json:"error,omitempty"`
}

// harError is the error object of the command line.
type harError struct {
	Kind          string `json:"kind"`
	Exit          int    `json:"exit"`
	Code          string `json:"code,omitempty"`
	Message       string `json:"message"`
	Hint          string `json:"hint,omitempty"`
	CorrelationID string `json:"correlation_id,omitempty"`
}

const pageID = "run"

func (h harWriter) log() harLog {
	version := h.run.Version
	if version == "" {
		version = "devel"
	}
	l := harLog{
		Version: "1.2", Creator: harCreator{"implicit", version},
		Pages:    []harPage{{Started: harTime(h.run.started()), ID: pageID, Title: h.run.name(), Timings: harOnEvent{-1, -1}}},
		Entries:  []harEntry{},
		Implicit: h.implicit(),
	}
	for _, e := range h.run.entries() {
		l.Entries = append(l.Entries, h.entry(e))
	}
	return l
}

func (h harWriter) implicit() harImplicit {
	own := harImplicit{
		Command: h.run.Command, Replayed: h.run.Replayed,
		Verdict:  harVerdict{Valid: h.run.valid(), Exit: h.run.Verdict.Exit, Ended: harTime(h.run.Ended), Error: h.failure()},
		Settings: []harSetting{}, Checks: []implicit.Check{}, Warnings: []implicit.Warning{}, Lints: []Finding{},
	}
	for _, s := range h.run.settings() {
		own.Settings = append(own.Settings, harSetting{s.Name, h.run.scrub(s.Value), s.Source})
	}
	for _, c := range h.run.Checks {
		c.Detail, c.Expected, c.Found = h.run.scrub(c.Detail), h.run.scrub(c.Expected), h.run.scrub(c.Found)
		own.Checks = append(own.Checks, c)
	}
	for _, warning := range h.run.Warnings {
		warning.Message = h.run.scrub(warning.Message)
		own.Warnings = append(own.Warnings, warning)
	}
	for _, f := range h.run.findings() {
		f.Message = h.run.scrub(f.Message)
		own.Lints = append(own.Lints, f)
	}
	return own
}

func (h harWriter) failure() *harError {
	v := h.run.Verdict
	if v.Exit == 0 {
		return nil
	}
	return &harError{v.Kind, v.Exit, h.run.scrub(v.Code), h.run.scrub(v.Message), h.run.scrub(v.Hint), h.run.scrub(v.CorrelationID)}
}

func harTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// milliseconds of a duration; what is unknown is -1, which the format has for what
// does not apply.
func milliseconds(d time.Duration) float64 {
	if d < 0 {
		return -1
	}
	return float64(d.Round(time.Microsecond)) / float64(time.Millisecond)
}

// serverIP is the address of the server; not the proxy's.
func serverIP(c wire.Connection) string {
	host, _, err := net.SplitHostPort(c.Address)
	if err != nil || c.Proxy != "" || net.ParseIP(host) == nil {
		return ""
	}
	return host
}

func statusText(m *wire.Message) string { return http.StatusText(m.Status) }

// comments say what an entry is that is not an HTTP call of this program.
func comment(e wire.Entry) string {
	switch e.Kind {
	case wire.KindExchange:
		return ""
	case wire.KindOpened:
		return "not an HTTP call of implicit: the address that a browser was sent to"
	case wire.KindReceived:
		return "not an HTTP call of implicit: the response, as its listener received it"
	case wire.KindPasted:
		return "not an HTTP call of implicit: an address that the user pasted"
	case wire.KindStray:
		return "not an HTTP call of implicit: a request to its listener that was not the response"
	}
	return "not an HTTP call of implicit: " + strings.ToLower(string(e.Kind))
}
