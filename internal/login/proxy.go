package login

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// ProxyError says that a proxy refused to connect to the provider.
type ProxyError struct {
	Proxy  string // host:port
	Status int    // of its answer to CONNECT
}

func (e *ProxyError) Error() string {
	return fmt.Sprintf("the proxy at %s answered CONNECT with status %d", e.Proxy, e.Status)
}

// Timeout and Temporary make it a net.Error: its text is ours, and may be told.
func (e *ProxyError) Timeout() bool { return false }

// Temporary is false.
func (e *ProxyError) Temporary() bool { return false }

// Kind is "unreachable" where the proxy may connect another time.
func (e *ProxyError) Kind() string {
	if e.Status == http.StatusRequestTimeout || e.Status == http.StatusTooManyRequests || e.Status >= 500 {
		return "unreachable"
	}
	return "refused"
}

// Hint says what the proxy may want.
func (e *ProxyError) Hint() string {
	switch {
	case e.Status == http.StatusProxyAuthRequired:
		return "the proxy wants a user name and a password: HTTPS_PROXY=http://user:password@host:port"
	case e.Kind() == "unreachable":
		return "try again later"
	}
	return "ask who runs the proxy to allow the provider's host; NO_PROXY names hosts to reach without it"
}

// checkConnect is what http.Transport calls OnProxyConnectResponse.
func checkConnect(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return &ProxyError{proxy.Host, answer.StatusCode}
}
