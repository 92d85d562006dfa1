package render

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/internal/report"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// hostile is text as a provider might choose it.
const hostile = "a<b>&\"']]>\n\x1b[2J\u009b\u202e\x00\xff\u00e9"

// validResult is what a verifier says of an opaque token.
func validResult() *implicit.Result {
	keys, err := implicit.NewStaticKeySet([]byte(`{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`))
	if err != nil {
		panic(err)
	}
	v := &implicit.Verifier{Issuer: "https://login.example.com/as", Keys: keys}
	r, err := v.VerifyAccessToken(context.Background(), implicit.NewSecret("opaque"), implicit.Expected{})
	if err != nil {
		panic(err)
	}
	return r
}

func mixedLogin() Login {
	return Login{Issuer: "https://login.example.com/as", ClientID: hostile, Result: &implicit.Result{Checks: []implicit.Check{
		{Name: "state", Status: implicit.StatusPass, Detail: "the request's"},
		{Name: "signature", Status: implicit.StatusFail, Detail: hostile, Expected: "one", Found: "another", Clause: "RFC 7515 section 5.2"},
		{Name: "at_hash", Status: implicit.StatusSkip, Detail: "there is no access token"},
		{Name: "access_token.issuer", Status: implicit.StatusFail, Detail: "other", Clause: "RFC 9068 section 4"},
		{Name: "claim.role", Status: implicit.StatusFail, Detail: "the claim has not the value"},
		{Name: "claim.role", Status: implicit.StatusFail, Detail: "nor this one"},
	}}}
}

// reports are results as both reports must tell them: the checks that failed.
func reports() map[string]struct {
	login  Login
	failed []string
} {
	type row = struct {
		login  Login
		failed []string
	}
	valid := Login{Result: validResult()}
	skipped := Login{Result: &implicit.Result{Checks: []implicit.Check{{Name: "key", Status: implicit.StatusSkip}}}}
	return map[string]row{
		"mixed":                        {mixedLogin(), []string{"signature", "access_token.issuer", "claim.role", "claim.role"}},
		"valid":                        {valid, nil},
		"nothing verified":             {Login{Result: &implicit.Result{}}, []string{"tokens"}},
		"not valid though none failed": {skipped, []string{"tokens"}},
	}
}

func TestJUnit(t *testing.T) {
	for name, row := range reports() {
		var out strings.Builder
		if err := row.login.JUnit(&out); err != nil {
			t.Fatal(err)
		}
		var got struct {
			Suite report.JUnit `xml:"testsuite"`
		}
		if err := xml.Unmarshal([]byte(out.String()), &got); err != nil {
			t.Fatalf("%s: %v in %s", name, err, out.String())
		}
		var failed []string
		skipped := 0
		for _, c := range got.Suite.Cases {
			if c.Failure != nil {
				failed = append(failed, c.Name)
			}
			if c.Skipped != nil {
				skipped++
			}
		}
		if strings.Join(failed, " ") != strings.Join(row.failed, " ") {
			t.Errorf("%s: failures %q, want %q", name, failed, row.failed)
		}
		if s := got.Suite; s.Tests != len(s.Cases) || s.Failures != len(failed) || s.Skipped != skipped {
			t.Errorf("%s: the counts %d %d %d are not those of the cases", name, s.Tests, s.Failures, s.Skipped)
		}
		drivesNothing(t, name, out.String())
	}
}

func TestJUnitSaysWhatFailed(t *testing.T) {
	var out strings.Builder
	if err := mixedLogin().JUnit(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<testsuite name="implicit verify" tests="6" failures="4" errors="0" skipped="1">`,
		`<property name="issuer" value="https://login.example.com/as"></property>`,
		`<testcase classname="implicit.verify" name="state" time="0"></testcase>`,
		`<skipped message="there is no access token"></skipped>`,
		`expected one; found another (RFC 7515 section 5.2)</failure>`,
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in\n%s", want, out.String())
		}
	}
}

func TestSARIF(t *testing.T) {
	for name, row := range reports() {
		var out strings.Builder
		if err := row.login.SARIF(&out, "1.2.3"); err != nil {
			t.Fatal(err)
		}
		var log sarifLog
		if err := json.Unmarshal([]byte(out.String()), &log); err != nil || log.Version != "2.1.0" || len(log.Runs) != 1 {
			t.Fatalf("%s: %v in %s", name, err, out.String())
		}
		run := log.Runs[0]
		var failed []string
		for _, r := range run.Results {
			failed = append(failed, r.RuleID)
			if rule := run.Tool.Driver.Rules[r.RuleIndex]; rule.ID != r.RuleID || rule.Help.Text == "" {
				t.Errorf("%s: the result of %s points to the rule %+v", name, r.RuleID, rule)
			}
			if r.Level != "error" || len(r.Locations) != 1 || r.Locations[0].Physical.Artifact.URI == "" {
				t.Errorf("%s: %+v has another level or no place", name, r)
			}
		}
		if strings.Join(failed, " ") != strings.Join(row.failed, " ") {
			t.Errorf("%s: results %q, want %q", name, failed, row.failed)
		}
		if row.failed == nil && !strings.Contains(out.String(), `"results":[]`) {
			t.Errorf("%s: no empty list of results, which says that all was looked at: %s", name, out.String())
		}
		drivesNothing(t, name, out.String())
	}
}

func TestSARIFSaysWhatFailed(t *testing.T) {
	var out strings.Builder
	if err := mixedLogin().SARIF(&out, "1.2.3"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"driver":{"name":"implicit","version":"1.2.3","rules":[{"id":"signature",`,
		`"help":{"text":"RFC 7515 section 5.2"}`,
		`"message":{"text":"access_token.issuer: other (RFC 9068 section 4)"}`,
		`{"physicalLocation":{"artifactLocation":{"uri":"access_token"},"region":{"startLine":1}}}`,
		`"ruleId":"claim.role","ruleIndex":2,`,
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in\n%s", want, out.String())
		}
	}
	if strings.Count(out.String(), `"id":"claim.role"`) != 1 {
		t.Errorf("one rule twice in\n%s", out.String())
	}
}

func TestReportsOnAFullDisk(t *testing.T) {
	for name, write := range map[string]func(io.Writer) error{
		"junit": mixedLogin().JUnit,
		"sarif": func(w io.Writer) error { return mixedLogin().SARIF(w, "") },
	} {
		if write(fullDisk{}) == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func drivesNothing(t *testing.T, name, out string) {
	t.Helper()
	if i := strings.IndexFunc(out, func(c rune) bool { return c != '\n' && words.Drives(c) }); i >= 0 {
		t.Errorf("%s: %q reaches the terminal", name, out[i:min(i+8, len(out))])
	}
}
