package implicit

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
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
func once(t *testing.T, h *Client, method, address string) (*Answer, error) {
	t.Helper()
	req, err := http.NewRequest(method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return h.Once(context.Background(), req)
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

func TestRedirect(t *testing.T) {
	base := "https://login.example.com/as/resume?flowId=x"
	rows := []struct {
		name     string
		status   int
		location []string
		want     string // empty: none
	}{
		{"absolute", 302, []string{"https://app.example.com/cb#a=b"}, "https://app.example.com/cb#a=b"},
		{"relative", 302, []string{"/signon/?flowId=x"}, "https://login.example.com/signon/?flowId=x"},
		{"without a scheme", 302, []string{"//app.example.com/cb"}, "https://app.example.com/cb"},
		{"the fragment as it was sent", 302, []string{"https://app.example.com/cb#a=%zz&b=%20+"}, "https://app.example.com/cb#a=%zz&b=%20+"},
		{"own scheme", 302, []string{"com.example.app:/cb#a=b"}, "com.example.app:/cb#a=b"},
		{"no Location", 302, nil, ""},
		{"an empty Location", 302, []string{""}, ""},
		{"two Locations", 302, []string{"https://a.example", "https://b.example"}, ""},
		{"another status", 200, []string{"https://a.example"}, ""},
		{"300", 300, []string{"https://a.example"}, ""},
		{"304", 304, []string{"https://a.example"}, ""},
		{"what is no address", 302, []string{"https://a example/%zz"}, ""},
	}
	for _, row := range rows {
		req, err := http.NewRequest(http.MethodGet, base, nil)
		if err != nil {
			t.Fatal(err)
		}
		a := &Answer{URL: req.URL, Status: row.status, Header: http.Header{"Location": row.location}}
		if got, ok := a.Redirect(); got != row.want || ok != (row.want != "") {
			t.Errorf("%s: %q, %v", row.name, got, ok)
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
	srv, _ := answering(t, body(maxBody))
	if a, err := once(t, &Client{}, http.MethodGet, srv.URL); err != nil || len(a.Body) != maxBody {
		t.Errorf("the largest body: %v", err)
	}
	srv, calls := answering(t, body(maxBody+1))
	_, err := quick().Get(context.Background(), srv.URL, nil)
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
			func() error { _, err := h.Get(context.Background(), srv.URL+"/?state=SECRET", nil); return err },
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
	if _, err := (&Client{}).Get(ctx, srv.URL, nil); !errors.Is(err, cause) {
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
			a, err := h.Get(context.Background(), srv.URL, nil)
			if row.status == 0 && err == nil || row.status != 0 && (err != nil || a.Status != row.status) {
				t.Errorf("%+v, %v", a, err)
			}
			if calls.Load() != row.calls {
				t.Errorf("%d calls, expected %d", calls.Load(), row.calls)
			}
		})
	}
}

// Nothing but Get is tried again.
func TestOnceIsSentOnce(t *testing.T) {
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
		if _, err := h.Get(context.Background(), srv.URL, nil); err != nil || !slices.Equal(waited, []time.Duration{want}) {
			t.Errorf("Retry-After %s: waited %v, %v", value, waited, err)
		}
	}
	// A wait beyond the deadline is not begun.
	srv, calls := answering(t, status(429, "Retry-After", "3600"))
	h := &Client{Timeout: 20 * time.Second, Sleep: func(context.Context, time.Duration) error { t.Error("it waits"); return nil }}
	if a, err := h.Get(context.Background(), srv.URL, nil); err != nil || a.Status != 429 || calls.Load() != 1 {
		t.Errorf("%+v, %v after %d calls", a, err, calls.Load())
	}
}

// Without a word of the server the waits grow, and no two clients wait alike.
func TestBackoff(t *testing.T) {
	var waited []time.Duration
	srv, _ := answering(t, status(503))
	h := &Client{Sleep: func(_ context.Context, d time.Duration) error { waited = append(waited, d); return nil }}
	if _, err := h.Get(context.Background(), srv.URL, nil); err != nil || len(waited) != maxTries-1 {
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
	srv.Config.ErrorLog = nil
	srv.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { handshakes.Add(1); return nil, nil }}
	srv.StartTLS()
	defer srv.Close()
	_, err := quick().Get(context.Background(), srv.URL+"/?state=SECRET", nil)
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
func TestOnceSendsNoBody(t *testing.T) {
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
	_, err := h.Get(context.Background(), "https://login.example.com/as/jwks?state=SECRET", nil)
	var nobody *NetworkError
	if !errors.As(err, &nobody) || !strings.Contains(err.Error(), "Proxy Authentication Required") || strings.Contains(err.Error(), "SECRET") {
		t.Error(err)
	}
}

// No cookie comes or goes by itself, and the caller's headers stay its own.
func TestHTTPKeepsNothing(t *testing.T) {
	var sent []http.Header
	srv, _ := answering(t, func(w http.ResponseWriter, r *http.Request) {
		sent = append(sent, r.Header)
		http.SetCookie(w, &http.Cookie{Name: "ST", Value: "x"})
	})
	h := &Client{UserAgent: "implicit/test"}
	header := http.Header{"X-Own": {"1"}}
	for range 2 {
		if _, err := h.Get(context.Background(), srv.URL, header); err != nil {
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

func TestCheckURL(t *testing.T) {
	for raw, ok := range map[string]bool{
		"https://login.example.com": true, "https://login.example.com:8443/a?b=c": true, "HTTPS://login.example.com": true,
		"http://127.0.0.1:8080": true, "http://[::1]": true, "http://localhost/x": true, "http://127.9.9.9": true, "http://LOCALHOST": true,
		"http://login.example.com": false, "http://localhost.example.com": false, "http://127.0.0.1.example.com": false, "http://0.0.0.0": false,
		"login.example.com": false, "": false, "/x": false, "//login.example.com": false, "https://": false, "https:///x": false,
		"https://me@login.example.com": false, "https://login.example.com#": false, "https://login.example.com#x": false,
		"https://login.example.com/ x": false, "https://login.example.com/\n": false, "ftp://login.example.com": false, "file:///etc/passwd": false, "https://%zz": false,
	} {
		if err := CheckURL(raw); (err == nil) != ok {
			t.Errorf("%q: %v", raw, err)
		}
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
	info, answer, err := FetchUserInfo(context.Background(), quick(), srv.URL, NewSecret("tok"))
	if err != nil || answer != nil || info.ContentType != "application/json" || string(info.Body) != `{"sub":"x"}` {
		t.Errorf("%+v, %+v, %v", info, answer, err)
	}
	info, answer, err = FetchUserInfo(context.Background(), quick(), srv.URL, NewSecret("SECRET"))
	if info != nil || answer == nil || answer.Status != 401 || err == nil || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("%+v, %+v, %v", info, answer, err)
	}
	before := calls.Load()
	for _, token := range []string{"", "a b", "a\r\nX: y", "a\x00"} {
		if _, _, err := FetchUserInfo(context.Background(), quick(), srv.URL, NewSecret(token)); err == nil {
			t.Errorf("the token %q is sent", token)
		}
	}
	for _, endpoint := range []string{"", "http://login.example.com/me"} {
		if _, _, err := FetchUserInfo(context.Background(), quick(), endpoint, NewSecret("tok")); err == nil {
			t.Errorf("the token is sent to %q", endpoint)
		}
	}
	if calls.Load() != before {
		t.Error("something was sent")
	}
}
