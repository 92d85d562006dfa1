package control

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxAnswer bounds what a client reads: a full journal has a few MiB.
const maxAnswer = 64 << 20

// Client calls the API of a running sandbox.
type Client struct {
	base, key string
	http      *http.Client
}

// NewClient returns a client for an address, as https://127.0.0.1:9443. roots are
// certificates in PEM to trust in addition to the system's. It refuses plain http off
// loopback, where others could read the key.
func NewClient(address, key string, roots []byte) (*Client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("expected the address of a control API, such as https://127.0.0.1:9443; found %q", address)
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, errors.New("the control key is sent over plain http to loopback only")
	}
	transport := &http.Transport{Proxy: nil}
	if pool, err := x509.SystemCertPool(); err == nil && len(roots) > 0 {
		pool.AppendCertsFromPEM(roots)
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return &Client{u.Scheme + "://" + u.Host, key, &http.Client{
		Transport: transport, Timeout: maxWait + 30*time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Do sends body as JSON, unless it is nil, and decodes the answer. Where the sandbox
// refuses, the error is an *Error.
func (c *Client) Do(ctx context.Context, method, path string, body, into any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return err
	}
	var refused struct{ Error *Error }
	switch err := json.Unmarshal(answer, &refused); {
	case err != nil, refused.Error == nil && resp.StatusCode != http.StatusOK:
		return &Error{Status: http.StatusBadGateway, Name: "no_control_api", Message: "the answer is not that of a control API: " + resp.Status, ToDo: "use the address after --control, which the sandbox printed as control.url"}
	case refused.Error != nil:
		refused.Error.Status = resp.StatusCode
		return refused.Error
	}
	return json.Unmarshal(answer, into)
}
