package implicit

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// Limits that hold where a caller sets none.
const (
	DefaultTimeout = 30 * time.Second
	maxBody        = 1 << 20 // bytes; PingOne's largest answers are some tens of KiB
	maxTries       = 4
)

// Client makes this library's calls: it follows no redirect, sends no cookie that
// the caller did not set, reads at most 1 MiB and stops at a total deadline. The
// zero value works.
type Client struct {
	Transport http.RoundTripper // nil: http.DefaultTransport
	Timeout   time.Duration     // of one call with its retries; 0: 30 s
	UserAgent string            // empty: Go's own

	Now   func() time.Time                           // nil: time.Now
	Sleep func(context.Context, time.Duration) error // nil: a timer; a test's seam

	http1 atomic.Bool // an answer came by HTTP/1.x: its connection may be reused
}

// Answer is an HTTP answer, read to its end.
type Answer struct {
	URL      *url.URL // where it came from
	Status   int
	Header   http.Header
	Body     []byte
	Received time.Time
}

// Once sends req at most once, whatever its method. Go's transport sends a GET
// again by itself when a reused connection breaks; passwords and one-shot
// addresses must not go that way. The error is an [*NetworkError] or, for a
// body over the limit, an [*HTTPError].
func (h *Client) Once(ctx context.Context, req *http.Request) (*Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, h.timeout())
	defer cancel()
	return h.once(ctx, req)
}

// Get fetches address. It tries again, with jitter and within the deadline, on
// 408, 429 (Retry-After), 5xx and where no answer came: only for calls that may
// be repeated. The last answer is returned whatever its status.
func (h *Client) Get(ctx context.Context, address string, header http.Header) (*Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, h.timeout())
	defer cancel()
	for try := 1; ; try++ {
		req, err := http.NewRequest(http.MethodGet, address, nil)
		if err != nil {
			return nil, fmt.Errorf("expected a URL, found %s", quote(address))
		}
		if header != nil {
			req.Header = header.Clone()
		}
		answer, err := h.once(ctx, req)
		if try == maxTries || !mayRetry(answer, err) {
			return answer, err
		}
		if h.pause(ctx, try, answer) != nil {
			return answer, err
		}
	}
}

func mayRetry(a *Answer, err error) bool {
	if err != nil {
		var unreachable *NetworkError
		var distrust *tls.CertificateVerificationError // another try sees the same certificate
		return errors.As(err, &unreachable) && !errors.As(err, &distrust)
	}
	return a.Status == http.StatusRequestTimeout || a.Status == http.StatusTooManyRequests || a.Status >= 500
}

// pause waits before the next try, or fails at once where the wait would
// outlast the deadline.
func (h *Client) pause(ctx context.Context, try int, a *Answer) error {
	wait := time.Duration(float64(uint(100)<<try)*(0.5+rand.Float64())) * time.Millisecond
	if a != nil {
		if after, ok := a.RetryAfter(); ok {
			wait = after
		}
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < wait {
		return context.DeadlineExceeded
	}
	if h.Sleep != nil {
		return h.Sleep(ctx, wait)
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func (h *Client) once(ctx context.Context, req *http.Request) (*Answer, error) {
	req = req.WithContext(ctx)
	if req.Body == nil && h.http1.Load() {
		// A body without GetBody keeps the transport from repeating the
		// request on a broken connection. It is empty, so HTTP/1 sends
		// nothing of it; HTTP/2 repeats only what was surely not processed
		// (RFC 9113 section 8.7) and would send an empty frame.
		req.Body = io.NopCloser(strings.NewReader(""))
	}
	req.GetBody = nil
	if h.UserAgent != "" {
		req.Header.Set("User-Agent", h.UserAgent)
	}
	where := locate(req.URL)
	resp, err := h.transport().RoundTrip(req)
	if err != nil && ctx.Err() == nil && !tellable(err) {
		return nil, &HTTPError{URL: where, Problem: "expected an answer in HTTP, and what came is none"}
	}
	if err != nil {
		return nil, &NetworkError{where, h.reason(ctx, err)}
	}
	defer resp.Body.Close()
	h.http1.Store(resp.ProtoMajor == 1)
	a := &Answer{URL: req.URL, Status: resp.StatusCode, Header: resp.Header, Received: h.now()}
	a.Body, err = io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return nil, &NetworkError{where, fmt.Errorf("the answer broke off: %w", h.reason(ctx, err))}
	}
	if len(a.Body) > maxBody {
		return nil, a.Unusable(fmt.Sprintf("expected at most %d bytes", maxBody), false)
	}
	return a, nil
}

// reason drops net/url's wrapping, which prints the whole address with its
// query, and says in words that the time ran out.
func (h *Client) reason(ctx context.Context, err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the time ran out (%w)", context.DeadlineExceeded)
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// transport is used without an http.Client, which parses Location itself and
// would quote a malformed one, tokens included, in an error.
func (h *Client) transport() http.RoundTripper {
	if h.Transport != nil {
		return h.Transport
	}
	return http.DefaultTransport
}

// tellable reports whether an error says nothing but what this side knows: no
// connection, no TLS, an end too soon. Others quote what the server sent, which
// may be a cookie or a token in a header that does not parse.
func tellable(err error) bool {
	var network net.Error
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	text := err.Error()
	return errors.As(err, &network) || errors.As(err, &certificate) || errors.As(err, &record) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, http.ErrSchemeMismatch) || text == "Proxy Authentication Required" ||
		strings.HasPrefix(text, "tls: ") || strings.HasPrefix(text, "x509: ") ||
		strings.HasPrefix(text, "stream error: ") || strings.HasPrefix(text, "http2: ") || strings.HasPrefix(text, "http: server closed")
}

func (h *Client) timeout() time.Duration {
	if h.Timeout > 0 {
		return h.Timeout
	}
	return DefaultTimeout
}

func (h *Client) now() time.Time {
	if h.Now != nil {
		return h.Now()
	}
	return time.Now()
}

// MediaType returns the Content-Type without its parameters, in lower case. An
// answer without one is told by its first byte, as JSON or HTML.
func (a *Answer) MediaType() string {
	media, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
	media = strings.ToLower(strings.TrimSpace(media))
	start := bytes.TrimLeft(a.Body, " \t\r\n")
	switch {
	case media == "application/xhtml+xml", media == "" && bytes.HasPrefix(start, []byte("<")):
		return "text/html"
	case media == "" && bytes.HasPrefix(start, []byte("{")):
		return "application/json"
	}
	return media
}

// RetryAfter returns how long the server asks to wait: seconds or a date (RFC
// 9110 section 10.2.3). ok is false where it says nothing that can be read.
func (a *Answer) RetryAfter() (wait time.Duration, ok bool) {
	v := a.Header.Get("Retry-After")
	if s, err := strconv.Atoi(v); err == nil && s >= 0 && s < 1<<30 {
		return time.Duration(s) * time.Second, true
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(0, t.Sub(a.Received)), true
	}
	return 0, false
}

// Redirect returns the Location of a 301, 302, 303, 307 or 308, which are read
// alike: absolute, its query and fragment as they were sent. ok is false for any
// other answer, and where there is none or more than one.
func (a *Answer) Redirect() (location string, ok bool) {
	switch a.Status {
	case 301, 302, 303, 307, 308:
	default:
		return "", false
	}
	raw := a.Header.Values("Location")
	if len(raw) != 1 || raw[0] == "" {
		return "", false
	}
	// The fragment is kept aside: net/url refuses one with a bad escape, which
	// is for the reader of the response to refuse.
	address, fragment, has := strings.Cut(raw[0], "#")
	u, err := a.URL.Parse(address)
	if err != nil {
		return "", false
	}
	if has {
		return u.String() + "#" + fragment, true
	}
	return u.String(), true
}

// Unusable returns an error that says what came instead of problem; with start
// also the first bytes of the body, for answers that hold no secret.
func (a *Answer) Unusable(problem string, start bool) *HTTPError {
	e := &HTTPError{URL: locate(a.URL), Status: a.Status, Type: a.Header.Get("Content-Type"), Problem: problem}
	if start {
		e.Start = string(a.Body[:min(len(a.Body), 80)])
	}
	return e
}

// locate is an address as errors may show it: state, nonce and flow stand in
// the query.
func locate(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// CheckURL refuses what is no absolute https URL; plain http is for loopback.
func CheckURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || hasControlOrSpace(raw) || u.Hostname() == "":
		return fmt.Errorf("expected an absolute URL, found %s", quote(raw))
	case u.User != nil:
		return errors.New("expected no user name or password in the URL")
	case strings.Contains(raw, "#"):
		return fmt.Errorf("expected no fragment, found %s", quote(raw))
	case u.Scheme == "https", u.Scheme == "http" && IsLoopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("expected https (plain http is for loopback only), found %s", quote(raw))
}

// IsLoopback reports whether host, without a port, is this machine: a loopback
// address or the name localhost.
func IsLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
