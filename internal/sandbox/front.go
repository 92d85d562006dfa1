package sandbox

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Paths of the server itself. PingOne has none of them, and no key is needed.
const (
	ReadyPath = "/__sandbox/ready" // answers 200 as soon as the server listens
	CAPath    = "/__sandbox/ca.pem"
)

// front answers for the server, and hands everything else to the sandbox.
type front struct {
	next  http.Handler
	ca    []byte   // nil: plain http, or a certificate that was handed in
	hosts []string // the only ones that are answered; none: every one
}

func (f front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, own := strings.CutPrefix(r.URL.Path, "/__sandbox/")
	switch {
	case !f.answers(r, own):
		http.Error(w, "this sandbox is "+strings.Join(f.hosts, ", ")+" (--public-url)", http.StatusMisdirectedRequest)
	case !own:
		f.next.ServeHTTP(w, r)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		http.Error(w, "GET", http.StatusMethodNotAllowed)
	case r.URL.Path == ReadyPath:
		_, _ = w.Write([]byte("ready\n"))
	case r.URL.Path == CAPath && f.ca != nil:
		w.Header().Set("Content-Type", "application/x-pem-file")
		_, _ = w.Write(f.ca)
	default:
		http.NotFound(w, r)
	}
}

// answers reports whether the request is for this server: another name that leads
// here is one that a page of another site chose (DNS rebinding). A health check
// of the machine itself may name loopback.
func (f front) answers(r *http.Request, own bool) bool {
	host := strings.ToLower(r.Host)
	return f.hosts == nil || slices.Contains(f.hosts, host) || own && isLoopback(hostname(host))
}

func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.Trim(host, "[]")
}

// hostOf is what a client sends as Host for a URL: without the port of its scheme.
func hostOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	host := strings.ToLower(u.Host)
	if port := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]; port != "" {
		host = strings.TrimSuffix(host, port)
	}
	return host
}
