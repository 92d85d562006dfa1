//go:build unix

package bench

import (
	"encoding/json"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// BenchmarkLogin is a whole login, from the start of the process to validated
// tokens, in turns with the same requests sent by curl, one process each. The
// curl side validates nothing.
func BenchmarkLogin(b *testing.B) {
	if _, err := exec.LookPath("curl"); err != nil {
		b.Fatal("curl is not installed, and it is what a login is compared with")
	}
	m := newMachine(b)
	m.env = append(m.env, "IMPLICIT_STORE=none") // no session of the login before
	var ours, theirs time.Duration
	for b.Loop() {
		start := time.Now()
		if out := m.implicit(b, "login", "--output", "json"); !strings.Contains(out, `"valid":true`) && !strings.Contains(out, `"valid": true`) {
			b.Fatalf("not a valid login: %.200q", out)
		}
		between := time.Now()
		m.curlSteps(b)
		ours += between.Sub(start)
		theirs += time.Since(between)
	}
	b.ReportMetric(0, "ns/op") // of the two together: means nothing
	b.ReportMetric(float64(ours.Milliseconds())/float64(b.N), "login_ms")
	b.ReportMetric(float64(theirs.Milliseconds())/float64(b.N), "curl_ms")
	b.ReportMetric(float64(ours)/float64(theirs), "login/curl")
}

// BenchmarkRecordedLogin is a login with a trace, in turns with one without: what a
// recording costs of the whole.
func BenchmarkRecordedLogin(b *testing.B) {
	m := newMachine(b)
	m.env = append(m.env, "IMPLICIT_STORE=none")
	var plain, recorded time.Duration
	for b.Loop() {
		start := time.Now()
		m.implicit(b, "login", "--output", "json")
		between := time.Now()
		m.implicit(b, "login", "--output", "json", "--trace")
		plain += between.Sub(start)
		recorded += time.Since(between)
	}
	b.ReportMetric(0, "ns/op") // of the two together: means nothing
	b.ReportMetric(float64(plain.Microseconds())/1000/float64(b.N), "plain_ms")
	b.ReportMetric(float64(recorded.Microseconds())/1000/float64(b.N), "recorded_ms")
	b.ReportMetric(float64(recorded)/float64(plain), "recorded/plain")
}

// curlSteps signs on as PingOne's documentation does: authorize, flow,
// credentials, resume, and the keys to validate with.
func (m *machine) curlSteps(b *testing.B) {
	b.Helper()
	jar := filepath.Join(b.TempDir(), "cookies")
	query := url.Values{
		"client_id": {m.its.ClientID}, "redirect_uri": {redirectURI}, "scope": {"openid"}, "response_type": {"token id_token"},
		"response_mode": {"fragment"}, "state": {"s-1"}, "nonce": {"n-1"},
	}
	location := m.curl(b, jar, "-o", "/dev/null", "-w", "%{redirect_url}", m.its.AuthURL+"/as/authorize?"+query.Encode())
	found := regexp.MustCompile(`[?&]flowId=([0-9a-f-]+)`).FindStringSubmatch(location)
	if found == nil {
		b.Fatalf("authorize: no flow in %.200q", location)
	}
	flow := m.its.AuthURL + "/flows/" + found[1]
	if out := m.curl(b, jar, flow); !strings.Contains(out, "USERNAME_PASSWORD_REQUIRED") {
		b.Fatalf("flow: %.200q", out)
	}
	user := m.its.Users[0]
	credentials, err := json.Marshal(map[string]string{"username": user.Username, "password": user.Password})
	if err != nil {
		b.Fatal(err)
	}
	out := m.curl(b, jar, "-H", "Content-Type: application/vnd.pingidentity.usernamePassword.check+json", "-d", string(credentials), flow)
	if !strings.Contains(out, "COMPLETED") {
		b.Fatalf("credentials: %.200q", out)
	}
	landed := m.curl(b, jar, "-o", "/dev/null", "-w", "%{redirect_url}", m.its.AuthURL+"/as/resume?flowId="+found[1])
	if !strings.Contains(landed, "id_token=") {
		b.Fatalf("resume: %.200q", landed)
	}
	if out := m.curl(b, jar, m.its.AuthURL+"/as/jwks"); !strings.Contains(out, `"keys"`) {
		b.Fatalf("keys: %.200q", out)
	}
}

func (m *machine) curl(b *testing.B, jar string, args ...string) string {
	b.Helper()
	all := append([]string{"-sS", "--fail", "--noproxy", "*", "--cacert", m.caFile, "-b", jar, "-c", jar}, args...)
	return output(b, exec.CommandContext(b.Context(), "curl", all...))
}
