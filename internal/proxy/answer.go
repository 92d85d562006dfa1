package proxy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
)

// answer is what a client gets. It keeps what the log says of it.
type answer struct {
	http.ResponseWriter
	status  int
	outcome string
	close   bool   // the connection
	origin  string // of the page that may read it; empty: none
}

type answerKey struct{}

// note tells the log what was done for the answer to a request.
func note(ctx context.Context, outcome string) {
	if a, ok := ctx.Value(answerKey{}).(*answer); ok {
		a.outcome = outcome
	}
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// WriteHeader passes no interim answer on: its headers are not looked at.
func (a *answer) WriteHeader(status int) {
	if status < 200 {
		return
	}
	a.status = status
	h := a.Header()
	if a.close {
		h.Set("Connection", "close")
	}
	if h["Content-Type"] == nil {
		h["Content-Type"] = nil // the server would guess one
	}
	h.Add("Vary", "Origin")
	if a.origin != "" {
		h.Set("Access-Control-Allow-Origin", a.origin)
		h.Set("Access-Control-Expose-Headers", "*")
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) fail(p *problem) {
	a.outcome = fmt.Sprintf("%s: %s", p.Code, p.Detail)
	p.write(a)
}

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
