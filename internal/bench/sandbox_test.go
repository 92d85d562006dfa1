//go:build unix

package bench

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// BenchmarkSandbox is the CPU time of whole sign-ons in the sandbox's handler, on all
// cores and without a network, in turns with the two RSA signatures that each one
// makes.
func BenchmarkSandbox(b *testing.B) {
	s := newHandler(b, time.Now)
	its := s.Settings()
	signOn(s, its) // which waits for the key
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	sum := sha256.Sum256([]byte("a token"))
	const count = 200
	var ours, raw, passed time.Duration
	for b.Loop() {
		start, before := time.Now(), ownCPU(b)
		onAllCores(count, func() { signOn(s, its) })
		between := ownCPU(b)
		passed += time.Since(start)
		onAllCores(2*count, func() {
			if _, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:]); err != nil {
				panic(err)
			}
		})
		ours += between - before
		raw += ownCPU(b) - between
	}
	b.ReportMetric(0, "ns/op") // of the two together: means nothing
	b.ReportMetric(float64(b.N*count)/passed.Seconds(), "sign-ons/s")
	b.ReportMetric(float64(ours)/float64(raw), "sign-on/2_signatures")
}

// BenchmarkOpenFlows is the CPU time of a sign-on while many others are open, in
// turns with one in a sandbox without any.
func BenchmarkOpenFlows(b *testing.B) {
	busy, idle := newHandler(b, time.Now), newHandler(b, time.Now)
	signOn(idle, idle.Settings()) // which waits for the key
	for range 100_000 {
		authorize(busy, busy.Settings())
	}
	var withOthers, alone time.Duration
	for b.Loop() {
		before := ownCPU(b)
		onAllCores(200, func() { signOn(busy, busy.Settings()) })
		between := ownCPU(b)
		onAllCores(200, func() { signOn(idle, idle.Settings()) })
		withOthers += between - before
		alone += ownCPU(b) - between
	}
	b.ReportMetric(0, "ns/op") // of the two together: means nothing
	b.ReportMetric(float64(withOthers)/float64(alone), "100000_open/none")
}

// What is open costs little memory, and nothing once it has expired.
func TestOpenFlows(t *testing.T) {
	if testing.Short() {
		t.Skip("begins thousands of sign-ons")
	}
	const openFlows, maxBytes = 10_000, 2000 // of each: 100,000 of them then use at most 200 MB
	now := time.Now()
	s := newHandler(t, func() time.Time { return now })
	open := func() {
		for range openFlows {
			authorize(s, s.Settings())
		}
	}
	expire := func() {
		now = now.Add(time.Hour)
		authorize(s, s.Settings())
	}
	open() // fills the journal, which keeps as many requests
	expire()
	before := heap()
	open()
	used := heap() - before
	t.Logf("%d bytes for each open flow", used/openFlows)
	if used > openFlows*maxBytes {
		t.Errorf("%d open flows use %d bytes, expected at most %d", openFlows, used, openFlows*maxBytes)
	}
	expire()
	if left := heap() - before; left > used/4 {
		t.Errorf("of %d bytes of flows that have expired, %d are still used", used, left)
	}
	runtime.KeepAlive(s)
}

func newHandler(t testing.TB, now func() time.Time) *sandbox.Sandbox {
	t.Helper()
	s, err := sandbox.New(sandbox.Options{BaseURL: "https://sandbox.example", Keys: sandbox.SharedKeys(), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// heap is the bytes in use.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func onAllCores(count int, do func()) {
	var all sync.WaitGroup
	for core := range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for i := core; i < count; i += runtime.GOMAXPROCS(0) {
				do()
			}
		})
	}
	all.Wait()
}

// signOn is the sign-on that a login in the terminal makes.
func signOn(s *sandbox.Sandbox, its sandbox.Settings) {
	flow := its.AuthURL + "/flows/" + authorize(s, its)
	credentials, _ := json.Marshal(map[string]string{"username": its.Users[0].Username, "password": its.Users[0].Password})
	req := httptest.NewRequest(http.MethodPost, flow, strings.NewReader(string(credentials)))
	req.Header.Set("Content-Type", "application/vnd.pingidentity.usernamePassword.check+json")
	done := send(s, req, nil)
	ended := send(s, httptest.NewRequest(http.MethodGet, its.AuthURL+"/as/resume?flowId="+path.Base(flow), nil), done.Cookies())
	if !strings.Contains(ended.Header.Get("Location"), "id_token=") {
		panic("resume: no tokens: " + ended.Status)
	}
}

// authorize begins a flow and returns its ID.
func authorize(s *sandbox.Sandbox, its sandbox.Settings) string {
	query := url.Values{"client_id": {its.ClientID}, "redirect_uri": {its.RedirectURI}, "scope": {"openid"}, "response_type": {"token id_token"}, "nonce": {"n-1"}}
	begun := send(s, httptest.NewRequest(http.MethodGet, its.AuthURL+"/as/authorize?"+query.Encode(), nil), nil)
	page, err := begun.Location()
	if err != nil {
		panic("authorize: no flow: " + begun.Status)
	}
	return page.Query().Get("flowId")
}

func send(s *sandbox.Sandbox, req *http.Request, cookies []*http.Cookie) *http.Response {
	for _, c := range cookies {
		req.AddCookie(c)
	}
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, req)
	return answer.Result()
}
