package main

import (
	"encoding/xml"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestDoctorJSON(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	report := b.run("doctor", "-o", "json").exits(0).object()
	if len(report) != 2 || report["exit"] != 0.0 {
		t.Errorf("%v", report)
	}
	for _, each := range report["findings"].([]any) {
		f := each.(map[string]any)
		for _, name := range []string{"name", "hop", "status", "tried", "saw", "change", "exit", "page"} {
			if _, ok := f[name]; !ok {
				t.Errorf("%v has no %s", f, name)
			}
		}
		if !slices.Contains([]any{"ok", "warning", "failed", "skipped", "could_not_tell"}, f["status"]) {
			t.Errorf("the status is %v", f["status"])
		}
	}
	if n := b.seen.count("/as/resume"); n != 1 {
		t.Errorf("%d sign-ons", n)
	}
}

// TestDoctorExits compares what a program gets for a cause in each hop.
func TestDoctorExits(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		args    []string
		exit    int
		finding string
	}{
		{[]string{"--auth-url", "https://auth.pingone.eu/v1"}, 2, "environment"},
		{[]string{"--auth-url", "https://127.0.0.1:1"}, 6, "connection"},
		{[]string{"--ca-cert", ""}, 6, "tls"},
		{[]string{"--client-id", "c11e0000-0000-4000-8000-00000000ffff"}, 3, "client"},
		{[]string{"--acr-values", "Other"}, 3, "request"},
	} {
		b := newBench(t).withSandbox()
		if row.finding == "tls" {
			delete(b.env, "IMPLICIT_CA_CERT")
		}
		r := b.run(append([]string{"doctor", "-o", "json"}, row.args...)...).exits(row.exit)
		if !strings.Contains(r.out, `"name":"`+row.finding+`"`) || r.errOut != "" {
			t.Errorf("%v: %s%s", row.args, r.out, r.errOut)
		}
		if n := b.seen.count("/as/resume"); n != 0 {
			t.Errorf("%v: %d sign-ons", row.args, n)
		}
	}
}

// The address of the page is below the other texts.
func TestDoctorFindingIsAligned(t *testing.T) {
	t.Parallel()
	for _, issuer := range []string{"/as", ""} {
		out := newBench(t).set("IMPLICIT_ISSUER", issuer).run("doctor").exits(2).out
		saw, see := regexp.MustCompile(`(?m)^  saw +`).FindString(out), regexp.MustCompile(`(?m)^  see +`).FindString(out)
		if saw == "" || len(saw) != len(see) {
			t.Errorf("not aligned:\n%s", out)
		}
	}
}

func TestDoctorJUnit(t *testing.T) {
	t.Parallel()
	var report struct {
		Suites []struct {
			Failures int `xml:"failures,attr"`
			Errors   int `xml:"errors,attr"`
		} `xml:"testsuite"`
	}
	count := func(b *bench, exit int) (failures, errors int) {
		report.Suites = nil
		if err := xml.Unmarshal([]byte(b.run("doctor", "-o", "junit").exits(exit).out), &report); err != nil {
			t.Fatal(err)
		}
		return report.Suites[0].Failures, report.Suites[0].Errors
	}
	if failures, errors := count(newBench(t).withSandbox("wrong-nonce"), 5); failures != 1 || errors != 0 {
		t.Errorf("refused tokens: %d failures, %d errors", failures, errors)
	}
	if failures, errors := count(newBench(t).withSandbox("html-502:discovery"), 6); failures != 0 || errors != 1 {
		t.Errorf("no answer: %d failures, %d errors", failures, errors)
	}
}

// TestDoctorKeepsSecrets lets a server repeat the password in its refusal.
func TestDoctorKeepsSecrets(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json", "junit"} {
		b := newBench(t).withSandbox("bad-credentials-code").set("IMPLICIT_PASSWORD", "wrong-and-secret")
		r := b.run("doctor", "--checks", "-o", format).exits(3)
		if strings.Contains(r.out+r.errOut, "wrong-and-secret") || strings.Contains(r.out, "eyJ") {
			t.Errorf("%s: %s%s", format, r.out, r.errOut)
		}
	}
}
