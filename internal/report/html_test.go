package report

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/internal/wire"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

func pageOf(t *testing.T, run Run) string {
	t.Helper()
	var b bytes.Buffer
	if err := run.HTML(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const attack = `</script></style></title><script>alert(1)</script><img src=x onerror=alert(2)>"'&#x27;` + "\u202e\x1b[31m\xff\x00 javascript:alert(3) https://evil.example"

// hostileRun has the attack wherever text of others can be.
func hostileRun() Run {
	run := sampleRun()
	run.Command, run.Version = attack, attack
	run.Verdict = Verdict{Exit: 5, Kind: attack, Code: attack, Message: attack, Hint: attack, CorrelationID: attack}
	run.Settings = []Setting{{attack, attack, attack}, {"client-id", attack, attack}}
	run.Checks = []implicit.Check{{Name: attack, Status: implicit.StatusFail, Detail: attack, Expected: attack, Found: attack, Clause: attack}}
	run.Warnings = []implicit.Warning{{Code: attack, Message: attack}}
	fields := []wire.Field{{Name: attack, Value: attack}, {Name: "Location", Value: attack + "?" + attack + "#" + attack}, {Name: "Cookie", Value: attack}}
	body := wire.Body{MediaType: attack, Text: attack, Form: fields, Omitted: attack}
	for i, kind := range []wire.Kind{wire.KindExchange, wire.KindOpened, wire.KindReceived, wire.KindPasted, wire.KindStray} {
		e := &run.Recording.Entries[i]
		e.Kind, e.Leg, e.Err = kind, attack, attack
		e.Connection = wire.Connection{Address: attack, Proxy: attack, Protocol: attack, TLSVersion: attack, Certificates: []wire.Certificate{{Subject: attack, Issuer: attack}}}
		e.Request = &wire.Message{Method: attack, URL: "https://" + attack + "/?" + attack + "#access_token=" + attack, Proto: attack, Header: fields, Body: body}
		e.Response = &wire.Message{Status: 200, Proto: attack, Header: fields, Body: body}
	}
	claims := `{"sub":"</script><script>alert(4)</script>\u202e","</script><script>alert(5)</script>":1,"exp":1e300,"iat":-1}`
	response := call(0, "resume", "GET", sampleBase, nil, redirect(sampleTarget+"#id_token="+recordedToken(sampleHeader, claims)+"&access_token=opaque</script>"))
	run.Recording.Entries = append(run.Recording.Entries, response)
	return run
}

// The page is the same markup whatever was recorded: one style and one script, its own;
// links within the page; nothing that is fetched.
func TestPageOfAttacks(t *testing.T) {
	page := pageOf(t, hostileRun())
	if n := strings.Count(page, "<script>"); n != 1 || strings.Count(page, "</script>") != 1 || strings.Count(page, "<style>") != 1 {
		t.Errorf("%d scripts", n)
	}
	if strings.ContainsAny(page, "\u202e\x1b\x00") || !strings.Contains(page, "<b class=ctl>U+202E</b>") || !strings.Contains(page, `\xff`) {
		t.Error("characters that change the page are not shown by their number")
	}
	for _, tag := range regexp.MustCompile(`<[a-zA-Z][^>]*>`).FindAllString(page, -1) {
		if strings.Contains(tag, "alert") || strings.Contains(tag, "evil") || strings.HasPrefix(tag, "<img") {
			t.Errorf("foreign text in %q", tag)
		}
	}
	for _, m := range regexp.MustCompile(`\b(href|src|style|action|on[a-z]+)\s*=\s*"?([^\s>"]*)`).FindAllStringSubmatch(stripText(page), -1) {
		if m[1] != "href" || !strings.HasPrefix(m[2], "#") {
			t.Errorf("the page has %s", m[0])
		}
	}
}

// stripText leaves the tags alone.
func stripText(page string) string {
	return strings.Join(regexp.MustCompile(`<[a-zA-Z][^>]*>`).FindAllString(page, -1), "\n")
}

func TestPolicyIsFirst(t *testing.T) {
	page := pageOf(t, sampleRun())
	_, head, _ := strings.Cut(page, "<head>\n")
	if !strings.HasPrefix(head, `<meta http-equiv="Content-Security-Policy" content="default-src 'none'`) {
		t.Errorf("the head begins with %.80q", head)
	}
	for _, never := range []string{"unsafe-", "http-equiv=refresh", "@import", "url(h"} {
		if strings.Contains(page, never) {
			t.Errorf("the page has %q", never)
		}
	}
}

// A run of which little is known still has a page.
func TestPageOfLittle(t *testing.T) {
	for _, run := range []Run{{}, {Recording: &wire.Recording{}}, {Verdict: Verdict{Exit: 2, Kind: "usage", Message: "no"}},
		{Recording: &wire.Recording{Entries: []wire.Entry{{Kind: wire.KindExchange}, {Kind: wire.KindOpened}, {Kind: wire.KindReceived}, {Kind: wire.KindStray}, {Kind: wire.KindPasted, Request: &wire.Message{}}}}, Replayed: true}} {
		if page := pageOf(t, run); !strings.Contains(page, "<h1>") || !strings.HasSuffix(page, "</html>\n") {
			t.Errorf("%+v: %s", run, page)
		}
	}
}

// No recording makes a writer panic or gets markup into the page.
func FuzzPage(f *testing.F) {
	f.Add(sampleBase+"/as/authorize?client_id=a&response_type=token#x=y", "Location", sampleTarget+"#error=x", `{"status":"FAILED","error":{"code":"x"}}`)
	f.Add("%zz?&&=#", "Set-Cookie", attack, `{"authorizeResponse":{"id_token":"eyJ.eyJ.x"}}`)
	f.Add(sampleTarget+"#id_token="+recordedToken(`{"typ":1}`, `{"exp":1e99,"iat":"x","aud":[1]}`), "a", "b", `[`)
	f.Fuzz(func(t *testing.T, address, name, text, body string) {
		run := sampleRun()
		for i, kind := range []wire.Kind{wire.KindExchange, wire.KindOpened, wire.KindReceived, wire.KindPasted, wire.KindStray} {
			e := &run.Recording.Entries[i]
			e.Kind, e.Request.URL, e.Err = kind, address, text
			e.Response = &wire.Message{Status: len(body), Header: []wire.Field{{Name: name, Value: text}}, Body: wire.Body{Text: body}}
		}
		if page := pageOf(t, run); strings.Count(page, "<script>") != 1 || strings.Count(page, "<style>") != 1 {
			t.Error("foreign markup")
		}
		archive(t, run)
	})
}
