package login

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/net/http/httpproxy"
)

// ProxyError says that the provider was not reached because of the proxy.
type ProxyError struct {
	Proxy  string // host:port
	Status int    // of its answer to CONNECT; 0: there was none
	Err    error  // why there was none
}

func (e *ProxyError) Error() string {
	switch {
	case e.Status != 0:
		return fmt.Sprintf("the proxy at %s answered CONNECT with status %d", e.Proxy, e.Status)
	case errors.Is(e.Err, context.DeadlineExceeded):
		return fmt.Sprintf("the proxy at %s did not connect in time", e.Proxy)
	}
	return fmt.Sprintf("the proxy at %s could not be used: %v", e.Proxy, e.Err)
}

func (e *ProxyError) Unwrap() error { return e.Err }

// Timeout and Temporary make it a net.Error: its text is ours, and may be told.
func (e *ProxyError) Timeout() bool { return false }

// Temporary is false.
func (e *ProxyError) Temporary() bool { return false }

// Final says that another try gets the same answer.
func (e *ProxyError) Final() bool { return e.Kind() == "refused" }

// Kind is "unreachable" where the proxy may connect another time.
func (e *ProxyError) Kind() string {
	if e.Status == 0 || e.Status == http.StatusRequestTimeout || e.Status == http.StatusTooManyRequests || e.Status >= 500 {
		return "unreachable"
	}
	return "refused"
}

// Hint says what the proxy may want.
func (e *ProxyError) Hint() string {
	switch {
	case e.Status == 0:
		return "check that the proxy of HTTPS_PROXY is running; NO_PROXY names hosts to reach without it"
	case e.Status == http.StatusProxyAuthRequired:
		return "the proxy wants a user name and a password: HTTPS_PROXY=http://user:password@host:port"
	case e.Kind() == "unreachable":
		return "try again later"
	}
	return "ask whoever runs the proxy to allow the provider's host; NO_PROXY names hosts to reach without it"
}

// checkConnect is what http.Transport calls OnProxyConnectResponse.
func checkConnect(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return &ProxyError{Proxy: proxy.Host, Status: answer.StatusCode}
}

// ProxySettingError says that a variable does not name a proxy. It does not
// repeat the value, which may hold a password.
type ProxySettingError struct{ Variable, Problem string }

func (e *ProxySettingError) Error() string {
	return e.Variable + ": expected a proxy such as http://host:port; " + e.Problem
}

// Kind is "usage".
func (e *ProxySettingError) Kind() string { return "usage" }

// Hint says how to write a password.
func (e *ProxySettingError) Hint() string {
	return "in user name and password write # as %23, / as %2F, ? as %3F, @ as %40 and % as %25"
}

// proxyFunc is http.ProxyFromEnvironment for getenv's variables. That one takes
// a value that does not parse for the name of a host, or for none.
func proxyFunc(getenv func(string) string) (func(*http.Request) (*url.URL, error), error) {
	either := func(name string) string { return cmp.Or(getenv(name), getenv(strings.ToLower(name))) }
	proxy, err := readProxy(getenv)
	if err != nil {
		return nil, err
	}
	find := (&httpproxy.Config{HTTPSProxy: proxy, NoProxy: either("NO_PROXY")}).ProxyFunc()
	return func(req *http.Request) (*url.URL, error) { return find(req.URL) }, nil
}

// readProxy returns the URL of HTTPS_PROXY. HTTP_PROXY has no part in this: plain
// http is for loopback, which is never proxied.
func readProxy(getenv func(string) string) (string, error) {
	for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
		raw := getenv(name)
		if raw == "" {
			continue
		}
		if !strings.Contains(raw, "://") {
			raw = "http://" + raw
		}
		if problem := proxyProblem(raw); problem != "" {
			return "", &ProxySettingError{name, problem}
		}
		return raw, nil
	}
	return "", nil
}

// proxyProblem says in our own words what is wrong: url.Parse quotes the value.
func proxyProblem(raw string) string {
	u, err := url.Parse(raw)
	switch {
	case strings.ContainsAny(raw, "#?"):
		return "# and ? end the address"
	case err != nil || u.Hostname() == "":
		return "this value is no URL"
	case u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5" && u.Scheme != "socks5h":
		return "its scheme is not http, https, socks5 or socks5h"
	case u.Path != "" && u.Path != "/":
		return "this value has a path"
	}
	if port, err := strconv.ParseUint(u.Port(), 10, 16); u.Port() != "" && (err != nil || port == 0) {
		return "the port is not between 1 and 65535"
	}
	return ""
}

// proxied names the proxy in errors from before a connection to the provider.
type proxied struct{ *http.Transport }

// ProxyOf returns host and port of the proxy that req goes through; empty: none.
func (t proxied) ProxyOf(req *http.Request) string {
	if proxy, err := t.Proxy(req); err == nil && proxy != nil {
		return proxy.Host
	}
	return ""
}

func (t proxied) RoundTrip(req *http.Request) (*http.Response, error) {
	proxy, err := t.Proxy(req)
	if err != nil || proxy == nil {
		return t.Transport.RoundTrip(req)
	}
	var through atomic.Bool // to the provider
	resp, err := t.Transport.RoundTrip(req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		TLSHandshakeStart: func() { through.Store(proxy.Scheme != "https") },
		GotConn:           func(httptrace.GotConnInfo) { through.Store(true) },
	})))
	var named *ProxyError
	if err == nil || through.Load() || errors.Is(err, context.Canceled) || errors.As(err, &named) {
		return resp, err
	}
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "proxyconnect" {
		err = dial.Err
	} else if !errors.Is(err, context.DeadlineExceeded) {
		err = errors.New("its answer to CONNECT cannot be read") // the error may quote it
	}
	return nil, &ProxyError{Proxy: proxy.Host, Err: err}
}
