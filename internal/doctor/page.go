package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// page is an answer that several probes read.
type page struct {
	resp  *http.Response // nil: there was none
	body  []byte
	err   error
	first string // why it was asked for again; empty: it was not

	addresses []string // of the host, where this machine looked them up
	offset    time.Duration
	dated     bool // offset is known: the server's clock less ours
}

func (p *page) status() int {
	if p.resp == nil {
		return 0
	}
	return p.resp.StatusCode
}

// discover fetches the discovery document, once for all probes.
func (r *Run) discover(ctx context.Context) *page {
	return r.discovery.get(ctx, func(ctx context.Context) *page { return r.fetch(ctx, implicit.LegDiscovery, discoveryOf(r.Issuer())) })
}

func discoveryOf(issuer string) string {
	return strings.TrimSuffix(issuer, "/") + "/.well-known/openid-configuration"
}

// fetch gets an address, a second time after a status of 5xx or a broken connection.
func (r *Run) fetch(ctx context.Context, leg, address string) *page {
	ctx = implicit.WithLeg(ctx, leg)
	p := r.fetchOnce(ctx, Anonymous, address)
	why := "no answer"
	switch {
	case p.status() >= 500:
		why = fmt.Sprintf("status %d", p.status())
	case !mayPass(p.err):
		return p
	}
	again := r.fetchOnce(ctx, Anonymous, address)
	if unsent(again.err) {
		return p
	}
	again.first = why
	return again
}

func (r *Run) fetchOnce(ctx context.Context, part Part, address string) *page {
	p := new(page)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{DNSDone: func(d httptrace.DNSDoneInfo) {
		for _, a := range d.Addrs {
			p.addresses = append(p.addresses, a.String())
		}
	}})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		p.err = err
		return p
	}
	req.Header.Set("Accept", "application/json")
	sent := r.Now()
	if p.resp, p.err = r.client(part).Do(req); p.err != nil {
		p.resp = nil
		return p
	}
	received := r.Now()
	if date, err := http.ParseTime(p.resp.Header.Get("Date")); err == nil {
		p.offset, p.dated = date.Sub(sent.Add(received.Sub(sent)/2)).Round(time.Second), true
	}
	p.body, p.err = io.ReadAll(p.resp.Body)
	return p
}

// edge returns the message of an answer that is not PingOne's but of what is in
// front of it: JSON with a message alone.
func (p *page) edge() (message string, ok bool) {
	var fields map[string]any
	if json.Unmarshal(p.body, &fields) != nil || len(fields) != 1 {
		return "", false
	}
	message, ok = fields["message"].(string)
	return message, ok
}

// replay answers with a page that was fetched before, so that the library reads it
// without another request.
type replay struct{ *page }

func (p replay) RoundTrip(*http.Request) (*http.Response, error) {
	again := *p.resp
	again.Body = io.NopCloser(bytes.NewReader(p.body))
	return &again, nil
}
