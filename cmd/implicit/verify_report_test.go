package main

import (
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
)

// TestVerifyReports: what a CI server reads says the same as the exit status,
// and no token is in it.
func TestVerifyReports(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	token := b.run("login", "--via", "terminal", "-o", "json").exits(0).object()["id_token"].(string)
	for _, row := range []struct {
		args   []string
		exit   int
		failed string
	}{
		{nil, 0, ""},
		{[]string{"--nonce=another"}, 5, "nonce"},
	} {
		got := b.run(append([]string{"verify", "-o", "junit", token}, row.args...)...).exits(row.exit)
		var report struct {
			Suites []struct {
				Failures int `xml:"failures,attr"`
				Cases    []struct {
					Name    string    `xml:"name,attr"`
					Failure *struct{} `xml:"failure"`
				} `xml:"testcase"`
			} `xml:"testsuite"`
		}
		if err := xml.Unmarshal([]byte(got.out), &report); err != nil {
			t.Fatalf("%v in\n%s", err, got.out)
		}
		failed := ""
		for _, c := range report.Suites[0].Cases {
			if c.Failure != nil {
				failed += c.Name
			}
		}
		if failed != row.failed || len(report.Suites[0].Cases) < 15 || strings.Contains(got.out, token) {
			t.Errorf("junit with %q: failed %q of\n%s", row.args, failed, got.out)
		}

		got = b.run(append([]string{"verify", "-o", "sarif", token}, row.args...)...).exits(row.exit)
		var log struct {
			Runs []struct {
				Results []struct {
					RuleID string `json:"ruleId"`
				} `json:"results"`
			} `json:"runs"`
		}
		if err := json.Unmarshal([]byte(got.out), &log); err != nil {
			t.Fatalf("%v in\n%s", err, got.out)
		}
		failed = ""
		for _, r := range log.Runs[0].Results {
			failed += r.RuleID
		}
		if failed != row.failed || strings.Contains(got.out, token) {
			t.Errorf("sarif with %q: failed %q of\n%s", row.args, failed, got.out)
		}
	}
	// Warnings are in every report, and change no verdict.
	access := b.run("token").exits(0).out
	for format, want := range map[string]string{"json": `{"code":"unbound_access_token","message":"`, "junit": "warning: unbound_access_token: ",
		"sarif": `{"ruleId":"unbound_access_token","ruleIndex":0,"level":"warning"`} {
		got := b.runInput("https://app.example.com/callback#token_type=Bearer&access_token="+access, "verify", "-", "-o", format).exits(0)
		if !strings.Contains(got.out, want) {
			t.Errorf("%s without the warning:\n%s", format, got.out)
		}
	}
	if got := b.runInput(token, "verify", "--batch").exits(0); !strings.Contains(got.out, `,"warnings":[]}`) {
		t.Errorf("batch: %s", got.out)
	}
	b.runInput(token+"\n", "verify", "--batch", "-o", "junit").exits(2).says("--batch")
	b.run("decode", "-o", "sarif", token).exits(2).says("expected text, json")
}
