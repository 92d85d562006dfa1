package proxy

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestSent(t *testing.T) {
	g := start(t, nil)
	resp, _ := g.get("POST", "/orders/a%20b;x=1?q=1&q=2;3&%zz", "body",
		"Authorization", "Basic eDp5", "Cookie", "a=b", "Origin-Of", "kept", "Referer", "http://x/", "Sec-Fetch-Site", "none",
		"Connection", "X-Hop", "X-Hop", "1", "Keep-Alive", "1", "Proxy-Authorization", "Basic x", "Te", "gzip",
		"Forwarded", "for=1", "X-Forwarded-For", "1.2.3.4", "X-Custom", "1", "X-Custom", "2")
	sent := g.api.requests()
	if resp.StatusCode != 200 || len(sent) != 1 {
		t.Fatalf("status %d, the API was sent %d requests", resp.StatusCode, len(sent))
	}
	r := sent[0]
	if r.RequestURI != "/v1/orders/a%20b;x=1?q=1&q=2;3&%zz" || r.body != "body" || r.Host != strings.TrimPrefix(g.api.URL, "http://") {
		t.Errorf("sent %s with the body %q to %s", r.RequestURI, r.body, r.Host)
	}
	var names []string
	for name := range r.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	if want := []string{"Accept-Encoding", "Authorization", "Content-Length", "Origin-Of", "User-Agent", "X-Custom"}; !slices.Equal(names, want) {
		t.Errorf("sent the headers %q, expected %q", names, want)
	}
	if got := r.Header["Authorization"]; !slices.Equal(got, []string{"Bearer token-1"}) {
		t.Errorf("sent Authorization %q", got)
	}
	if got := r.Header["X-Custom"]; len(got) != 2 {
		t.Errorf("a header with two values was sent with %q", got)
	}
	if log := g.logged(); !strings.Contains(log, "/orders/a%20b;x=1?q=…&q=…&…") {
		t.Errorf("logged %s", log)
	}
}

func TestKeyInPath(t *testing.T) {
	g := start(t, nil, func(o *Options) { o.KeyInPath = true })
	for _, row := range []struct{ path, sent string }{
		{"/orders?x=1", "/v1/orders?x=1"}, {"/", "/v1/"}, {"", "/v1"},
	} {
		req, _ := http.NewRequest("GET", g.URL()+row.path, nil)
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if string(body) != row.sent {
			t.Errorf("%q was sent as %s, expected %s", row.path, body, row.sent)
		}
	}
	if resp, _ := g.get("GET", "/orders", ""); resp.StatusCode != 403 {
		t.Errorf("the key in the header: status %d", resp.StatusCode)
	}
	if log := g.logged(); strings.Contains(log, g.Key().Reveal()) {
		t.Errorf("the log has the key: %s", log)
	}
}

func TestPassedBack(t *testing.T) {
	g := start(t, func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Link", "</style.css>")
		h.Set("Set-Cookie", "interim=1")
		w.WriteHeader(http.StatusEarlyHints)
		for name, value := range map[string]string{
			"Set-Cookie": "a=b", "Clear-Site-Data": `"*"`, "Alt-Svc": "h3", "Access-Control-Allow-Origin": "*", "Keep-Alive": "1",
			"Connection": "X-Hop", "X-Hop": "1", "Location": "https://elsewhere.example/x", "X-Rate": "9",
		} {
			h.Set(name, value)
		}
		h["Content-Type"] = nil
		w.WriteHeader(http.StatusFound)
		io.WriteString(w, "<script>")
	})
	resp, body := g.get("GET", "/", "")
	if resp.StatusCode != http.StatusFound || resp.Header.Get("Location") != "https://elsewhere.example/x" || body != "<script>" || len(g.api.requests()) != 1 {
		t.Errorf("status %d, Location %s, body %q, %d requests; expected the redirect as it was, not followed",
			resp.StatusCode, resp.Header.Get("Location"), body, len(g.api.requests()))
	}
	for name := range resp.Header {
		if !slices.Contains([]string{"Content-Length", "Content-Security-Policy", "Date", "Link", "Location", "Vary", "X-Content-Type-Options", "X-Rate"}, name) {
			t.Errorf("passed back %s: %q", name, resp.Header[name])
		}
	}
	if all := g.raw("GET / HTTP/1.1\r\nHost: HOST\r\nKEY\r\nConnection: close\r\n\r\n"); strings.Contains(all, "interim") {
		t.Errorf("an interim answer was passed back: %q", all)
	}
	if resp.Header.Get("Content-Security-Policy") != "sandbox" {
		t.Error("a page of the API has the proxy's origin")
	}
}

func TestAllowedOrigin(t *testing.T) {
	g := start(t, nil, func(o *Options) { o.Origins = []string{"http://app.example"} })
	preflight := g.raw("OPTIONS /orders HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nOrigin: http://app.example\r\nAccess-Control-Request-Method: PUT\r\n" +
		"Access-Control-Request-Headers: implicit-proxy-key\r\nAccess-Control-Request-Private-Network: true\r\n\r\n")
	for _, want := range []string{"HTTP/1.1 204", "Access-Control-Allow-Origin: http://app.example\r\n", "Access-Control-Allow-Methods: PUT\r\n",
		"Access-Control-Allow-Headers: implicit-proxy-key\r\n", "Access-Control-Allow-Private-Network: true\r\n", "Vary: Origin\r\n"} {
		if !strings.Contains(preflight, want) {
			t.Errorf("%q lacks %q", preflight, want)
		}
	}
	resp, _ := g.get("GET", "/", "", "Origin", "http://app.example", "Sec-Fetch-Site", "cross-site")
	if resp.StatusCode != 200 || resp.Header.Get("Access-Control-Allow-Origin") != "http://app.example" || resp.Header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("status %d, headers %v", resp.StatusCode, resp.Header)
	}
	if sent := g.api.requests(); len(sent) != 1 || sent[0].Header.Get("Origin") != "" {
		t.Errorf("the API was sent %d requests", len(sent))
	}
	answer := g.raw("GET / HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nOrigin: http://app.example\r\n\r\n")
	if !strings.HasPrefix(answer, "HTTP/1.1 403") || !strings.Contains(answer, "Access-Control-Allow-Origin: http://app.example") {
		t.Errorf("without the key an allowed page gets %q, expected an answer that it can read", answer)
	}
}

// TestStreams reads each part of an answer before the next one is sent.
func TestStreams(t *testing.T) {
	next := make(chan bool)
	g := start(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for n := 1; n <= 3; n++ {
			fmt.Fprintf(w, "data: %d\n", n)
			w.(http.Flusher).Flush()
			<-next
		}
	})
	req, _ := http.NewRequest("GET", "http://"+g.address, nil)
	req.Header.Set(KeyHeader, g.Key().Reveal())
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for n := 1; n <= 3; n++ {
		if !lines.Scan() || lines.Text() != fmt.Sprintf("data: %d", n) {
			t.Fatalf("part %d: %q, %v", n, lines.Text(), lines.Err())
		}
		next <- true
	}
}

// TestProtocolChange: an API cannot make the proxy a tunnel.
func TestProtocolChange(t *testing.T) {
	g := start(t, func(w http.ResponseWriter, r *http.Request) {
		conn, out, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		io.WriteString(out, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
		out.Flush()
		io.Copy(io.Discard, out)
	})
	if resp, body := g.get("GET", "/", ""); resp.StatusCode != 502 {
		t.Errorf("status %d, %s", resp.StatusCode, body)
	}
}
