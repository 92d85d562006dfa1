package proxy

import (
	"strings"
	"testing"
)

// TestRefused sends what must not reach the API; the key is right unless the row is
// about it.
func TestRefused(t *testing.T) {
	g := start(t, nil, func(o *Options) { o.Origins = []string{"http://app.example"} })
	get := func(target, more string) string {
		return "GET " + target + " HTTP/1.1\r\nHost: HOST\r\nKEY\r\nConnection: close\r\n" + more + "\r\n"
	}
	for _, row := range []struct{ name, request, want string }{
		{"CONNECT", "CONNECT api.example.com:443 HTTP/1.1\r\nHost: HOST\r\nKEY\r\n\r\n", "400"},
		{"CONNECT with a path", "CONNECT / HTTP/1.1\r\nHost: HOST\r\nKEY\r\n\r\n", "400"},
		{"absolute form", get("http://HOST/orders", ""), "400"},
		{"absolute form of another host", get("http://169.254.169.254/latest", ""), "400"},
		{"authority as path", get("//evil.example/x", ""), "400"},
		{"asterisk", "OPTIONS * HTTP/1.1\r\nHost: HOST\r\nKEY\r\nConnection: close\r\n\r\n", "400"},
		{"dot segments", get("/../admin", ""), "400"},
		{"dot segments inside", get("/orders/../../admin", ""), "400"},
		{"one dot", get("/./x", ""), "400"},
		{"dots at the end", get("/orders/..", ""), "400"},
		{"dots with a parameter", get("/..;/admin", ""), "400"},
		{"encoded dots", get("/%2e%2E/admin", ""), "400"},
		{"half encoded dots", get("/.%2e/admin", ""), "400"},
		{"doubly encoded dots", get("/%252e%252e/admin", ""), "400"},
		{"three times encoded dots", get("/%25252e%25252e/admin", ""), "400"},
		{"encoded slash", get("/..%2fadmin", ""), "400"},
		{"doubly encoded slash", get("/x%252Fadmin", ""), "400"},
		{"backslash", get(`/..\admin`, ""), "400"},
		{"encoded backslash", get("/..%5Cadmin", ""), "400"},
		{"empty segment", get("/orders//admin", ""), "400"},
		{"NUL", get("/orders%00.json", ""), "400"},
		{"bad escape", get("/%zz", ""), "400"},
		{"DNS rebinding", "GET / HTTP/1.1\r\nHost: evil.example\r\nKEY\r\nConnection: close\r\n\r\n", "421"},
		{"the name localhost, which another user may share", "GET / HTTP/1.1\r\nHost: localhost:1\r\nKEY\r\nConnection: close\r\n\r\n", "421"},
		{"no host", "GET / HTTP/1.0\r\nKEY\r\n\r\n", "421"},
		{"two hosts", "GET / HTTP/1.1\r\nHost: HOST\r\nHost: HOST\r\nKEY\r\n\r\n", "400"},
		{"WebSocket", get("/", "Connection: Upgrade\r\nUpgrade: websocket\r\n"), "501"},
		{"upgrade to HTTP/2", get("/", "Connection: Upgrade\r\nUpgrade: h2c\r\n"), "501"},
		{"HTTP/2 without TLS", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400"},
		{"TRACE", "TRACE / HTTP/1.1\r\nHost: HOST\r\nKEY\r\nConnection: close\r\n\r\n", "405"},
		{"no key", "GET / HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n", "403"},
		{"wrong key", "GET / HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n" + KeyHeader + ": " + strings.Repeat("A", 43) + "\r\n\r\n", "403"},
		{"key twice", get("/", "KEY\r\n"), "403"},
		{"fetch of another origin", get("/", "Origin: http://evil.example\r\n"), "403"},
		{"fetch of an opaque origin", get("/", "Origin: null\r\n"), "403"},
		{"fetch of two origins", get("/", "Origin: http://app.example\r\nOrigin: http://evil.example\r\n"), "403"},
		{"origin that begins like an allowed one", get("/", "Origin: http://app.example.evil.example\r\n"), "403"},
		{"image of another site", get("/", "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n"), "403"},
		{"image of another port", get("/", "Sec-Fetch-Site: same-site\r\n"), "403"},
		{"page of the API", get("/", "Sec-Fetch-Site: same-origin\r\n"), "403"},
		{"form of another site", "POST / HTTP/1.1\r\nHost: HOST\r\nKEY\r\nOrigin: http://evil.example\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=b", "403"},
		{"preflight of another origin", "OPTIONS / HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nOrigin: http://evil.example\r\nAccess-Control-Request-Method: GET\r\n\r\n", "403"},
		{"two lengths", "POST / HTTP/1.1\r\nHost: HOST\r\nKEY\r\nContent-Length: 3\r\nContent-Length: 30\r\n\r\na=b", "400"},
		{"one length twice", "POST / HTTP/1.1\r\nHost: HOST\r\nKEY\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\na=b", "400"},
		{"a list of lengths", "POST / HTTP/1.1\r\nHost: HOST\r\nKEY\r\nContent-Length: 3, 3\r\n\r\na=b", "400"},
		{"a signed length", "POST / HTTP/1.1\r\nHost: HOST\r\nKEY\r\nContent-Length: +3\r\n\r\na=b", "400"},
		{"length and chunks", "POST / HTTP/1.1\r\nHost: HOST\r\nKEY\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: HOST\r\nKEY\r\n\r\n", "400"},
		{"chunks and length, in the second request", "GET /first HTTP/1.1\r\nHost: HOST\r\n\r\nPOST / HTTP/1.1\r\nHost: HOST\r\nKEY\r\nTransfer-Encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n", "400"},
		{"chunks in HTTP/1.0", "POST / HTTP/1.0\r\nHost: HOST\r\nKEY\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
		{"a line between the two limits, then length and chunks", "GET / HTTP/1.1\r\nHost: HOST\r\nX-A: " + strings.Repeat("a", 66<<10) + "\r\n\r\nPOST / HTTP/1.1\r\nHost: HOST\r\nKEY\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
		{"unknown encoding", "POST / HTTP/1.1\r\nHost: HOST\r\nKEY\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "501"},
		{"two encodings", "POST / HTTP/1.1\r\nHost: HOST\r\nKEY\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "501"},
		{"a folded header", get("/", "X-A: 1\r\n 2\r\n"), "400"},
		{"a folded encoding", "POST / HTTP/1.1\r\nHost: HOST\r\nKEY\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", "400"},
		{"a space before the colon", get("/", "Content-Length : 3\r\n"), "400"},
		{"a header without a colon", get("/", "Nonsense\r\n"), "400"},
		{"a head that is too long", get("/"+strings.Repeat("a", 70<<10), ""), "431"},
		{"too many headers", get("/", strings.Repeat("X-A: "+strings.Repeat("a", 1000)+"\r\n", 70)), "431"},
	} {
		t.Run(row.name, func(t *testing.T) {
			answers := g.raw(row.request)
			last := answers[strings.LastIndex(answers, "HTTP/1.")+1:]
			if !strings.HasPrefix(last, "TTP/1.1 "+row.want) && !strings.HasPrefix(last, "TTP/1.0 "+row.want) {
				t.Errorf("expected %s, found %.300q", row.want, answers)
			}
			if sent := g.api.requests(); len(sent) > 0 {
				t.Errorf("the API was sent %s", sent[0].RequestURI)
				g.api.list = nil
			}
			if strings.Contains(answers, g.Key().Reveal()) || strings.Contains(answers, "token-") {
				t.Errorf("a secret in %q", answers)
			}
		})
	}
	if log := g.logged(); strings.Contains(log, g.Key().Reveal()) || strings.Contains(log, "token-") {
		t.Errorf("a secret in the log: %s", log)
	}
}

// TestChunks: a body without a length is sent on, and nothing behind it is a request.
func TestChunks(t *testing.T) {
	g := start(t, nil)
	answers := g.raw("POST /a HTTP/1.1\r\nHost: HOST\r\nKEY\r\nTransfer-Encoding: chunked\r\nTrailer: Authorization\r\n\r\n2\r\nhi\r\n0\r\nAuthorization: Basic eDp5\r\n\r\nGET /b HTTP/1.1\r\nHost: HOST\r\nKEY\r\n\r\n")
	sent := g.api.requests()
	if len(sent) != 1 || sent[0].body != "hi" || len(sent[0].Trailer) > 0 || !strings.Contains(answers, "Connection: close") {
		t.Errorf("the API was sent %d requests, the client %q", len(sent), answers)
	}
}
