package main

import (
	"bufio"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// tunnel is a proxy: answer gets the connection of a CONNECT.
func tunnel(t *testing.T, answer func(conn net.Conn)) (address string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if req, err := http.ReadRequest(bufio.NewReader(conn)); err == nil && req.Method == http.MethodConnect {
					answer(conn)
				}
			}()
		}
	}()
	return ln.Addr().String()
}

// connectTo is a proxy that works: whatever host is wanted, it is the server.
func connectTo(server string) func(net.Conn) {
	return func(conn net.Conn) {
		to, err := net.Dial("tcp", server)
		if err != nil {
			return
		}
		defer to.Close()
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(to, conn) }()
		_, _ = io.Copy(conn, to)
	}
}

// newTLSServer is httptest's, without a line for each client that does not trust it.
func newTLSServer(handler http.HandlerFunc) *httptest.Server {
	srv := httptest.NewUnstartedServer(handler)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	return srv
}

// overTLS runs the handler as https://example.com, to which the proxy leads.
func (b *bench) overTLS(handler http.HandlerFunc) *httptest.Server {
	b.t.Helper()
	srv := newTLSServer(handler)
	b.t.Cleanup(srv.Close)
	ca := filepath.Join(b.t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o600); err != nil {
		b.t.Fatal(err)
	}
	for name, value := range map[string]string{
		"IMPLICIT_AUTH_URL": "https://example.com/" + sandbox.EnvironmentID, "IMPLICIT_CLIENT_ID": "c", "IMPLICIT_STORE": "none", "IMPLICIT_CA_CERT": ca,
		"IMPLICIT_REDIRECT_URI": "https://app.example.com/callback", "IMPLICIT_USERNAME": "u", "IMPLICIT_PASSWORD": "p", "IMPLICIT_TIMEOUT": "20s",
	} {
		b.set(name, value)
	}
	return srv
}

func TestThroughAProxy(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	srv := b.overTLS(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "https://app.example.com/callback#error=access_denied&state="+r.FormValue("state"))
		w.WriteHeader(http.StatusFound)
	})
	works := tunnel(t, connectTo(srv.Listener.Addr().String()))
	for _, value := range []string{"http://" + works, works, "http://user:p%23@" + works, "http://user:p@ss@" + works} {
		b.set("HTTPS_PROXY", value).run("login", "--via", "terminal").exits(3).says("access_denied")
	}
	b.set("HTTPS_PROXY", "").set("https_proxy", "http://"+works).run("login", "--via", "terminal").exits(3).says("access_denied")
}

func TestProxyThatDoesNotConnect(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.overTLS(func(http.ResponseWriter, *http.Request) { t.Error("the server was reached") })
	says := func(answer string) string {
		return tunnel(t, func(conn net.Conn) { fmt.Fprint(conn, answer) })
	}
	for status, exit := range map[string]int{
		"302 Found\r\nLocation: https://portal.example.com": 3, "403 Forbidden": 3, "407 Anmeldung": 3, "407 ": 3, "407": 3,
		"408 x": 6, "429 x": 6, "500 x": 6, "502 x": 6, "503 x": 6, "504 x": 6,
	} {
		proxy := says("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n")
		r := b.set("HTTPS_PROXY", "http://user:hidden@"+proxy).run("login", "--via", "terminal").exits(exit).says(proxy, "status "+status[:3])
		if strings.HasPrefix(status, "407") {
			r.says("HTTPS_PROXY=http://user:password@host:port")
		}
		if strings.Contains(r.errOut, "hidden") {
			t.Errorf("the password is printed: %s", r.errOut)
		}
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead := ln.Addr().String()
	ln.Close()
	for name, proxy := range map[string]string{
		"dead": dead, "no name": "proxy.invalid:3128", "no HTTP": says("SSH-2.0-secret\r\n"), "closes": says(""),
	} {
		r := b.set("HTTPS_PROXY", "http://user:hidden@"+proxy).run("login", "--via", "terminal").exits(6).says("the proxy at "+proxy, "HTTPS_PROXY")
		if strings.Contains(r.errOut, "hidden") || strings.Contains(r.errOut, "secret") || strings.Contains(r.errOut, "set HTTPS_PROXY") {
			t.Errorf("%s: %s", name, r.errOut)
		}
	}
	waits := tunnel(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	b.set("IMPLICIT_TIMEOUT", "300ms").set("HTTPS_PROXY", "http://"+waits).run("login", "--via", "terminal").exits(6).says("the proxy at " + waits + " did not connect in time")
}

func TestProxySettingThatDoesNotParse(t *testing.T) {
	t.Parallel()
	for _, value := range []string{
		"http://user:hid#den@127.0.0.1:1", "http://user:hid/den@127.0.0.1:1", "http://user:12#hidden@127.0.0.1:1", "http://user:hid%ny@127.0.0.1:1", "http://user:hid?den@127.0.0.1:1",
		"user:hid#den@127.0.0.1:1", "ftp://hidden", "http://", "http://hidden:99999", "http://127.0.0.1:1/hidden", "hid den",
	} {
		for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
			b := newBench(t).withSandbox()
			r := b.set("HTTPS_PROXY", "").set(name, value).run("login").exits(2).says(name)
			if strings.Contains(r.errOut, "hid") || strings.Contains(r.errOut, "den") {
				t.Errorf("%q is repeated: %s", value, r.errOut)
			}
			if n := len(b.seen.lines()); n > 0 {
				t.Errorf("%q: %d requests were sent", value, n)
			}
		}
	}
}
