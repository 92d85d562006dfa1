package report

import (
	"slices"
	"strings"

	"github.com/implicit-cli/implicit/internal/wire"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Redacted returns the recording without secrets, like one that wire makes. A file of
// ours goes through it too: anyone can write one.
func (a *Archive) Redacted(r *wire.Redactor) *wire.Recording {
	out := &wire.Recording{Started: a.Recording.Started, Entries: slices.Clone(a.Recording.Entries)}
	base, pingOne := strings.CutSuffix(a.SignOn().Endpoint, "/as/authorize")
	for i := range out.Entries {
		e := &out.Entries[i]
		if pingOne && e.Leg == "" && e.Request != nil {
			e.Leg = legOf(strings.TrimPrefix(e.Request.URL, base))
		}
		e.Request, e.Response = r.Message(e.Request, e.Leg), redactedResponse(r, e)
	}
	return out
}

// redactedResponse keeps the form of a page of which a file of --har has nothing else.
func redactedResponse(r *wire.Redactor, e *wire.Entry) *wire.Message {
	m := e.Response
	if m == nil || m.Body.Text != "" || len(m.Body.Form) == 0 {
		return r.Message(m, e.Leg)
	}
	form := *m
	form.Body.MediaType, form.Body.Text = "application/x-www-form-urlencoded", encodeForm(m.Body.Form)
	out := r.Message(&form, e.Leg)
	out.Body.MediaType = m.Body.MediaType
	return out
}

// legOf returns what a browser's call to PingOne was for, by the path below the
// environment; empty where that is not known.
func legOf(path string) string {
	path, _, _ = strings.Cut(path, "?")
	if strings.HasPrefix(path, "/flows/") {
		return implicit.LegFlow
	}
	return map[string]string{
		"/as/authorize": implicit.LegAuthorize, "/as/resume": implicit.LegResume, "/as/jwks": implicit.LegKeys, "/as/userinfo": implicit.LegUserInfo,
		"/as/.well-known/openid-configuration": implicit.LegDiscovery,
	}[path]
}
