package proxy

import (
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
)

// rewrite makes the request that is sent on: to the API, and without what is between
// the client and the proxy.
func (p *Proxy) rewrite(r *httputil.ProxyRequest) {
	encoded := p.o.To.EscapedPath() + p.path(r.In)
	decoded, _ := url.PathUnescape(encoded) // the server has read it
	r.Out.URL = &url.URL{Scheme: p.o.To.Scheme, Host: p.o.To.Host, Path: decoded, RawPath: encoded, RawQuery: r.In.URL.RawQuery, ForceQuery: r.In.URL.ForceQuery}
	r.Out.Host, r.Out.Trailer = "", nil
	for name := range r.Out.Header {
		if ofClient(name) {
			r.Out.Header.Del(name)
		}
	}
}

// ofClient reports whether a request header is for the proxy alone, or says who asks.
func ofClient(name string) bool {
	switch name {
	case KeyHeader, "Authorization", "Cookie", "Origin", "Referer":
		return true
	}
	return strings.HasPrefix(name, "Sec-Fetch-") || strings.HasPrefix(name, "Access-Control-")
}

// modify makes the answer that is passed back. Cookies and what a browser remembers
// of a server would be about this machine. A page of the API gets an origin of its
// own, so that its script cannot send requests as a page of the proxy.
func (p *Proxy) modify(resp *http.Response) error {
	for name := range resp.Header {
		if ofServer(name) {
			resp.Header.Del(name)
		}
	}
	resp.Header.Add("Content-Security-Policy", "sandbox")
	resp.Header.Set("X-Content-Type-Options", "nosniff")
	return nil
}

// ofServer reports whether a response header is for the API's own origin alone.
func ofServer(name string) bool {
	switch name {
	case "Set-Cookie", "Set-Cookie2", "Alt-Svc", "Clear-Site-Data", "Strict-Transport-Security", "Service-Worker-Allowed":
		return true
	}
	return strings.HasPrefix(name, "Access-Control-")
}

// answerError answers a request that got no answer.
func (p *Proxy) answerError(w http.ResponseWriter, r *http.Request, err error) {
	a := w.(*answer)
	if r.Context().Err() != nil {
		a.outcome = "the client went away"
		panic(http.ErrAbortHandler)
	}
	a.fail(p.failed(err))
}

// sender sends requests with a token, and one without a body again where the token is
// refused.
type sender struct{ *Proxy }

func (s sender) RoundTrip(req *http.Request) (*http.Response, error) {
	token, err := s.o.Tokens.Get(req.Context())
	if err != nil {
		return nil, noTokenError{err}
	}
	resp, err := s.send(req, token)
	if err != nil || resp.StatusCode != http.StatusUnauthorized || !s.o.Tokens.Refuse(token) || req.Body != nil {
		return resp, err
	}
	another, err := s.o.Tokens.Get(req.Context())
	if err != nil || another.Value.Reveal() == token.Value.Reveal() {
		note(req.Context(), "the API refused the token, and there is no other")
		return resp, nil
	}
	note(req.Context(), "the API refused the token; sent again with another")
	resp.Body.Close()
	return s.send(req.Clone(req.Context()), another)
}

func (s sender) send(req *http.Request, token Token) (*http.Response, error) {
	req.Header.Set("Authorization", token.Type+" "+token.Value.Reveal())
	return s.o.Transport.RoundTrip(req)
}
