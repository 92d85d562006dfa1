package report

import (
	"encoding/base64"
	"os/exec"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/implicit-cli/implicit/internal/wire"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// ran is a run of one exchange, in which each text is foreign.
func ran(text string) *Run {
	claims := base64.RawURLEncoding.EncodeToString([]byte(`{"exp":1795620233,"auth_time":1795616,"x":` + literal(text) + `}`))
	e := wire.Entry{
		Kind: wire.KindExchange, Leg: implicit.LegAction, Err: text, Timings: wire.Timings{Total: time.Second},
		Connection: wire.Connection{Address: text, Proxy: text, Certificates: []wire.Certificate{{Subject: text, Issuer: text, Names: []string{text}}}},
		Request: &wire.Message{Method: "POST", URL: "https://a.example/flows/f?x=" + text, Header: []wire.Field{{Name: "Cookie", Value: text}, {Name: "Authorization", Value: text},
			{Name: "Content-Type", Value: text}}, Body: wire.Body{Text: `{"` + text + `":1}`}},
		Response: &wire.Message{Status: 400, Header: []wire.Field{{Name: "Location", Value: text + "#id_token=eyJhbGciOiJub25lIn0." + claims + ".«0»"}, {Name: "Set-Cookie", Value: text}, {Name: "Correlation-Id", Value: text}},
			Body: wire.Body{Text: `{"_links":{},"status":` + literal(text) + `,"error":{"message":` + literal(text) + `}}`, Action: text, Form: []wire.Field{{Name: text, Value: text}}, Omitted: text}},
	}
	return &Run{Recording: &wire.Recording{Entries: []wire.Entry{e, {Kind: wire.KindStray, Err: text}}}, Command: text, Version: text,
		Checks: []implicit.Check{{Name: text, Status: implicit.StatusFail}}}
}

// Foreign text controls no terminal and begins no line; lines have 80 columns.
func FuzzTrace(f *testing.F) {
	f.Add("a\nimplicit: error: \x1b[31mred\u202e")
	f.Add(strings.Repeat("long ", 100))
	f.Add(strings.Repeat("a.b", 100))
	f.Add("\xff%\"\\")
	f.Fuzz(func(t *testing.T, text string) {
		var b strings.Builder
		if err := Trace(&b, ran(text), TraceOptions{}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(b.String(), "\n") {
			if strings.ContainsFunc(line, words.Drives) || !utf8.ValidString(line) {
				t.Errorf("%q controls a terminal", line)
			}
			if utf8.RuneCountInString(line) > 80 && !strings.HasPrefix(line, " 1") && !strings.Contains(line, "hops in") {
				t.Errorf("%q has more than 80 columns", line)
			}
			if strings.HasPrefix(line, "implicit:") {
				t.Errorf("%q looks like a message of implicit", line)
			}
		}
	})
}

func TestTraceTellsTimes(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := Trace(&b, ran("x"), TraceOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"exp=2026-11-25T15:23:53Z", "auth_time=1970-01-21T18:46:56Z", "certificate x", "the proxy x", "other requests to the listener", "1 failed: x"} {
		if !strings.Contains(b.String(), part) {
			t.Errorf("it lacks %q:\n%s", part, b.String())
		}
	}
}

// Whatever a recording holds, the script is one that a shell can read, and text of a
// server runs nothing.
func FuzzCurl(f *testing.F) {
	f.Add("'; touch /tmp/x; '")
	f.Add("$(id)`id`\n\\\"'")
	f.Add("«0123456789abcdef»")
	f.Add("&'$(id)%\"=«0123456789abcdef»")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "\x00") {
			return
		}
		var b strings.Builder
		run := ran(text)
		opened := run.Recording.Entries[0]
		opened.Kind, opened.Leg = wire.KindOpened, implicit.LegAuthorize
		asked := run.Recording.Entries[0]
		asked.Leg = implicit.LegAuthorize
		run.Recording.Entries = append([]wire.Entry{asked}, append(run.Recording.Entries, opened)...)
		if err := Curl(&b, run); err != nil {
			t.Fatal(err)
		}
		check := exec.Command("sh", "-n")
		check.Stdin = strings.NewReader(b.String())
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("%v: %s\n%s", err, out, b.String())
		}
		for line := range strings.Lines(b.String()) {
			if strings.HasPrefix(strings.TrimSpace(line), "touch") {
				t.Errorf("it runs %q", line)
			}
		}
	})
}
