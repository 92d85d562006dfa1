package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/har"

	"github.com/implicit-cli/implicit/internal/wire"
)

func archive(t *testing.T, run Run) (text string, log *har.Log) {
	t.Helper()
	var b bytes.Buffer
	if err := run.HAR(&b); err != nil {
		t.Fatal(err)
	}
	var file har.HAR
	if err := json.Unmarshal(b.Bytes(), &file); err != nil || file.Log == nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	return b.String(), file.Log
}

func TestHARIsReadByAnotherReader(t *testing.T) {
	_, log := archive(t, sampleRun())
	if log.Version != "1.2" || log.Creator.Name != "implicit" || len(log.Entries) != 5 || len(log.Pages) != 1 {
		t.Fatalf("log: %+v", log)
	}
	first, last := log.Entries[0], log.Entries[4]
	if first.Request.Method != "GET" || !strings.HasPrefix(first.Request.URL, sampleBase+"/as/authorize?") || first.Response.Status != 302 || first.ServerIPAddress != "192.0.2.7" {
		t.Errorf("first entry: %+v %+v", first.Request, first.Response)
	}
	if !strings.HasPrefix(last.Response.RedirectURL, sampleTarget+"#access_token=") || strings.Contains(last.Response.RedirectURL, "«") {
		t.Errorf("redirect: %q", last.Response.RedirectURL)
	}
	found := map[string]string{}
	for _, q := range first.Request.QueryString {
		found[q.Name] = q.Value
	}
	if found["scope"] != "openid profile" || found["nonce"] != nonceMark {
		t.Errorf("query: %v", found)
	}
	if c := first.Request.Cookies; len(c) != 1 || c[0].Name != "ST" || c[0].Value != "«aa11bb22cc33dd44»" {
		t.Errorf("cookies: %v", c)
	}
	timings := first.Timings
	if sum := *timings.Blocked + *timings.DNS + *timings.Connect + timings.Send + timings.Wait + timings.Receive; *timings.Ssl != 21 || *timings.Connect != 35 || sum < first.Time-0.01 || sum > first.Time+0.01 {
		t.Errorf("timings: %+v, time %v", timings, first.Time)
	}
}

// What is not a call of implicit is marked, and the file says so to a program too.
func TestHARMarksWhatIsNoCall(t *testing.T) {
	run := sampleRun()
	run.Recording.Entries = []wire.Entry{
		{Kind: wire.KindOpened, Started: sampleStart, Request: &wire.Message{Method: "GET", URL: sampleBase + "/as/authorize?client_id=x"}},
		{Kind: wire.KindStray, Started: sampleStart, Request: &wire.Message{}, Err: "2 × other"},
		{Kind: wire.KindReceived, Started: sampleStart, Request: &wire.Message{Method: "GET", URL: sampleTarget + "#state=" + stateMark}},
	}
	text, log := archive(t, run)
	for _, e := range log.Entries {
		if !strings.HasPrefix(e.Comment, "not an HTTP call of implicit") || e.Response.Status != 0 || e.Request.URL == "" {
			t.Errorf("entry: %+v", e)
		}
	}
	if strings.Contains(log.Entries[2].Request.URL, "#") || !strings.Contains(text, `"url": "`+sampleTarget+"#state="+stateMark) {
		t.Errorf("the fragment belongs into _implicit alone:\n%s", text)
	}
}

// A file that reaches another machine runs nothing on it, and its error is in it.
func TestHAROfAFailure(t *testing.T) {
	run := sampleRun()
	run.Verdict = Verdict{Exit: 3, Kind: "refused", Code: "x", Message: "no \x1b[31m\u202e, the password is hunter-2222"}
	run.Scrub = func(s string) string { return strings.ReplaceAll(s, "hunter-2222", "[redacted]") }
	run.Recording.Entries[0].Response, run.Recording.Entries[0].Err = nil, "connection reset, hunter-2222"
	run.Recording.Entries[1].Response.Body.MediaType = "text/hunter-2222"
	text, log := archive(t, run)
	if strings.ContainsAny(text, "\x1b\u202e") || strings.Contains(text, "hunter") || !strings.Contains(text, `"valid": false`) {
		t.Error(text)
	}
	if r := log.Entries[0].Response; r.Status != 0 {
		t.Errorf("response: %+v", r)
	}
}
