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
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/implicit-cli/implicit/pkg/internal/web"
)

// Limits of a [Client] that sets none.
const (
	DefaultTimeout = 30 * time.Second
	maxTries       = 4
)

// Client makes this library's calls: it follows no redirect, sends no cookie but
// the caller's, reads at most 1 MiB and stops at a total deadline. The zero value
// works. It is safe for concurrent use once its fields are set.
type Client struct {
	// Transport is http.DefaultTransport where it is nil. An error of it with a
	// method Final() bool that returns true is not worth another try.
	Transport http.RoundTripper
	Timeout   time.Duration // of one call with its retries; 0: 30 s
	UserAgent string        // empty: Go's own

	Now   func() time.Time                           // nil: time.Now
	Sleep func(context.Context, time.Duration) error // between retries; nil: a timer

	http1 atomic.Bool // the last answer was HTTP/1.x: its connection may be reused
}

// Do sends req once, whatever its method: Go's transport by itself repeats a GET
// when a reused connection breaks, and a one-time address must not be sent twice.
// The body of the response is in memory: reading it cannot fail, and it need not
// be closed. The error is a [*NetworkError] or, for a reply that is not HTTP, is
// not final (RFC 9110 section 15.2) or has a body of more than 1 MiB, an
// [*HTTPError].
func (c *Client) Do(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(req.Context(), c.timeout())
	defer cancel()
	for try := 1; ; try++ {
		resp, err := c.once(ctx, req)
		if !web.MayRepeat(ctx) || try == maxTries || !mayRetry(try, resp, err) || c.pause(ctx, try, resp) != nil {
			return resp, err
		}
	}
}

// get fetches address. It tries again, with jitter and within the deadline, on
// 408, 429 (Retry-After), 5xx and network errors.
func (c *Client) get(ctx context.Context, address string, header http.Header) (*web.Reply, error) {
	req, err := http.NewRequestWithContext(web.Repeatable(ctx), http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("expected a URL, found %s", quote(address))
	}
	if header != nil {
		req.Header = header.Clone()
	}
	return c.reply(c.Do(req))
}

func (c *Client) reply(resp *http.Response, err error) (*web.Reply, error) {
	if err != nil {
		return nil, err
	}
	return web.ReadReply(resp, c.now())
}

func mayRetry(try int, resp *http.Response, err error) bool {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return try == 1 // a server that breaks off twice does so always
	}
	if err != nil {
		var network *NetworkError
		var distrust *tls.CertificateVerificationError // another try sees the same certificate
		var final interface{ Final() bool }
		return errors.As(err, &network) && !errors.As(err, &distrust) && !(errors.As(err, &final) && final.Final())
	}
	return resp.StatusCode == http.StatusRequestTimeout || resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500
}

// pause waits before the next try, or fails at once where the wait would
// outlast the deadline.
func (c *Client) pause(ctx context.Context, try int, resp *http.Response) error {
	wait := time.Duration(float64(uint(100)<<try)*(0.5+rand.Float64())) * time.Millisecond
	if resp != nil {
		asked := &web.Reply{Header: resp.Header, Received: c.now()}
		if after, ok := asked.RetryAfter(); ok {
			wait = after
		}
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < wait {
		return context.DeadlineExceeded
	}
	if c.Sleep != nil {
		return c.Sleep(ctx, wait)
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

func (c *Client) once(ctx context.Context, original *http.Request) (*http.Response, error) {
	var answered atomic.Bool
	req := original.Clone(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotFirstResponseByte: func() { answered.Store(true) },
	}))
	if req.Body == nil && c.http1.Load() {
		// A body without GetBody keeps the transport from repeating the
		// request on a broken connection. It is empty, so HTTP/1 sends
		// nothing of it; HTTP/2 repeats only what was surely not processed
		// (RFC 9113 section 8.7) and would send an empty frame.
		req.Body = io.NopCloser(strings.NewReader(""))
	}
	req.GetBody = nil
	if c.UserAgent != "" {
		req.Header.Set("User-Agent", c.UserAgent)
	}
	where := web.Locate(req.URL)
	// Not through an http.Client, which parses Location itself and would quote a
	// malformed one, tokens included, in an error.
	resp, err := c.transport().RoundTrip(req)
	if err != nil && ctx.Err() == nil && answered.Load() && !quotesNothing(err) {
		return nil, &HTTPError{URL: where, Problem: "expected an answer in HTTP, found something else"}
	}
	if err != nil {
		return nil, &NetworkError{where, reason(ctx, err)}
	}
	defer resp.Body.Close()
	if resp.StatusCode < 200 { // 101: the connection is another protocol's, and no deadline ends it
		return nil, &HTTPError{URL: where, Status: resp.StatusCode, Problem: "expected a final answer"}
	}
	c.http1.Store(resp.ProtoMajor == 1)
	body, err := io.ReadAll(io.LimitReader(resp.Body, web.MaxBody+1))
	if err != nil {
		return nil, &NetworkError{where, fmt.Errorf("the answer was cut off: %w", reason(ctx, err))}
	}
	if len(body) > web.MaxBody {
		return nil, &HTTPError{URL: where, Status: resp.StatusCode, Type: resp.Header.Get("Content-Type"),
			Problem: fmt.Sprintf("expected at most %d bytes", web.MaxBody)}
	}
	resp.Body, resp.Request = io.NopCloser(bytes.NewReader(body)), original
	return resp, nil
}

// quotesNothing reports whether an error that follows the first byte of an
// answer is about the connection. Others quote what the server sent, which may
// be a cookie or a token in a header that does not parse.
func quotesNothing(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// reason drops net/url's wrapping, which prints the whole address with its
// query, and says in words that the time ran out.
func reason(ctx context.Context, err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if errors.Unwrap(err) == context.DeadlineExceeded { //nolint:errorlint // what wraps it deeper, as a dial does, has no words of its own
		return err // a transport's own words
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the time ran out (%w)", context.DeadlineExceeded)
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

func (c *Client) transport() http.RoundTripper {
	if c.Transport != nil {
		return c.Transport
	}
	return http.DefaultTransport
}

func (c *Client) timeout() time.Duration {
	if c.Timeout > 0 {
		return c.Timeout
	}
	return DefaultTimeout
}

func (c *Client) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

// unusable is the error of a reply that is not what problem says was expected;
// with start also the first bytes of the body, for replies that hold no secret.
func unusable(r *web.Reply, problem string, start bool) *HTTPError {
	e := &HTTPError{URL: web.Locate(r.URL), Status: r.Status, Type: r.Header.Get("Content-Type"), Problem: problem}
	if start {
		e.Start = string(r.Body[:min(len(r.Body), 80)])
	}
	return e
}
