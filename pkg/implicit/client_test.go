package implicit

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/pkg/internal/web"
)

// answering is a server that gives one answer a call, the last one for ever.
func answering(t *testing.T, answers ...func(http.ResponseWriter, *http.Request)) (*httptest.Server, *atomic.Int64) {
	t.Helper()
	var calls atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := int(calls.Add(1))
		answers[min(n, len(answers))-1](w, r)
	}))
	t.Cleanup(srv.Close)
	return srv, &calls
}

func status(code int, header ...string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		fmt.Fprint(w, "body")
	}
}

func abort(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// once sends a request of the method.
func once(t *testing.T, h *Client, method, address string) (*web.Reply, error) {
	t.Helper()
	req, err := http.NewRequest(method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return h.reply(h.Do(req))
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		elsewhere, reached := answering(t, status(200))
		srv, _ := answering(t, status(code, "Location", elsewhere.URL+"/next?x=1#access_token=a%20b"))
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			a, err := once(t, &Client{}, method, srv.URL)
			if err != nil || a.Status != code {
				t.Fatalf("%d: %+v, %v", code, a, err)
			}
			if to, ok := a.Redirect(); !ok || to != elsewhere.URL+"/next?x=1#access_token=a%20b" {
				t.Errorf("%d: Location is %q, %v", code, to, ok)
			}
		}
		if reached.Load() != 0 {
			t.Errorf("%d was followed", code)
		}
	}
}

// A Location that does not parse has tokens in it like any other.
func TestLocationThatDoesNotParseIsNotPrinted(t *testing.T) {
	for _, location := range []string{"https://app.example.com/cb#access_token=SECRET%zz", "https://app.example.com:port/cb?access_token=SECRET", "::SECRET", "%zzSECRET"} {
		srv, _ := answering(t, status(302, "Location", location))
		a, err := once(t, &Client{}, http.MethodGet, srv.URL)
		if err != nil || a.Status != 302 {
			t.Errorf("%s: %v", location, err)
		}
		r := goodRequest()
		r.Endpoint, r.RedirectURI = srv.URL, "https://app.example.com/cb"
		if _, err := r.Send(context.Background(), &Client{}); err == nil || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: %v", location, err)
		}
	}
}

func TestBodyLimit(t *testing.T) {
	body := func(n int) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, strings.Repeat("a", n))
		}
	}
	srv, _ := answering(t, body(web.MaxBody))
	if a, err := once(t, &Client{}, http.MethodGet, srv.URL); err != nil || len(a.Body) != web.MaxBody {
		t.Errorf("the largest body: %v", err)
	}
	srv, calls := answering(t, body(web.MaxBody+1))
	_, err := quick().get(context.Background(), srv.URL, nil)
	var unusable *HTTPError
	if !errors.As(err, &unusable) || calls.Load() != 1 {
		t.Errorf("a byte more: %v after %d calls", err, calls.Load())
	}
}

// The deadline is for the whole call: an answer that never ends its body is
// no answer, whatever trickles in.
func TestDeadline(t *testing.T) {
	wait := make(chan struct{})
	t.Cleanup(func() { close(wait) })
	drip := func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, "a"); err != nil || http.NewResponseController(w).Flush() != nil {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	silent := func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-wait:
		case <-r.Context().Done():
		}
	}
	for name, answer := range map[string]func(http.ResponseWriter, *http.Request){"drip": drip, "silent": silent} {
		srv, _ := answering(t, answer)
		h := &Client{Timeout: 100 * time.Millisecond}
		for _, call := range []func() error{
			func() error { _, err := h.get(context.Background(), srv.URL+"/?state=SECRET", nil); return err },
			func() error { _, err := once(t, h, http.MethodPost, srv.URL+"/?state=SECRET"); return err },
		} {
			err := call()
			var nobody *NetworkError
			if !errors.As(err, &nobody) || !errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "SECRET") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestCancelIsTheCause(t *testing.T) {
	srv, _ := answering(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithCancelCause(context.Background())
	cause := errors.New("the person left")
	time.AfterFunc(20*time.Millisecond, func() { cancel(cause) })
	if _, err := (&Client{}).get(ctx, srv.URL, nil); !errors.Is(err, cause) {
		t.Error(err)
	}
}

func TestGetIsTriedAgain(t *testing.T) {
	rows := []struct {
		name    string
		answers []func(http.ResponseWriter, *http.Request)
		calls   int64
		status  int // of the answer; 0: none
	}{
		{"503 once", []func(http.ResponseWriter, *http.Request){status(503), status(200)}, 2, 200},
		{"408, 429, 500", []func(http.ResponseWriter, *http.Request){status(408), status(429), status(500), status(200)}, 4, 200},
		{"502 always", []func(http.ResponseWriter, *http.Request){status(502)}, maxTries, 502},
		{"broken once", []func(http.ResponseWriter, *http.Request){abort, status(200)}, 2, 200},
		{"broken always", []func(http.ResponseWriter, *http.Request){abort}, maxTries, 0},
		{"404", []func(http.ResponseWriter, *http.Request){status(404)}, 1, 404},
		{"401", []func(http.ResponseWriter, *http.Request){status(401)}, 1, 401},
		{"302", []func(http.ResponseWriter, *http.Request){status(302, "Location", "/")}, 1, 302},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			srv, calls := answering(t, row.answers...)
			h := quick()
			h.Transport = &http.Transport{DisableKeepAlives: true} // a new connection is not repeated by the transport
			a, err := h.get(context.Background(), srv.URL, nil)
			if row.status == 0 && err == nil || row.status != 0 && (err != nil || a.Status != row.status) {
				t.Errorf("%+v, %v", a, err)
			}
			if calls.Load() != row.calls {
				t.Errorf("%d calls, expected %d", calls.Load(), row.calls)
			}
		})
	}
}

// Do sends once, unless the context says that the call may be repeated.
func TestDoSendsOnce(t *testing.T) {
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		for _, answer := range []func(http.ResponseWriter, *http.Request){status(503, "Retry-After", "0"), status(429), abort} {
			srv, calls := answering(t, answer)
			_, _ = once(t, quick(), method, srv.URL)
			if calls.Load() != 1 {
				t.Errorf("%s was sent %d times", method, calls.Load())
			}
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"2": 2 * time.Second, "0": 0, now.Add(7 * time.Second).Format(http.TimeFormat): 7 * time.Second, now.Add(-time.Hour).Format(http.TimeFormat): 0,
	} {
		var waited []time.Duration
		srv, _ := answering(t, status(429, "Retry-After", value), status(200))
		h := &Client{Now: func() time.Time { return now }, Sleep: func(_ context.Context, d time.Duration) error { waited = append(waited, d); return nil }}
		if _, err := h.get(context.Background(), srv.URL, nil); err != nil || !slices.Equal(waited, []time.Duration{want}) {
			t.Errorf("Retry-After %s: waited %v, %v", value, waited, err)
		}
	}
	// A wait beyond the deadline is not begun.
	srv, calls := answering(t, status(429, "Retry-After", "3600"))
	h := &Client{Timeout: 20 * time.Second, Sleep: func(context.Context, time.Duration) error { t.Error("it waits"); return nil }}
	if a, err := h.get(context.Background(), srv.URL, nil); err != nil || a.Status != 429 || calls.Load() != 1 {
		t.Errorf("%+v, %v after %d calls", a, err, calls.Load())
	}
}

// Without a word of the server the waits grow, and no two clients wait alike.
func TestBackoff(t *testing.T) {
	var waited []time.Duration
	srv, _ := answering(t, status(503))
	h := &Client{Sleep: func(_ context.Context, d time.Duration) error { waited = append(waited, d); return nil }}
	if _, err := h.get(context.Background(), srv.URL, nil); err != nil || len(waited) != maxTries-1 {
		t.Fatalf("%v, %v", waited, err)
	}
	for i, d := range waited {
		if middle := 200 * time.Millisecond << i; d < middle/2 || d > middle*3/2 {
			t.Errorf("wait %d is %v", i+1, d)
		}
	}
}

func TestTLSFailureIsNotTriedAgain(t *testing.T) {
	var handshakes atomic.Int64
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { handshakes.Add(1); return nil, nil }}
	srv.StartTLS()
	defer srv.Close()
	_, err := quick().get(context.Background(), srv.URL+"/?state=SECRET", nil)
	var distrust x509.UnknownAuthorityError
	if !errors.As(err, &distrust) || handshakes.Load() != 1 || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("%v after %d handshakes", err, handshakes.Load())
	}
}

// A connection that is reused and breaks: Go's transport would send a GET
// again by itself. A one-shot address is not sent again, over HTTP/1 or HTTP/2.
func TestReusedConnectionThatBreaks(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			var calls atomic.Int64
			srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/resume" {
					calls.Add(1)
					panic(http.ErrAbortHandler)
				}
			}))
			srv.EnableHTTP2 = http2
			srv.StartTLS()
			h := &Client{Transport: srv.Client().Transport}
			for range 2 {
				if _, err := once(t, h, http.MethodGet, srv.URL+"/first"); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := once(t, h, method, srv.URL+"/resume"); err == nil {
				t.Error("it has an answer")
			}
			if calls.Load() != 1 {
				t.Errorf("HTTP/2 %v: %s was sent %d times", http2, method, calls.Load())
			}
			srv.Close()
		}
	}
}

// The other side has closed the idle connection, or does so as soon as the
// request is in: what reached it reached it once, byte for byte.
func TestReusedConnectionThatIsClosedOnArrival(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	var resumes atomic.Int64
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go serveThenClose(conn, &resumes)
		}
	}()
	h := &Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}
	address := "http://" + ln.Addr().String()
	if _, err := once(t, h, http.MethodGet, address+"/first"); err != nil {
		t.Fatal(err)
	}
	if a, err := once(t, h, http.MethodGet, address+"/resume"); err == nil {
		t.Errorf("it has an answer: %+v", a)
	}
	if n := resumes.Load(); n != 1 {
		t.Errorf("resume arrived %d times", n)
	}
}

// serveThenClose answers the first request of a connection and hangs up on the
// second, as soon as it is there.
func serveThenClose(conn net.Conn, resumes *atomic.Int64) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if req.URL.Path == "/resume" {
			resumes.Add(1)
			return
		}
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	}
}

// What a GET of one-shot addresses sends is a GET without a body.
func TestDoSendsNoBody(t *testing.T) {
	srv, _ := answering(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || len(body) > 0 || r.ContentLength > 0 || len(r.TransferEncoding) > 0 || r.Header.Get("Content-Length") != "" {
			t.Errorf("length %d, encoding %q, body %q, %v", r.ContentLength, r.TransferEncoding, body, err)
		}
	})
	h := &Client{}
	for range 3 {
		if _, err := once(t, h, http.MethodGet, srv.URL); err != nil {
			t.Fatal(err)
		}
	}
}

func TestProxyFailures(t *testing.T) {
	srv, _ := answering(t, status(407))
	h := quick()
	h.Transport = &http.Transport{Proxy: func(*http.Request) (*url.URL, error) { return url.Parse(srv.URL) }}
	_, err := h.get(context.Background(), "https://login.example.com/as/jwks?state=SECRET", nil)
	var nobody *NetworkError
	if !errors.As(err, &nobody) || !strings.Contains(err.Error(), "Proxy Authentication Required") || strings.Contains(err.Error(), "SECRET") {
		t.Error(err)
	}
}

// No cookie comes or goes by itself, and the caller's headers stay its own.
func TestClientKeepsNothing(t *testing.T) {
	var sent []http.Header
	srv, _ := answering(t, func(w http.ResponseWriter, r *http.Request) {
		sent = append(sent, r.Header)
		http.SetCookie(w, &http.Cookie{Name: "ST", Value: "x"})
	})
	h := &Client{UserAgent: "implicit/test"}
	header := http.Header{"X-Own": {"1"}}
	for range 2 {
		if _, err := h.get(context.Background(), srv.URL, header); err != nil {
			t.Fatal(err)
		}
	}
	for _, got := range sent {
		if got.Get("Cookie") != "" || got.Get("X-Own") != "1" || got.Get("User-Agent") != "implicit/test" || got.Get("Referer") != "" {
			t.Errorf("sent %v", got)
		}
	}
	if len(header) != 1 {
		t.Errorf("the caller's header became %v", header)
	}
}

func TestFetchUserInfo(t *testing.T) {
	srv, calls := answering(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer tok" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"sub":"x"}`)
	})
	info, err := FetchUserInfo(context.Background(), quick(), srv.URL, NewSecret("tok"))
	if err != nil || info.ContentType != "application/json" || string(info.Body) != `{"sub":"x"}` {
		t.Errorf("%+v, %v", info, err)
	}
	var unusable *HTTPError
	info, err = FetchUserInfo(context.Background(), quick(), srv.URL, NewSecret("SECRET"))
	if info != nil || !errors.As(err, &unusable) || unusable.Status != 401 || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("%+v, %v", info, err)
	}
	before := calls.Load()
	for _, token := range []string{"", "a b", "a\r\nX: y", "a\x00"} {
		if _, err := FetchUserInfo(context.Background(), quick(), srv.URL, NewSecret(token)); err == nil {
			t.Errorf("the token %q is sent", token)
		}
	}
	for _, endpoint := range []string{"", "http://login.example.com/me"} {
		if _, err := FetchUserInfo(context.Background(), quick(), endpoint, NewSecret("tok")); err == nil {
			t.Errorf("the token is sent to %q", endpoint)
		}
	}
	if calls.Load() != before {
		t.Error("something was sent")
	}
}
