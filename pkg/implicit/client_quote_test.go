package implicit

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
)

// Go's transport quotes a header line that it cannot parse, and answers that
// are no HTTP. A cookie or a token may stand there.
func TestErrorsQuoteNothingThatTheServerSent(t *testing.T) {
	for name, answer := range map[string]string{
		"a control byte in a cookie":   "HTTP/1.1 302 Found\r\nSet-Cookie: ST=TOPSECRET\x01; Path=/\r\nContent-Length: 0\r\n\r\n",
		"a control byte in a Location": "HTTP/1.1 302 Found\r\nLocation: https://x/\x1b#access_token=TOPSECRET\r\nContent-Length: 0\r\n\r\n",
		"no HTTP at all":               "TOPSECRET\r\n\r\n",
		"a bad status":                 "HTTP/1.1 TOPSECRET\r\n\r\n",
		"a bad length":                 "HTTP/1.1 200 OK\r\nContent-Length: TOPSECRET\r\n\r\n",
		"a bad coding":                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: TOPSECRET\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer ln.Close()
			go func() {
				conn, err := ln.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					_, _ = conn.Write([]byte(answer))
				}
			}()
			req, err := http.NewRequest(http.MethodGet, "http://"+ln.Addr().String()+"/as/authorize?state=TOPSECRET", nil)
			if err != nil {
				t.Fatal(err)
			}
			_, err = new(Client).Do(req)
			var unusable *HTTPError
			if !errors.As(err, &unusable) || strings.Contains(err.Error(), "TOPSECRET") {
				t.Errorf("expected an unusable answer without its text, found %v", err)
			}
		})
	}
}

func TestTokensForAnotherAddress(t *testing.T) {
	for location, want := range map[string]bool{
		"https://evil.example/cb#access_token=x&state=y": true,
		"https://provider.example/login?error=x":         false,
		"https://provider.example/login":                 false,
	} {
		resp := &http.Response{StatusCode: 302, Header: http.Header{"Location": {location}}, Body: http.NoBody}
		_, err := ParseHTTPResponse(resp, "https://app.example.com/cb")
		var elsewhere *ParseError
		if got := errors.As(err, &elsewhere); got != want || !want && !errors.Is(err, ErrNoResponse) {
			t.Errorf("%s: found %v", location, err)
		}
	}
}
