//go:build unix

package bench

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"crypto/tls"
	"crypto/x509"
)

// BenchmarkLogin is a whole login, from the start of the process to validated tokens,
// in turns with one process of curl that sends the same requests on one connection and
// validates nothing: what the network costs.
func BenchmarkLogin(b *testing.B) {
	if _, err := exec.LookPath("curl"); err != nil {
		b.Fatal("curl is not installed, and it is what a login is compared with")
	}
	m := newMachine(b, latency)
	m.env = append(m.env, "IMPLICIT_STORE=none") // no session of the login before
	var ours, uncached, piFlow, theirs quickest
	for b.Loop() {
		uncached.add(m.timeLogin(b, "fragment", b.TempDir()))
		ours.add(m.timeLogin(b, "fragment", m.home))
		piFlow.add(m.timeLogin(b, "pi.flow", m.home))
		curl := m.curlSteps(b)
		start := time.Now()
		if out := output(b, curl); !strings.Contains(out, "id_token=") {
			b.Fatalf("resume: %.300q", out)
		}
		theirs.add(time.Since(start))
	}
	b.ReportMetric(0, "ns/op") // of all together: means nothing
	b.ReportMetric(float64(ours.Milliseconds()), "login_ms")
	b.ReportMetric(float64(theirs.Milliseconds()), "curl_ms")
	b.ReportMetric(float64(ours.Duration)/float64(theirs.Duration), "login/curl")
	b.ReportMetric(float64(uncached.Duration)/float64(theirs.Duration), "without_keys/curl")
	b.ReportMetric(float64(piFlow.Duration)/float64(ours.Duration), "pi.flow/login")
}

// quickest is the shortest of several turns: other load on the machine only adds.
type quickest struct{ time.Duration }

func (q *quickest) add(d time.Duration) {
	if q.Duration == 0 || d < q.Duration {
		q.Duration = d
	}
}

// timeLogin signs on; the keys are cached if that was done with the cache before.
func (m *machine) timeLogin(b *testing.B, mode, cache string) time.Duration {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), m.program, "login", "--response-mode", mode, "--output", "json")
	cmd.Env, cmd.Dir = append(m.env, "XDG_CACHE_HOME="+cache), m.home
	start := time.Now()
	if out := output(b, cmd); !strings.Contains(out, `"valid":true`) && !strings.Contains(out, `"valid": true`) {
		b.Fatalf("not a valid login: %.200q", out)
	}
	return time.Since(start)
}

// BenchmarkRecordedLogin is a login with a trace, in turns with one without: what a
// recording costs of the whole.
func BenchmarkRecordedLogin(b *testing.B) {
	m := newMachine(b, latency)
	m.env = append(m.env, "IMPLICIT_STORE=none")
	var plain, recorded quickest
	for b.Loop() {
		start := time.Now()
		m.implicit(b, "login", "--output", "json")
		between := time.Now()
		m.implicit(b, "login", "--output", "json", "--trace")
		plain.add(between.Sub(start))
		recorded.add(time.Since(between))
	}
	b.ReportMetric(0, "ns/op") // of the two together: means nothing
	b.ReportMetric(float64(recorded.Duration)/float64(plain.Duration), "recorded/plain")
}

// curlSteps is curl with the requests of a login. One process of curl cannot read a
// flow's ID from one answer for the next request, so that of a flow begun before is
// used; its own authorize request begins another one.
func (m *machine) curlSteps(b *testing.B) *exec.Cmd {
	b.Helper()
	query := url.Values{
		"client_id": {m.its.ClientID}, "redirect_uri": {redirectURI}, "scope": {"openid"}, "response_type": {"token id_token"},
		"response_mode": {"fragment"}, "state": {"s-1"}, "nonce": {"n-1"},
	}
	authorize := m.its.AuthURL + "/as/authorize?" + query.Encode()
	id, cookies := m.beginFlow(b, authorize)
	user := m.its.Users[0]
	credentials, err := json.Marshal(map[string]string{"username": user.Username, "password": user.Password})
	if err != nil {
		b.Fatal(err)
	}
	common := []string{"-sS", "--fail", "--noproxy", "*", "--cacert", m.caFile, "-b", cookies}
	args := common
	next := func(more ...string) { args = append(append(append(args, "--next"), common...), more...) }
	flow := m.its.AuthURL + "/flows/" + id
	args = append(args, "-o", "/dev/null", authorize)
	next("-o", "/dev/null", flow)
	next("-o", "/dev/null", "-H", "Content-Type: application/vnd.pingidentity.usernamePassword.check+json", "-d", string(credentials), flow)
	next("-o", "/dev/null", "-w", "%{redirect_url}", m.its.AuthURL+"/as/resume?flowId="+id)
	return exec.CommandContext(b.Context(), "curl", args...)
}

// beginFlow sends an authorize request and returns the flow and its cookies.
func (m *machine) beginFlow(b *testing.B, authorize string) (id, cookies string) {
	b.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(m.caPEM)
	t := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	defer t.CloseIdleConnections()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, authorize, nil)
	if err != nil {
		b.Fatal(err)
	}
	resp, err := t.RoundTrip(req)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := resp.Location()
	if err != nil {
		b.Fatal(err)
	}
	var list []string
	for _, c := range resp.Cookies() {
		list = append(list, c.Name+"="+c.Value)
	}
	return page.Query().Get("flowId"), strings.Join(list, "; ")
}
