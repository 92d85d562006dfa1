package proxy

import (
	"bytes"
	"context"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
)

// net/http reads a request with both Content-Length and Transfer-Encoding, or with a
// header over several lines, as RFC 9112 allows, and does not say that it did.
// Between two programs that read one differently it smuggles another, so that a
// connection is watched for such heads, and the proxy refuses them.

// watched is a connection whose request heads are looked at as they are read.
type watched struct {
	net.Conn
	heads headReader
	odd   atomic.Bool // a head was ambiguous
}

func (c *watched) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if !c.heads.read(p[:n]) {
		c.odd.Store(true)
	}
	return n, err
}

// watching watches each connection that a listener accepts.
type watching struct{ net.Listener }

func (l watching) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &watched{Conn: conn}, nil
}

type connectionKey struct{}

func withConnection(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, conn)
}

// ambiguous reports whether the connection of a request had an ambiguous head.
func ambiguous(ctx context.Context) bool {
	conn, ok := ctx.Value(connectionKey{}).(*watched)
	return ok && conn.odd.Load()
}

// headReader finds the request heads in what a connection receives. It skips bodies by
// their Content-Length; the server closes the connection after a chunked one, whose
// end it need not know.
type headReader struct {
	line   []byte // that is not complete yet
	length string // Content-Length of this head
	body   int64  // bytes of the body that are still to come
	begun  bool   // the request line was read
	old    bool   // it is of HTTP/1.0, which has no Transfer-Encoding
	coded  bool   // Transfer-Encoding is in this head
	done   bool   // nothing more is to be read
}

// read takes the next bytes and reports whether the heads are still unambiguous.
func (h *headReader) read(b []byte) bool {
	for len(b) > 0 && !h.done {
		if skip := min(h.body, int64(len(b))); skip > 0 {
			h.body -= skip
			b = b[skip:]
			continue
		}
		end := bytes.IndexByte(b, '\n')
		if end < 0 {
			h.line = append(h.line, b...)
			return len(h.line) <= maxHeader
		}
		line := string(append(h.line, b[:end]...))
		h.line, b = h.line[:0], b[end+1:]
		if !h.take(strings.TrimSuffix(line, "\r")) {
			h.done = true
			return false
		}
	}
	return true
}

// take takes a line of a head and reports whether it is unambiguous.
func (h *headReader) take(line string) bool {
	name, value, _ := strings.Cut(line, ":")
	switch {
	case line == "" && h.begun:
		return h.end()
	case line == "": // before a request line it is ignored
	case !h.begun:
		h.begun, h.old = true, !strings.HasSuffix(line, "HTTP/1.1")
	case line[0] == ' ' || line[0] == '\t':
		return false
	case strings.EqualFold(name, "Content-Length"):
		repeated := h.length != ""
		h.length = strings.Trim(value, " \t")
		return !repeated
	case strings.EqualFold(name, "Transfer-Encoding"):
		h.coded = true
	}
	return true
}

// end is that of a head.
func (h *headReader) end() bool {
	if h.coded {
		h.done = true
		return h.length == "" && !h.old
	}
	n := uint64(0)
	if h.length != "" {
		var err error
		if n, err = strconv.ParseUint(h.length, 10, 63); err != nil {
			return false
		}
	}
	*h = headReader{line: h.line, body: int64(n)}
	return true
}
