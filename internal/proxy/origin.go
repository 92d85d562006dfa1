package proxy

import (
	"net/http"
	"slices"
)

// mayCall reports whether a request is a program's, or a page's that may call: of an
// allowed origin. Browsers say where a request is from, and pages cannot change that
// (Fetch standard; W3C Fetch Metadata). What the user typed into the address bar is
// no page's.
func (p *Proxy) mayCall(r *http.Request) bool {
	origins, site := r.Header.Values("Origin"), r.Header.Get("Sec-Fetch-Site")
	if len(origins) == 0 {
		return site == "" || site == "none"
	}
	return len(origins) == 1 && slices.Contains(p.o.Origins, origins[0])
}

// isPreflight reports whether a browser asks what a page may send. It sends no key.
func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != ""
}

// allowPreflight lets a page of an allowed origin send what it asks for: the key is
// what protects the API.
func allowPreflight(w http.ResponseWriter, r *http.Request) {
	h, asked := w.Header(), r.Header
	for allowed, wanted := range map[string]string{
		"Access-Control-Allow-Methods":         "Access-Control-Request-Method",
		"Access-Control-Allow-Headers":         "Access-Control-Request-Headers",
		"Access-Control-Allow-Private-Network": "Access-Control-Request-Private-Network",
	} {
		if value := asked.Get(wanted); value != "" {
			h.Set(allowed, value)
		}
	}
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
}
