package proxy

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
)

// problem is an answer of the proxy itself (RFC 9457). It has neither the key nor a
// token.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Hint   string `json:"hint,omitempty"`
}

func newProblem(status int, code, detail string) *problem {
	return &problem{"about:blank", http.StatusText(status), status, code, detail, ""}
}

// write answers with the problem. A body that was not read is not waited for.
func (p *problem) write(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Connection", "close")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // plain texts
}

// noTokenError says that no token can be had for a request.
type noTokenError struct{ error }

func (e noTokenError) Unwrap() error { return e.error }

// failed is the answer to a request that could not be sent, or not be answered.
func (p *Proxy) failed(err error) *problem {
	f := p.o.Describe(err)
	answer := newProblem(http.StatusBadGateway, "upstream", f.Message)
	var timeout net.Error
	switch {
	case errors.As(err, &noTokenError{}):
		answer = newProblem(http.StatusServiceUnavailable, "no_token", f.Message)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		answer = newProblem(http.StatusGatewayTimeout, "upstream", f.Message)
	}
	answer.Hint = f.Hint
	return answer
}
