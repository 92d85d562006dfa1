package main

import (
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// A fault of one request has a class by its name; the exit status follows from
// the class and the leg.
var (
	unusable    = []string{"404", "431", "edge-403", "empty", "endless", "html-200", "loop", "no-location", "truncated"}
	unreachable = []string{"429", "cloudflare-429", "cut", "drip", "html-500", "html-502", "json-500", "reset", "slow"}
	once        = []string{"429-once", "html-502-once", "json-503-once", "reset-once"}
	// Requests that only read are sent again after a failure; what acts is sent once.
	readOnly = []string{"flow", "jwks", "userinfo"}
	// A login does not send these.
	unused = []string{"discovery", "page", "signoff"}
)

// classOf returns the exit status of a fault by the rules: 3 for a refusal or an
// answer that cannot be used, 6 for a server that cannot be reached, 5 for
// tokens or a response that fail validation.
func classOf(fault string) int {
	name, leg, _ := strings.Cut(fault, ":")
	switch {
	case slices.Contains(once, name) && slices.Contains(readOnly, leg):
		return 0
	case slices.Contains(once, name), slices.Contains(unreachable, name):
		return 6
	case slices.Contains(unusable, name):
		return 3
	}
	return 5
}

// exceptions to classOf, with fragment, form post and pi.flow.
var exceptions = map[string]struct {
	exits [3]int
	why   string
}{
	"html-200:authorize":    {[3]int{3, 3, 4}, "with pi.flow a page means a sign-on that needs a browser"},
	"truncated:authorize":   {[3]int{0, 0, 3}, "a redirect is complete without its body"},
	"truncated:resume":      {[3]int{0, 5, 3}, "the same; half a form page may still be a form"},
	"no-location:authorize": {[3]int{3, 3, 0}, "pi.flow answers without a redirect"},
	"no-location:resume":    {[3]int{3, 0, 0}, "only a fragment needs a redirect"},

	"error-beside-tokens": {[3]int{3, 3, 3}, "an error answer"},
	"resume-elsewhere":    {[3]int{3, 3, 3}, "an address on a foreign origin is refused"},
	"foreign-resume-url":  {[3]int{3, 3, 3}, "the same"},
	"foreign-action-link": {[3]int{3, 3, 3}, "the same"},
	"no-flow-id":          {[3]int{3, 3, 0}, "pi.flow has the flow in its body, not in an address"},
	"flow-expired":        {[3]int{3, 3, 3}, "PingOne refuses the action"},
	"lock-out":            {[3]int{3, 3, 3}, "PingOne refuses the action"},
	"unknown-status":      {[3]int{4, 4, 4}, "only a browser can go on"},

	"no-state":            {[3]int{5, 5, 0}, "a pi.flow response has no state"},
	"duplicate-parameter": {[3]int{5, 5, 0}, "a pi.flow response is JSON"},
	"two-channels":        {[3]int{5, 0, 0}, "only an address has two channels"},

	"wrong-acr":          {[3]int{}, "see TestFaultsThatASettingFinds"},
	"old-auth-time":      {[3]int{}, "see TestFaultsThatASettingFinds"},
	"scope-narrowed":     {[3]int{}, "the result shows the granted scope"},
	"rotated-key":        {[3]int{}, "the keys are fetched again"},
	"userinfo-jwt":       {[3]int{}, "its signature is verified"},
	"session-gone":       {[3]int{}, "the login begins without a session"},
	"session-other-user": {[3]int{}, "the login begins without a session"},
	"cool-down":          {[3]int{}, "the user has no passcode"},
	"passcode-gone":      {[3]int{}, "the user has no passcode"},
	"login-form-307":     {[3]int{}, "only a browser sees the form"},

	"access-denied":        {[3]int{3, 3, 3}, "an error answer"},
	"access-token-off":     {[3]int{3, 3, 3}, "the same"},
	"attribute-missing":    {[3]int{3, 3, 3}, "the same"},
	"id-token-off":         {[3]int{3, 3, 3}, "the same"},
	"implicit-off":         {[3]int{3, 3, 3}, "the same"},
	"multiple-resources":   {[3]int{3, 3, 3}, "the same"},
	"par-required":         {[3]int{3, 3, 3}, "the same"},
	"scope-refused":        {[3]int{3, 3, 3}, "the same"},
	"application-disabled": {[3]int{3, 3, 3}, "PingOne's page says so"},
	"redirect-uri-missing": {[3]int{3, 3, 3}, "the same"},
	"unknown-client":       {[3]int{3, 3, 3}, "the same"},
	"unknown-environment":  {[3]int{3, 3, 3}, "the same"},
	"davinci-policy":       {[3]int{4, 4, 4}, "only a browser can go on"},
	"external-sign-on":     {[3]int{4, 4, 4}, "the same"},
	"agreement-required":   {[3]int{4, 4, 4}, "an answer that was not given"},
	"profile-required":     {[3]int{4, 4, 4}, "the same"},
	"must-change-password": {[3]int{4, 4, 4}, "the same"},
	"password-expired":     {[3]int{4, 4, 4}, "the same"},
	"mfa-required":         {[3]int{3, 3, 3}, "the user has no device"},
	"davinci-timed-out":    {[3]int{3, 3, 3}, "PingOne refuses the request"},
	"access-failed":        {[3]int{3, 3, 3}, "PingOne refuses the action"},
	"action-refused":       {[3]int{3, 3, 3}, "the same"},
	"credentials-refused":  {[3]int{3, 3, 3}, "the same"},
	"flow-fails":           {[3]int{3, 3, 3}, "the same"},
	"media-type-refused":   {[3]int{3, 3, 3}, "the same"},
	"cookie-lost":          {[3]int{3, 3, 3}, "PingOne refuses resume"},
	"resume-refused":       {[3]int{3, 3, 3}, "the same"},
	"resume-unfinished":    {[3]int{3, 3, 3}, "the same"},
	"userinfo-refused":     {[3]int{3, 3, 3}, "PingOne refuses the token"},
	"identifier-first":     {[3]int{}, "the user name is answered"},
	"new-password-refused": {[3]int{}, "no new password is asked for"},
	"session-mismatch":     {[3]int{}, "the password is the only step"},
	"no-origins":           {[3]int{}, "only a browser's script sees it"},
	"signoff-refused":      {[3]int{}, "a login does not sign off"},
}

// exitOf returns the exit status of a login under a fault, by mode.
func exitOf(fault string) [3]int {
	if e, ok := exceptions[fault]; ok {
		return e.exits
	}
	class := classOf(fault)
	if strings.HasSuffix(fault, ":flow") {
		return [3]int{class, class, 0} // with pi.flow the flow is not read
	}
	return [3]int{class, class, class}
}

// No fault of a server makes a login succeed wrongly, panic or hang.
func TestEveryFaultEndsWithItsExitStatus(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a matrix: every fault of every request in every response mode")
	}
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
	want  int
	got   ran
	err   error
}

// faultJobs makes a job of every fault, leg and mode.
func faultJobs(t *testing.T) (jobs []*faultJob) {
	t.Helper()
	var names []string
	for _, sw := range sandbox.Switches() {
		switch {
		case sw.Group != "fault":
		case len(sw.Legs) == 0:
			names = append(names, sw.Name)
		default:
			for _, leg := range sw.Legs {
				if !slices.Contains(unused, leg) {
					names = append(names, sw.Name+":"+leg)
				}
			}
		}
	}
	for name, e := range exceptions {
		if !slices.Contains(names, name) {
			t.Errorf("the sandbox has no fault %s (%s): delete the exception", name, e.why)
		}
	}
	for _, name := range names {
		for i, want := range exitOf(name) {
			jobs = append(jobs, &faultJob{fault: name, mode: modes[i], want: want})
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
	if j.got.exit != j.want {
		t.Errorf("%s: exit status %d, expected %d\n%s%s", name, j.got.exit, j.want, j.got.out, j.got.errOut)
		return
	}
	if j.want == 0 {
		return
	}
	if n := strings.Count(j.got.errOut, "implicit: error: "); n != 1 {
		t.Errorf("%s: %d error lines:\n%s", name, n, j.got.errOut)
	}
	if j.want != 5 && j.got.out != "" {
		t.Errorf("%s: standard output:\n%s", name, j.got.out)
	}
	if printed := j.got.out + j.got.errOut; strings.Contains(printed, "eyJ") || strings.Contains(printed, "fake-password") {
		t.Errorf("%s: a secret is printed:\n%s", name, printed)
	}
}
