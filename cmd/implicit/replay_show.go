package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/render"
	"github.com/implicit-cli/implicit/internal/report"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// replayObject is what replay prints as JSON.
type replayObject struct {
	Replayed  bool             `json:"replayed"` // true
	Valid     *bool            `json:"valid"`
	Unchecked []string         `json:"unchecked"`
	Recording recordingObject  `json:"recording"`
	Request   *requestObject   `json:"request"`
	Response  *responseObject  `json:"response"`
	Checks    []implicit.Check `json:"checks"`
	Recorded  []implicit.Check `json:"recorded_checks"`
	Warnings  render.Warnings  `json:"warnings"`
	Lints     []report.Finding `json:"lints"`
	Lacks     []report.Lack    `json:"lacks"`
}

type recordingObject struct {
	Creator string `json:"creator"`
	Entries int    `json:"entries"`
	SignOns int    `json:"sign_ons"`
}

type requestObject struct {
	Endpoint     string `json:"endpoint"`
	ClientID     string `json:"client_id"`
	RedirectURI  string `json:"redirect_uri,omitempty"`
	ResponseType string `json:"response_type"`
	ResponseMode string `json:"response_mode,omitempty"`
	Scope        string `json:"scope,omitempty"`
	At           string `json:"at,omitempty"`
}

type responseObject struct {
	Channel     string `json:"channel"`
	Place       string `json:"place"`
	At          string `json:"at,omitempty"`
	Error       string `json:"error,omitempty"`
	AccessToken string `json:"access_token,omitempty"`
	IDToken     string `json:"id_token,omitempty"`
	State       string `json:"state,omitempty"`
}

func (a *app) showReplay(archive *report.Archive, p *report.Replay, lints []report.Finding) error {
	out := a.withoutSecrets()
	if a.json() {
		return words.JSON(out, a.replayObject(archive, p, lints))
	}
	a.replayText(out, archive, p, lints)
	return nil
}

func (a *app) replayObject(archive *report.Archive, p *report.Replay, lints []report.Finding) replayObject {
	out := replayObject{
		Replayed: true, Valid: p.Valid, Unchecked: orEmpty(p.Unchecked), Checks: orEmpty(p.Checks), Recorded: orEmpty(recordedChecks(archive)),
		Warnings: p.Warnings, Lints: orEmpty(lints), Lacks: orEmpty(p.Lacks),
		Recording: recordingObject{archive.Creator, len(archive.Recording.Entries), p.SignOns},
	}
	if q := p.Request; q != nil {
		out.Request = &requestObject{p.Endpoint, q["client_id"], withoutQuery(q["redirect_uri"]), q["response_type"], q["response_mode"], q["scope"], stamp(p.Requested)}
	}
	if r := p.Response; r != nil {
		out.Response = &responseObject{Channel: r.Channel, Place: p.Place, At: stamp(p.Received)}
		if r.Error != nil {
			out.Response.Error = r.Error.Code
		}
		if a.global.showSecrets {
			out.Response.AccessToken, out.Response.IDToken, out.Response.State = r.AccessToken.Reveal(), r.IDToken.Reveal(), r.State
		}
	}
	return out
}

func withoutQuery(address string) string {
	base, _, _ := strings.Cut(address, "?")
	return base
}

func orEmpty[T any](list []T) []T { return append([]T{}, list...) }

func recordedChecks(archive *report.Archive) []implicit.Check {
	if archive.Own == nil {
		return nil
	}
	return archive.Own.Checks
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func (a *app) replayText(out io.Writer, archive *report.Archive, p *report.Replay, lints []report.Finding) {
	style := a.style()
	rows := [][2]string{{"recording", words.Text(archive.Creator) + ", " + strconv.Itoa(len(archive.Recording.Entries)) + " entries"}}
	if p.SignOns > 1 {
		rows = append(rows, [2]string{"sign-ons", strconv.Itoa(p.SignOns) + "; this is the last"})
	}
	if p.Request != nil {
		rows = append(rows, [2]string{"request", words.Text(p.Endpoint)}, [2]string{"client", words.Text(p.Request["client_id"])})
	}
	if r := p.Response; r != nil {
		rows = append(rows, [2]string{"response", r.Channel + ": " + p.Place}, [2]string{"received", a.recordedTime(p.Received)})
		if a.global.showSecrets {
			rows = append(rows, [2]string{"access_token", words.Text(r.AccessToken.Reveal())}, [2]string{"id_token", words.Text(r.IDToken.Reveal())})
		}
	}
	render.Rows(out, rows)
	if len(p.Lacks) > 0 {
		fmt.Fprintf(out, "\n%s\n", style.Bold("Not in the recording"))
		for _, l := range p.Lacks {
			fmt.Fprintf(out, "  %s\n", l.Message)
		}
	}
	for _, w := range p.Warnings {
		a.warn("%s", w.Message)
	}
	if len(p.Checks) > 0 {
		fmt.Fprintf(out, "\n%s\n", style.Bold("Checks"))
		render.Checks(out, style, p.Checks)
	}
	if other := otherThan(p.Checks, recordedChecks(archive)); len(other) > 0 {
		fmt.Fprintf(out, "\n%s\n", style.Bold("As recorded, where that differs"))
		render.Checks(out, render.Style{}, other)
	}
	for i, f := range lints {
		if i == 0 {
			fmt.Fprintf(out, "\n%s\n", style.Bold("Worth a look"))
		}
		fmt.Fprintf(out, "  %s: %s; %s (%s)\n", f.Code, f.Message, f.Consequence, f.Clause)
	}
	fmt.Fprintf(out, "\n%s\n", a.replayVerdict(p))
}

// otherThan are the recorded checks whose status differs now. Anyone can write
// them: their texts are made safe.
func otherThan(now, recorded []implicit.Check) (other []implicit.Check) {
	for _, c := range recorded {
		if !slices.ContainsFunc(now, func(n implicit.Check) bool { return n.Name == c.Name && n.Status == c.Status }) {
			other = append(other, implicit.Check{Name: words.Text(c.Name), Status: c.Status, Detail: recordedDetail(c.Detail)})
		}
	}
	return other
}

// recordedDetail keeps a detail that quotes something as "Checks" shows it.
func recordedDetail(s string) string {
	if strings.IndexFunc(s, words.Drives) < 0 {
		return s
	}
	return words.Text(s)
}

func (a *app) recordedTime(t time.Time) string {
	if t.IsZero() {
		return "at an unknown time"
	}
	return words.When(t, a.now())
}

func (a *app) replayVerdict(p *report.Replay) string {
	switch {
	case p.Valid != nil && !*p.Valid:
		return a.style().Bad("a check failed")
	case p.Response == nil:
		return "no response to check"
	case p.Response.Error != nil:
		return "the response is an error"
	case p.Valid != nil:
		return a.style().Good("every check was repeated, and none failed")
	case len(p.Unchecked) > 0:
		return "no check failed; not checked again: " + strings.Join(p.Unchecked, ", ")
	}
	return "no check failed"
}
