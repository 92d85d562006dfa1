package sandbox

import (
	"crypto/tls"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// hits reports whether a fault is on for the leg; a fault named ...-once hits
// one request after it was set.
func (s *Sandbox) hits(name, leg string) bool {
	full := name + ":" + leg
	if !s.on(full) || s.spent[full] {
		return false
	}
	s.spent[full] = strings.HasSuffix(name, "-once")
	s.request.fault = name
	return true
}

const badGateway = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1><hr>edge</body></html>"

const rateLimited = "<!DOCTYPE html><html><head><title>Access denied | auth.example.com used Cloudflare to restrict access</title></head><body><h1>Error 1015</h1><p>You are being rate limited</p></body></html>"

// faultAnswer is what a fault answers instead of the leg, or nil.
func (s *Sandbox) faultAnswer(c *call, leg string) *answer {
	html := func(status int) *answer {
		page := strings.ReplaceAll(badGateway, "502 Bad Gateway", strconv.Itoa(status)+" "+http.StatusText(status))
		return newAnswer(status, "text/html; charset=utf-8", []byte(page))
	}
	limited := func() *answer {
		a := s.platformError(c, http.StatusTooManyRequests, "REQUEST_LIMITED", "Too many requests.")
		a.header.Set("Retry-After", "1")
		return a
	}
	switch {
	case s.hits("html-502", leg), s.hits("html-502-once", leg):
		return html(http.StatusBadGateway)
	case s.hits("html-500", leg):
		return html(http.StatusInternalServerError)
	case s.hits("html-200", leg):
		return html(http.StatusOK)
	case s.hits("json-500", leg):
		return s.platformError(c, http.StatusInternalServerError, "UNEXPECTED_ERROR", "An unexpected error has occurred.")
	case s.hits("json-503-once", leg):
		return s.platformError(c, http.StatusServiceUnavailable, "UNEXPECTED_ERROR", "The service is unavailable.")
	case s.hits("429", leg), s.hits("429-once", leg):
		return limited()
	case s.hits("cloudflare-429", leg):
		a := newAnswer(http.StatusTooManyRequests, "text/html; charset=UTF-8", []byte(rateLimited))
		a.header.Set("Server", "cloudflare")
		a.edge = true
		return a
	case s.hits("edge-403", leg):
		return edgeError("Missing Authentication Token")
	case s.hits("431", leg):
		return html(http.StatusRequestHeaderFieldsTooLarge)
	case s.hits("404", leg):
		return s.notFound(c)
	case s.hits("empty", leg):
		return newAnswer(http.StatusOK, "application/json", nil)
	case s.hits("loop", leg):
		return redirect(c.base + c.r.URL.RequestURI())
	}
	return nil
}

// vary changes a finished answer as the readings and faults of the leg say.
func (s *Sandbox) vary(c *call, leg string, a *answer) {
	if s.hits("truncated", leg) {
		a.body = a.body[:len(a.body)/2]
	}
	if s.hits("no-location", leg) {
		a.header.Del("Location")
	}
	if (leg != legAuthorize && leg != legResume) || a.status != http.StatusFound {
		return
	}
	for _, status := range []int{301, 303, 307, 308} {
		if s.on("redirect-" + strconv.Itoa(status)) {
			a.status = status
		}
	}
	if relative, ok := strings.CutPrefix(a.header.Get("Location"), c.base+"/"); ok && s.on("relative-location") {
		a.header.Set("Location", "/"+relative)
	}
}

// delivery is how an answer travels.
type delivery struct {
	slow, drip, cut, endless, reset bool
}

func (s *Sandbox) delivery(leg string) delivery {
	return delivery{
		slow: s.hits("slow", leg), drip: s.hits("drip", leg), cut: s.hits("cut", leg),
		endless: s.hits("endless", leg),
		reset:   s.hits("reset", leg) || s.hits("reset-once", leg),
	}
}

func (d delivery) deliver(w http.ResponseWriter, r *http.Request, a *answer) {
	if d.reset {
		reset(w)
	}
	if d.slow && !pause(r, time.Minute) {
		return
	}
	for name, values := range a.header {
		w.Header()[name] = values
	}
	switch {
	case d.endless:
		endless(w)
	case d.drip:
		drip(w, r, a)
	case d.cut:
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)+1))
		w.WriteHeader(a.status)
		w.Write(a.body[:len(a.body)/2])
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	default:
		if a.status != http.StatusNoContent {
			w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
		}
		w.WriteHeader(a.status)
		w.Write(a.body)
	}
}

// pause waits and reports whether the client is still connected.
func pause(r *http.Request, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// reset breaks the connection: with an RST packet over HTTP/1.1, with an RST
// frame over HTTP/2.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	raw := conn
	if secure, ok := conn.(*tls.Conn); ok {
		raw = secure.NetConn()
	}
	if tcp, ok := raw.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	raw.Close()
	panic(http.ErrAbortHandler)
}

func drip(w http.ResponseWriter, r *http.Request, a *answer) {
	body := a.body
	if len(body) == 0 {
		body = make([]byte, 60)
	}
	w.WriteHeader(a.status)
	out := http.NewResponseController(w)
	for i := range body {
		if _, err := w.Write(body[i : i+1]); err != nil || out.Flush() != nil || !pause(r, time.Second) {
			return
		}
	}
}

func endless(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	w.Write([]byte(`{"padding":"`))
	chunk := []byte(strings.Repeat("A", 64<<10))
	for range (1 << 30) / len(chunk) {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
	w.Write([]byte(`"}`))
}
