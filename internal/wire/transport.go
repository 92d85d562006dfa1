package wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// maxRead bounds what of one body is kept in memory until it is redacted, in bytes:
// no body that is read is larger.
const maxRead = 1 << 20

// Proxier is a transport that knows which proxy a request goes through; "" is none.
type Proxier interface {
	ProxyOf(req *http.Request) string
}

// RoundTripper records what goes through next. A nil Recorder returns next itself.
func (r *Recorder) RoundTripper(next http.RoundTripper) http.RoundTripper {
	if r == nil {
		return next
	}
	return &transport{r, next}
}

type transport struct {
	rec  *Recorder
	next http.RoundTripper
}

// RoundTrip sends req and records it; the entry is complete when the body of the
// response has been read or closed.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	sent, err := takeBody(req)
	if err != nil {
		return nil, err
	}
	x := t.begin(req, sent)
	ctx := httptrace.WithClientTrace(req.Context(), x.clock.trace())
	req = req.WithContext(ctx)
	if req.ContentLength > 0 {
		req.Body = io.NopCloser(bytes.NewReader(sent))
	}
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		x.end(nil, nil, why(ctx, err, x.clock.answered()))
		x.unverified(err)
		return nil, err
	}
	resp.Body = &recorded{ReadCloser: resp.Body, x: x, resp: resp}
	return resp, nil
}

// takeBody reads a request body of known length, to record it and to send it from
// memory. Others (this program sends none) are left alone.
func takeBody(req *http.Request) ([]byte, error) {
	if req.Body == nil || req.ContentLength <= 0 {
		return nil, nil
	}
	defer req.Body.Close()
	return io.ReadAll(req.Body)
}

func (t *transport) begin(req *http.Request, body []byte) *exchange {
	m := Message{Method: req.Method, URL: req.URL.String(), Proto: req.Proto, Body: Body{
		MediaType: mediaType(req.Header), Text: string(body), Size: int64(len(body))}}
	m.Header = append([]Field{{"Host", hostOf(req)}}, fields(req.Header)...)
	x := &exchange{rec: t.rec, clock: newStopwatch(t.rec.now), entry: &Entry{
		Kind: KindExchange, Leg: implicit.Leg(req.Context()), Started: t.rec.now(), Timings: noTimings(),
		Request: t.rec.redact.Message(&m), Err: "not ended"}}
	if p, ok := t.next.(Proxier); ok {
		x.entry.Connection.Proxy = p.ProxyOf(req)
	}
	t.rec.add(x.entry)
	return x
}

func hostOf(req *http.Request) string {
	if req.Host != "" {
		return req.Host
	}
	return req.URL.Host
}

// exchange is a call that is on its way.
type exchange struct {
	rec   *Recorder
	clock *stopwatch
	entry *Entry // guarded by rec.mu
}

// end completes the entry.
func (x *exchange) end(resp *http.Response, body *recorded, why string) {
	var m *Message
	if resp != nil {
		m = x.rec.redact.Message(&Message{Status: resp.StatusCode, Proto: resp.Proto, Header: fields(resp.Header),
			Body: Body{MediaType: mediaType(resp.Header), Text: body.kept.String(), Size: body.size, Truncated: body.size > maxRead}}, x.entry.Leg)
	}
	x.rec.mu.Lock()
	defer x.rec.mu.Unlock()
	x.entry.Response, x.entry.Err = m, why
	x.clock.fill(x.entry)
	if resp != nil {
		x.entry.Connection.Protocol = resp.Proto
		describeTLS(&x.entry.Connection, resp.TLS)
	}
}

// recorded is the body of a response, which is recorded as it is read.
type recorded struct {
	io.ReadCloser
	x    *exchange
	resp *http.Response
	kept bytes.Buffer
	size int64
	done bool
}

func (b *recorded) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.size += int64(n)
	if room := maxRead - b.kept.Len(); room > 0 {
		b.kept.Write(p[:min(n, room)])
	}
	if err != nil {
		text := ""
		if !errors.Is(err, io.EOF) {
			text = "the answer was cut off: " + why(b.resp.Request.Context(), err, false)
		}
		b.end(text)
	}
	return n, err
}

func (b *recorded) Close() error {
	b.end("")
	return b.ReadCloser.Close()
}

func (b *recorded) end(why string) {
	if !b.done {
		b.done = true
		b.x.end(b.resp, b, why)
	}
}

// why is an error in words that hold nothing the server sent, which may be a cookie
// or a token in a header that does not parse.
func why(ctx context.Context, err error, answered bool) string {
	var network net.Error
	known := errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // its own text has the address in clear
	}
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return "the time ran out"
	case ctx.Err() != nil:
		return context.Cause(ctx).Error()
	case answered && !known:
		return "the answer is not HTTP"
	}
	return err.Error()
}
