package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// modes are the ways that an answer can come, with the method that goes with
// each here.
var modes = [][]string{
	{"--response-mode", "fragment"},
	{"--response-mode", "form_post", "--method", "POST"},
	{"--response-mode", "pi.flow"},
}

// unaccepted are the readings that a login refuses, by contract: fragment, form
// post, pi.flow.
var unaccepted = map[string][3]int{
	"no-at-hash": {5, 5, 5}, // at_hash is demanded with both tokens
}

// PingOne's pages leave room: a login works under every reading of them.
func TestLoginUnderEveryReading(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	for _, sw := range sandbox.Switches() {
		if sw.Group != "reading" {
			continue
		}
		b.turn(sw.Name, true)
		for i, mode := range modes {
			r := b.run(append([]string{"login", "--userinfo"}, mode...)...)
			if want := unaccepted[sw.Name][i]; r.exit != want {
				t.Errorf("%s, %s: exit status %d, expected %d: %s", sw.Name, mode[1], r.exit, want, r.errOut)
			}
		}
		b.turn(sw.Name, false)
	}
}

// faults names the exit status of a login under every fault of the sandbox:
// with fragment, form post and pi.flow; "-" where the fault has no part in it.
// The legs that are read (flow, keys, userinfo) are tried again, so that a fault
// that strikes once does no harm there; what acts is sent once.
var faults = map[string]string{
	"404:authorize": "3 3 3", "404:flow": "3 3 -", "404:action": "3 3 3", "404:resume": "3 3 3", "404:jwks": "3 - 3", "404:userinfo": "3 - 3",
	"429:authorize": "6 6 6", "429:flow": "6 6 -", "429:action": "6 6 6", "429:resume": "6 6 6", "429:jwks": "6 - 6", "429:userinfo": "6 - 6",
	"429-once:authorize": "6 6 6", "429-once:flow": "0 0 -", "429-once:action": "6 - 6", "429-once:resume": "6 6 6", "429-once:jwks": "0 - 0", "429-once:userinfo": "0 - 0",
	"cut:authorize": "6 6 6", "cut:flow": "6 - -", "cut:action": "6 - 6", "cut:resume": "6 6 6", "cut:jwks": "6 - 6", "cut:userinfo": "6 - 6",
	"drip:authorize": "6 6 6", "drip:flow": "6 - -", "drip:action": "6 - 6", "drip:resume": "6 6 6", "drip:jwks": "6 - 6", "drip:userinfo": "6 - 6",
	"empty:authorize": "3 3 3", "empty:flow": "3 - -", "empty:action": "3 - 3", "empty:resume": "3 3 3", "empty:jwks": "3 - 3", "empty:userinfo": "3 - 3",
	"endless:authorize": "3 3 3", "endless:flow": "3 - -", "endless:action": "3 - 3", "endless:resume": "3 3 3", "endless:jwks": "3 - 3", "endless:userinfo": "3 - 3",
	"html-200:authorize": "3 3 4", "html-200:flow": "3 - -", "html-200:action": "3 - 3", "html-200:resume": "3 3 3", "html-200:jwks": "3 - 3", "html-200:userinfo": "3 - 3",
	"html-500:authorize": "6 6 6", "html-500:flow": "6 - -", "html-500:action": "6 - 6", "html-500:resume": "6 6 6", "html-500:jwks": "6 - 6", "html-500:userinfo": "6 - 6",
	"html-502:authorize": "6 6 6", "html-502:flow": "6 - -", "html-502:action": "6 - 6", "html-502:resume": "6 6 6", "html-502:jwks": "6 - 6", "html-502:userinfo": "6 - 6",
	"html-502-once:authorize": "6 6 6", "html-502-once:flow": "0 0 -", "html-502-once:action": "6 - 6", "html-502-once:resume": "6 6 6", "html-502-once:jwks": "0 - 0", "html-502-once:userinfo": "0 - 0",
	"json-500:authorize": "6 6 6", "json-500:flow": "6 - -", "json-500:action": "6 - 6", "json-500:resume": "6 6 6", "json-500:jwks": "6 - 6", "json-500:userinfo": "6 - 6",
	"json-503-once:authorize": "6 6 6", "json-503-once:flow": "0 - -", "json-503-once:action": "6 - 6", "json-503-once:resume": "6 6 6", "json-503-once:jwks": "0 - 0", "json-503-once:userinfo": "0 - 0",
	"loop:authorize": "3 3 3", "loop:flow": "3 - -", "loop:action": "3 - 3", "loop:resume": "3 3 3", "loop:jwks": "3 - 3", "loop:userinfo": "3 - 3",
	"reset:authorize": "6 6 6", "reset:flow": "6 - -", "reset:action": "6 - 6", "reset:resume": "6 6 6", "reset:jwks": "6 - 6", "reset:userinfo": "6 - 6",
	"reset-once:authorize": "6 6 6", "reset-once:flow": "0 - -", "reset-once:action": "6 - 6", "reset-once:resume": "6 6 6", "reset-once:jwks": "0 - 0", "reset-once:userinfo": "0 - 0",
	"slow:authorize": "6 6 6", "slow:flow": "6 - -", "slow:action": "6 - 6", "slow:resume": "6 6 6", "slow:jwks": "6 - 6", "slow:userinfo": "6 - 6",
	"truncated:authorize": "0 0 3", "truncated:flow": "3 - -", "truncated:action": "3 - 3", "truncated:resume": "0 5 3", "truncated:jwks": "3 - 3", "truncated:userinfo": "3 - 3",
	"no-location:authorize": "3 3 -", "no-location:resume": "3 - -",

	"wrong-issuer": "5 5 5", "wrong-audience": "5 5 5", "wrong-nonce": "5 5 5", "no-nonce": "5 5 5", "bad-at-hash": "5 5 5",
	"bad-signature": "5 5 5", "wrong-key": "5 5 5", "unknown-kid": "5 5 5", "alg-none": "5 5 5", "alg-hs256": "5 5 5",
	"expired": "5 5 5", "clock-ahead": "5 5 5", "clock-behind": "5 5 5",
	"wrong-state": "5 5 5", "no-state": "5 5 0", "wrong-iss-parameter": "5 5 5", "wrong-token-type": "5 5 5",
	"no-access-token": "5 5 5", "no-id-token": "5 5 5", "surplus-code": "5 5 5", "duplicate-parameter": "5 5 -", "two-channels": "5 - -",
	"error-beside-tokens": "3 3 3",
	"resume-elsewhere":    "3 3 3", "foreign-resume-url": "3 3 3", "foreign-action-link": "3 3 3", "no-flow-id": "3 3 -",
	"flow-expired": "3 3 3", "unknown-status": "4 4 4", "userinfo-other-sub": "5 5 5",

	// What does no harm to a login that did not ask for it; see the tests named.
	"wrong-acr":          "0 0 0", // TestFaultsThatASettingFinds
	"old-auth-time":      "0 0 0", // TestFaultsThatASettingFinds
	"scope-narrowed":     "0 0 0", // granted is what the result shows
	"rotated-key":        "0 0 0", // the keys are fetched anew
	"userinfo-jwt":       "0 0 0", // its signature is verified
	"session-gone":       "- - -", // a login here has no session to begin with
	"login-form-307":     "- - -", // the browser's page
	"session-other-user": "- - -",
}

// Nothing that a server does makes a login succeed, panic or hang.
func TestEveryFaultEndsWithItsExitStatus(t *testing.T) {
	t.Parallel()
	jobs := faultJobs(t)
	work := make(chan *faultJob)
	var group sync.WaitGroup
	for range min(12, len(jobs)) { // they wait most of the time
		b := newBench(t).withSandbox()
		group.Go(func() {
			for job := range work {
				job.run(b)
			}
		})
	}
	for _, job := range jobs {
		work <- job
	}
	close(work)
	group.Wait()
	for _, job := range jobs {
		job.check(t)
	}
}

type faultJob struct {
	fault string
	mode  []string
	want  string
	got   ran
	err   error
}

// faultJobs makes a job of every status in the table, and fails where the
// sandbox has a fault that the table does not name.
func faultJobs(t *testing.T) (jobs []*faultJob) {
	t.Helper()
	for _, sw := range sandbox.Switches() {
		if sw.Group != "fault" {
			continue
		}
		names := []string{sw.Name}
		if len(sw.Legs) > 0 {
			names = nil
		}
		for _, leg := range sw.Legs {
			if leg != "discovery" && leg != "signoff" && leg != "page" { // no part of this login
				names = append(names, sw.Name+":"+leg)
			}
		}
		for _, name := range names {
			statuses := strings.Fields(faults[name])
			if len(statuses) != len(modes) {
				t.Fatalf("the sandbox has the fault %s: give it a row of three exit statuses in faults", name)
			}
			for i, want := range statuses {
				if want != "-" {
					jobs = append(jobs, &faultJob{fault: name, mode: modes[i], want: want})
				}
			}
		}
	}
	return jobs
}

func (j *faultJob) run(b *bench) {
	if j.err = os.RemoveAll(b.home); j.err != nil { // no keys from the run before
		return
	}
	if j.err = b.srv.Set(j.fault, true); j.err != nil {
		return
	}
	b.set("IMPLICIT_TIMEOUT", "30s") // many run at once
	if strings.HasPrefix(j.fault, "slow:") || strings.HasPrefix(j.fault, "drip:") {
		b.set("IMPLICIT_TIMEOUT", "1s")
	}
	args := append([]string{"login"}, j.mode...)
	if strings.Contains(j.fault, "userinfo") {
		args = append(args, "--userinfo")
	}
	j.got = b.run(args...)
	j.err = b.srv.Set(j.fault, false)
}

func (j *faultJob) check(t *testing.T) {
	t.Helper()
	name := j.fault + ", " + j.mode[1]
	if j.err != nil {
		t.Fatalf("%s: %v", name, j.err)
	}
	if got := fmt.Sprint(j.got.exit); got != j.want {
		t.Errorf("%s: exit status %s, expected %s\n%s%s", name, got, j.want, j.got.out, j.got.errOut)
		return
	}
	if j.want == "0" {
		return
	}
	if n := strings.Count(j.got.errOut, "implicit: error: "); n != 1 {
		t.Errorf("%s: %d error lines:\n%s", name, n, j.got.errOut)
	}
	if j.want != "5" && j.got.out != "" {
		t.Errorf("%s: standard output:\n%s", name, j.got.out)
	}
	for _, secret := range []string{j.got.out, j.got.errOut} {
		if strings.Contains(secret, "eyJ") || strings.Contains(secret, "fake-password") {
			t.Errorf("%s: a secret is printed:\n%s", name, secret)
		}
	}
}

func TestFaultsThatASettingFinds(t *testing.T) {
	t.Parallel()
	rows := []struct {
		fault string
		args  []string
		says  string
	}{
		{"wrong-acr", []string{"--acr-values", "Single_Factor"}, "acr"},
		{"old-auth-time", []string{"--max-age", "60"}, "auth_time"},
		{"scope-narrowed", []string{"--scope", "openid profile"}, ""},
	}
	b := newBench(t).withSandbox()
	for _, row := range rows {
		b.turn(row.fault, true)
		r := b.run(append([]string{"login", "-o", "json"}, row.args...)...)
		b.turn(row.fault, false)
		if row.says == "" {
			if scope := r.exits(0).object()["scope"]; scope != "openid" {
				t.Errorf("%s: the result shows the scope %q, granted was openid", row.fault, scope)
			}
			continue
		}
		r.exits(5).says(row.says)
	}
}

// turn sets a switch of the sandbox.
func (b *bench) turn(name string, on bool) {
	b.t.Helper()
	if err := b.srv.Set(name, on); err != nil {
		b.t.Fatal(err)
	}
}
