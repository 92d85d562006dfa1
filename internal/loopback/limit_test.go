package loopback

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// dial opens a connection and sends text, as a client that sends no more.
func (lg *login) dial(text string) net.Conn {
	lg.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(lg.at.origin(), "http://"))
	if err != nil {
		lg.t.Fatal(err)
	}
	lg.t.Cleanup(func() { conn.Close() })
	fmt.Fprint(conn, strings.ReplaceAll(text, "\n", "\r\n"))
	return conn
}

// closes fails the test when the server has not closed a connection in time.
func (lg *login) closes(conn net.Conn, within time.Duration) (received string) {
	lg.t.Helper()
	conn.SetReadDeadline(time.Now().Add(within))
	b, err := io.ReadAll(conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		lg.t.Errorf("the connection is still open; received %q", b)
	}
	return string(b)
}

func TestConnectionsThatSendNothingMoreLeaveTheBrowserIn(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":                                       "",
		"half a header":                                 "GET /callback HTTP/1.1\nHost: %s\nX-Slow:",
		"a post whose body never comes":                 "POST /callback HTTP/1.1\nHost: %s\nContent-Type: application/x-www-form-urlencoded\nContent-Length: 100\n\nacc",
		"a refused post whose body never comes":         "POST /other HTTP/1.1\nHost: %s\nContent-Length: 100\n\n",
		"a refused post to another host":                "POST /callback HTTP/1.1\nHost: evil.example\nContent-Length: 100\n\n",
		"a post of another media type, without a body":  "POST /callback HTTP/1.1\nHost: %s\nContent-Type: text/plain\nContent-Length: 100\n\n",
		"a post that asks to go on before it sends any": "POST /callback HTTP/1.1\nHost: %s\nContent-Type: application/x-www-form-urlencoded\nExpect: 100-continue\nContent-Length: 100\n\n",
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "a post whose body never comes" {
				t.Skip("a matrix")
			}
			lg := startLogin(t, Options{}, nil)
			text := strings.Replace(text, "%s", strings.TrimPrefix(lg.at.origin(), "http://"), 1)
			for range maxConns + 4 { // the browser comes to a full house
				lg.dial(text)
			}
			lg.start().completes()
		})
	}
}

// TestEveryConnectionHasADeadline: whatever is not sent, the listener ends the
// connection by itself.
func TestEveryConnectionHasADeadline(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits for deadlines")
	}
	t.Parallel()
	lg := startLogin(t, Options{}, nil)
	host := strings.TrimPrefix(lg.at.origin(), "http://")
	form := "POST %s HTTP/1.1\nHost: " + host + "\nContent-Type: application/x-www-form-urlencoded\nContent-Length: 100\n\nacc"
	conns := map[string]net.Conn{
		"": lg.dial(""), "413": lg.dial(fmt.Sprintf(form, "/callback")), "404": lg.dial(fmt.Sprintf(form, "/other")),
		"408": lg.dial("GET /callback HTTP/1.1\nHost: " + host + "\nX-Slow:"),
	}
	lg.waits()
	for status, conn := range conns {
		t.Run(status, func(t *testing.T) {
			if received := lg.closes(conn, requestTimeout+2*writeTimeout); status == "413" && !strings.HasPrefix(received, "HTTP/1.1 413") || status == "404" && !strings.HasPrefix(received, "HTTP/1.1 404") {
				t.Errorf("received %q", received)
			}
		})
	}
	lg.completes()
}

// TestThePageThatWaitsOutlivesTheRequestDeadline: a verdict may take longer than
// a request, since keys are fetched for it.
func TestThePageThatWaitsOutlivesTheRequestDeadline(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits for deadlines")
	}
	t.Parallel()
	lg := startLogin(t, Options{}, nil).start()
	lg.valid = func(*implicit.Response) bool {
		time.Sleep(requestTimeout + writeTimeout + time.Second)
		return true
	}
	if _, page := lg.relay("#" + lg.answer()); !strings.Contains(page, success.Title) {
		t.Errorf("the page says %s", page)
	}
	lg.ends()
}

func TestTheOldestUnfinishedConnectionGoesFirst(t *testing.T) {
	c := new(connLimit)
	ends := make([]net.Conn, maxConns+2)
	for i := range maxConns {
		ends[i], _ = net.Pipe()
		c.add(ends[i])
		if i != 3 {
			c.reached(ends[i], receiving)
		}
	}
	c.reached(ends[0], inTab)
	for i, gone := range []int{3, 1} { // the silent one, then the oldest that is not the browser's
		ends[maxConns+i], _ = net.Pipe()
		c.add(ends[maxConns+i])
		c.reached(ends[maxConns+i], receiving)
		if _, err := ends[gone].Write(nil); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("expected connection %d to be closed", gone)
		}
	}
	if len(c.open) != maxConns || c.open[0].Conn != ends[0] || c.open[maxConns-1].Conn != ends[maxConns+1] {
		t.Errorf("%d connections are open", len(c.open))
	}
}
