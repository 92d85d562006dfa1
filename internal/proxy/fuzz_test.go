package proxy

import (
	"bufio"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"
)

// FuzzHeads compares what is read at once with what is read byte by byte, and with
// net/http: a head that it reads with both lengths is never taken for unambiguous.
func FuzzHeads(f *testing.F) {
	for _, seed := range []string{
		"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\r\nPOST / HTTP/1.1\r\nContent-Length: 3\r\n\r\na\nbGET / HTTP/1.1\nA: b\n c\n\n",
		"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var whole, pieces headReader
		want, got := whole.read([]byte(text)), true
		for i := range text {
			got = pieces.read([]byte{text[i]}) && got
		}
		if want != got {
			t.Errorf("at once %v, byte by byte %v", want, got)
		}
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
		head, _, _ := strings.Cut(text, "\r\n\r\n")
		if err == nil && !strings.Contains(head, "\n\n") && len(r.TransferEncoding) > 0 && strings.Contains(strings.ToLower(head), "\ncontent-length:") && want {
			t.Errorf("two lengths are not seen in %q", head)
		}
	})
}

// FuzzPath: what is accepted stays below the prefix, however it is decoded and cleaned.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{"/a", "/../x", "/%2e%2e/x", "/%252e%252e", "/a//b", `/a\b`, "/..;/x", "/%25252fx", "/a%2Fb", "/%"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if !strings.HasPrefix(raw, "/") || pathProblem(raw) != "" {
			return
		}
		for decoded, times := "/v1"+raw, 0; times < 5; times++ {
			clean := path.Clean(strings.ReplaceAll(decoded, `\`, "/"))
			if clean != "/v1" && !strings.HasPrefix(clean, "/v1/") {
				t.Errorf("%q is %s after decoding %d times", raw, clean, times)
			}
			next, err := url.PathUnescape(decoded)
			if err != nil {
				return
			}
			decoded = next
		}
	})
}
