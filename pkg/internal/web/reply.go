package web

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Reply is an HTTP response with its body in memory.
type Reply struct {
	URL      *url.URL // that was asked
	Status   int
	Header   http.Header
	Body     []byte
	Received time.Time
}

// ReadReply reads resp to its end and leaves its body to be read again. The
// caller has bounded the body.
func ReadReply(resp *http.Response, received time.Time) (*Reply, error) {
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	r := &Reply{URL: new(url.URL), Status: resp.StatusCode, Header: resp.Header, Body: body, Received: received}
	if resp.Request != nil && resp.Request.URL != nil {
		r.URL = resp.Request.URL
	}
	return r, nil
}

// MediaType returns the Content-Type without its parameters, in lower case. A
// reply without one is classified by its first byte, as JSON or HTML.
func (r *Reply) MediaType() string {
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	media = strings.ToLower(strings.TrimSpace(media))
	start := bytes.TrimLeft(r.Body, " \t\r\n")
	switch {
	case media == "application/xhtml+xml", media == "" && bytes.HasPrefix(start, []byte("<")):
		return "text/html"
	case media == "" && bytes.HasPrefix(start, []byte("{")):
		return "application/json"
	}
	return media
}

// RetryAfter returns how long the server asks to wait: seconds or a date (RFC
// 9110 section 10.2.3). ok is false without a value that can be read.
func (r *Reply) RetryAfter() (wait time.Duration, ok bool) {
	v := r.Header.Get("Retry-After")
	if s, err := strconv.Atoi(v); err == nil && s >= 0 && s < 1<<30 {
		return time.Duration(s) * time.Second, true
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(0, t.Sub(r.Received)), true
	}
	return 0, false
}

// Redirect returns the Location of a 301, 302, 303, 307 or 308, which are read
// alike: absolute, its query and fragment as they were sent. ok is false for any
// other reply, and without exactly one Location.
func (r *Reply) Redirect() (location string, ok bool) {
	switch r.Status {
	case 301, 302, 303, 307, 308:
	default:
		return "", false
	}
	raw := r.Header.Values("Location")
	if len(raw) != 1 || raw[0] == "" {
		return "", false
	}
	// The fragment is kept aside: net/url refuses one with a bad escape, which
	// is for the reader of the response to refuse.
	address, fragment, found := strings.Cut(raw[0], "#")
	u, err := r.URL.Parse(address)
	if err != nil {
		return "", false
	}
	if found {
		return u.String() + "#" + fragment, true
	}
	return u.String(), true
}

// repeatable is the context key of [Repeatable].
type repeatable struct{}

// Repeatable allows the calls of ctx to be sent again when they fail: only for
// requests that change nothing and hold no one-time value.
func Repeatable(ctx context.Context) context.Context {
	return context.WithValue(ctx, repeatable{}, true)
}

// MayRepeat reports whether [Repeatable] was called.
func MayRepeat(ctx context.Context) bool { return ctx.Value(repeatable{}) != nil }
