package wire

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// call sends one request through a recorder and returns what was recorded of it.
func call(t *testing.T, handler http.HandlerFunc, trusted bool, req func(*http.Request)) (Entry, error) {
	t.Helper()
	srv := httptest.NewUnstartedServer(handler)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.EnableHTTP2 = true
	srv.StartTLS()
	t.Cleanup(srv.Close)
	transport := srv.Client().Transport
	if !trusted {
		transport = &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}}
	}
	rec := New(time.Now, nil, Options{})
	r, err := http.NewRequestWithContext(implicit.WithLeg(t.Context(), implicit.LegAction), http.MethodGet, srv.URL+"/x?state=s", nil)
	if err != nil {
		t.Fatal(err)
	}
	if req != nil {
		req(r)
	}
	resp, err := rec.RoundTripper(transport).RoundTrip(r)
	if err == nil {
		_, err = io.ReadAll(resp.Body)
		resp.Body.Close()
	}
	list := rec.Recording().Entries
	if len(list) != 1 {
		t.Fatalf("recorded %d entries", len(list))
	}
	return list[0], err
}

func TestExchange(t *testing.T) {
	t.Parallel()
	sent := `{"password":"fake-1","id":"1"}`
	e, err := call(t, func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); string(body) != sent {
			t.Errorf("the server received %q", body)
		}
		w.Header().Set("Content-Type", "application/hal+json;charset=UTF-8")
		w.Header().Set("Set-Cookie", "ST=fake-cookie; Path=/")
		io.WriteString(w, `{"status":"COMPLETED"}`)
	}, true, func(r *http.Request) {
		r.Method, r.Body, r.ContentLength = http.MethodPost, io.NopCloser(strings.NewReader(sent)), int64(len(sent))
		r.Header.Set("Content-Type", "application/json")
	})
	if err != nil {
		t.Fatal(err)
	}
	if e.Kind != KindExchange || e.Leg != implicit.LegAction || e.Err != "" || e.Request.Method != "POST" || e.Response.Status != 200 {
		t.Errorf("%+v %+v %+v", e, e.Request, e.Response)
	}
	if c := e.Connection; c.Address == "" || c.Protocol != "HTTP/2.0" || c.TLSVersion != "TLS 1.3" || len(c.Certificates) == 0 || c.Reused {
		t.Errorf("%+v", c)
	}
	if e.Timings.TLS == Unknown || e.Timings.Connect == Unknown || e.Timings.Wait == Unknown || e.Timings.Total <= 0 {
		t.Errorf("%+v", e.Timings)
	}
	if b := e.Response.Body; b.Text != `{"status":"COMPLETED"}` || b.MediaType != "application/hal+json" || b.Size != 22 {
		t.Errorf("%+v", b)
	}
	if text := e.Request.Body.Text; !strings.HasPrefix(text, `{"password":"«`) || !strings.HasSuffix(text, `»","id":"1"}`) || e.Request.Body.Size != -1 {
		t.Errorf("%+v", e.Request.Body)
	}
}

// A server may answer before it has the whole request.
func TestPhasesDoNotOverlap(t *testing.T) {
	t.Parallel()
	at := func(ms int) time.Time { return time.UnixMilli(int64(ms)) }
	for _, wrote := range []time.Time{at(5), at(15), at(25), {}} {
		s := newStopwatch(func() time.Time { return at(20) })
		s.began, s.conn, s.first, s.wrote = at(0), at(1), at(10), wrote
		s.connect, s.tls = at(0), [2]time.Time{at(1), at(12)} // a connection that was not used
		var e Entry
		s.fill(&e)
		if e.Timings.TLS != Unknown || e.Timings.Connect != Unknown {
			t.Errorf("another connection's: %+v", e.Timings)
		}
		if sum := e.Timings.Send + e.Timings.Wait + e.Timings.Receive; sum != 19*time.Millisecond {
			t.Errorf("sent until %v: %+v", wrote, e.Timings)
		}
	}
}

func TestServerThatIsNotTrusted(t *testing.T) {
	t.Parallel()
	e, err := call(t, func(http.ResponseWriter, *http.Request) {}, false, nil)
	if err == nil || !strings.Contains(e.Err, "certificate") || len(e.Connection.Certificates) == 0 || e.Response != nil {
		t.Errorf("%v: %+v", err, e)
	}
}

// An error that quotes what the server sent may quote a cookie.
func TestErrorQuotesNothing(t *testing.T) {
	t.Parallel()
	e, err := call(t, func(w http.ResponseWriter, _ *http.Request) {
		panic(http.ErrAbortHandler)
	}, true, nil)
	if err == nil || e.Err == "" {
		t.Errorf("%v: %+v", err, e)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, out, _ := w.(http.Hijacker).Hijack()
		out.WriteString("HTTP/1.1 200 OK\r\nSet-Cookie ST=fake-cookie\r\n\r\n")
		out.Flush()
		conn.Close()
	}))
	defer srv.Close()
	rec := New(time.Now, nil, Options{})
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL, nil)
	if _, err := rec.RoundTripper(new(http.Transport)).RoundTrip(req); err == nil {
		t.Fatal("expected an error")
	}
	if e := rec.Recording().Entries[0]; e.Err == "" || strings.Contains(e.Err, "fake") {
		t.Errorf("found %q", e.Err)
	}
}

// A call that has not ended is in the recording too: a run may be interrupted.
func TestCallOnItsWay(t *testing.T) {
	t.Parallel()
	began, release := make(chan bool), make(chan bool)
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { close(began); <-release }))
	defer srv.Close()
	defer close(release)
	rec := New(time.Now, nil, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL, nil)
		_, err := rec.RoundTripper(new(http.Transport)).RoundTrip(req)
		done <- err
	}()
	<-began
	if list := rec.Recording().Entries; len(list) != 1 || list[0].Response != nil || list[0].Err == "" {
		t.Errorf("%+v", list)
	}
	cancel()
	<-done
}

// Where nothing is recorded, nothing is in the way and nothing is allocated.
func TestOffCostsNothing(t *testing.T) {
	var rec *Recorder
	next := new(http.Transport)
	if rec.RoundTripper(next) != http.RoundTripper(next) {
		t.Error("something is in the way")
	}
	n := testing.AllocsPerRun(100, func() {
		rec.RoundTripper(next)
		rec.Note(KindPasted, implicit.LegResume, nil, "")
		rec.Recording()
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}
