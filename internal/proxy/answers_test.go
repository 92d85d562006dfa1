package proxy

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// says is an API that answers with bytes.
func says(bytes string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, bytes)
	}
}

// TestUnusableAnswers: a client does not take them for a result.
func TestUnusableAnswers(t *testing.T) {
	for name, bytes := range map[string]string{
		"not HTTP":            "SSH-2.0-x\r\n\r\n",
		"nothing":             "",
		"a status below 100":  "HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n",
		"a head without end":  "HTTP/1.1 200 OK\r\nContent-",
		"two lengths":         "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
		"a control character": "HTTP/1.1 200 OK\r\nX-A: \x1b[31m\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			g := start(t, says(bytes))
			resp, body := g.get("GET", "/", "")
			if resp.StatusCode != 502 || !strings.Contains(body, "no usable answer from the API: ") {
				t.Errorf("status %d, %s", resp.StatusCode, body)
			}
		})
	}
}

// TestCutOff: an answer that ends early does the same at the client, and the log says so.
func TestCutOff(t *testing.T) {
	for name, bytes := range map[string]string{
		"length": "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "chunks": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc",
	} {
		t.Run(name, func(t *testing.T) {
			g := start(t, says(bytes))
			if got := g.raw("GET / HTTP/1.1\r\nHost: HOST\r\nKEY\r\nConnection: close\r\n\r\n"); strings.HasSuffix(got, "0\r\n\r\n") || strings.Contains(got, "Content-Length: 3") {
				t.Errorf("the client got a whole answer: %q", got)
			}
			if log := g.logged(); !strings.Contains(log, "the answer was cut off") {
				t.Errorf("logged %s", log)
			}
		})
	}
}

// TestTrailers: what is not passed back in a head is not passed back after the body.
func TestTrailers(t *testing.T) {
	for name, announced := range map[string]string{"announced": "Trailer: Set-Cookie\r\n", "not announced": ""} {
		t.Run(name, func(t *testing.T) {
			g := start(t, says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"+announced+"\r\n2\r\nok\r\n0\r\nSet-Cookie: a=b\r\n\r\n"))
			if got := g.raw("GET / HTTP/1.1\r\nHost: HOST\r\nKEY\r\nConnection: close\r\n\r\n"); !strings.Contains(got, "ok\r\n") || strings.Contains(got, "Cookie") {
				t.Errorf("the client got %q", got)
			}
		})
	}
}
