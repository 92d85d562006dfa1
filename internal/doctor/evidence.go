package doctor

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"github.com/implicit-cli/implicit/internal/report"
	"github.com/implicit-cli/implicit/internal/wire"
)

// EvidenceAt is where evidence may be attached to an issue.
const EvidenceAt = "https://github.com/implicit-cli/implicit/issues/new"

const evidenceComment = "What implicit sent and received, for an issue at " + EvidenceAt + ". Hosts, IDs (environment, application, flow, key) and IP addresses are replaced " +
	"by fingerprints under a key of this file: equal values have equal fingerprints, which reveal nothing. Names of scopes, policies and paths are not. Read it before you attach it."

// Evidence writes a run as an HTTP archive that does not show whose it is: hosts,
// environment, application and everything with the form of an ID or an IP address are
// fingerprints under a random key, and so are keys and certificates. The recording
// must have been made with redacted claims. random may be nil.
func Evidence(w io.Writer, run report.Run, random io.Reader) error {
	d := newDisguise(&run, random)
	scrub := run.Scrub
	run.Scrub = func(text string) string {
		if scrub != nil {
			text = scrub(text)
		}
		return d.text(text)
	}
	run.Recording, run.Settings = d.recording(run.Recording), harmlessSettings(run.Settings)
	var har bytes.Buffer
	if err := run.HAR(&har); err != nil {
		return err
	}
	begin := []byte(`"log": {`)
	_, err := w.Write(bytes.Replace(har.Bytes(), begin, append(begin, `
    "comment": "`+evidenceComment+`",`...), 1))
	return err
}

// harmlessSettings are those that say what was asked for, without where they are from:
// a profile's name may be a customer's.
func harmlessSettings(all []report.Setting) (kept []report.Setting) {
	known := []string{"region", "response-type", "response-mode", "method", "scope", "prompt", "max-age", "acr-values", "algorithms", "clock-skew"}
	for _, s := range all {
		if slices.Contains(known, s.Name) {
			kept = append(kept, report.Setting{Name: s.Name, Value: s.Value})
		}
	}
	return kept
}

// recording is a copy without connections, certificates and keys.
func (d *disguise) recording(r *wire.Recording) *wire.Recording {
	if r == nil {
		return nil
	}
	list := slices.Clone(r.Entries)
	for i := range list {
		c := &list[i].Connection
		*c = wire.Connection{Protocol: c.Protocol, TLSVersion: c.TLSVersion, CipherSuite: c.CipherSuite, Reused: c.Reused}
	}
	hidden := &wire.Recording{Started: r.Started, Entries: list}
	return each(hidden, func(text string) string {
		return d.keyMember.ReplaceAllStringFunc(text, func(member string) string {
			name, value, _ := strings.Cut(member, ":")
			return name + `:"` + d.print(value) + `"`
		})
	})
}

// each returns a recording with a function applied to the texts of its messages.
func each(r *wire.Recording, f func(string) string) *wire.Recording {
	if r == nil {
		return nil
	}
	fields := func(list []wire.Field) []wire.Field {
		list = slices.Clone(list)
		for i := range list {
			list[i].Value = f(list[i].Value)
		}
		return list
	}
	message := func(m *wire.Message) *wire.Message {
		if m == nil {
			return nil
		}
		c := *m
		c.URL, c.Header = f(m.URL), fields(m.Header)
		c.Body.Text, c.Body.Form, c.Body.Action = f(m.Body.Text), fields(m.Body.Form), f(m.Body.Action)
		return &c
	}
	list := slices.Clone(r.Entries)
	for i := range list {
		e := &list[i]
		e.Request, e.Response, e.Err = message(e.Request), message(e.Response), f(e.Err)
	}
	return &wire.Recording{Started: r.Started, Entries: list}
}
