package loopback

import (
	"net"
	"net/http"
	"slices"
	"sync"
)

// maxConns is how many connections may be open. A browser needs three or four.
const maxConns = 128

// How far a connection is, the least useful to a login first.
const (
	silent    = iota // no request received yet
	receiving        // a request is read or answered
	inTab            // a request with the start page's cookie: the browser that signs on
)

// connLimit bounds the open connections. A new one always gets in; the oldest
// of the least useful others is closed for it, so that a program that opens
// connections and sends nothing, or half a request, cannot keep the browser out.
type connLimit struct {
	mu   sync.Mutex
	open []*openConn // oldest first
}

type openConn struct {
	net.Conn
	progress int
}

// change is the server's ConnState hook. A connection becomes active when its
// first byte has been read.
func (c *connLimit) change(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		c.add(conn)
	case http.StateActive:
		c.reached(conn, receiving)
	default:
		c.remove(conn)
	}
}

func (c *connLimit) add(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.open) >= maxConns {
		least := slices.MinFunc(c.open, func(a, b *openConn) int { return a.progress - b.progress })
		least.Close()
		c.delete(least.Conn)
	}
	c.open = append(c.open, &openConn{conn, silent})
}

func (c *connLimit) reached(conn net.Conn, progress int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, o := range c.open {
		if o.Conn == conn {
			o.progress = max(o.progress, progress)
		}
	}
}

func (c *connLimit) remove(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.delete(conn)
}

func (c *connLimit) delete(conn net.Conn) {
	c.open = slices.DeleteFunc(c.open, func(o *openConn) bool { return o.Conn == conn })
}

// closeSilent closes the connections that never sent anything.
func (c *connLimit) closeSilent() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, o := range c.open {
		if o.progress == silent {
			o.Close()
		}
	}
}
