package loopback

import (
	"net"
	"net/http"
	"slices"
	"sync"
)

// maxConns is how many connections may be open. A browser needs three or four.
const maxConns = 128

// crowd keeps connections from filling the process. A new one always gets in as
// long as some other has not sent its request: the oldest of those goes. Whoever
// opens connections and says nothing cannot shut the browser out.
type crowd struct {
	mu      sync.Mutex
	silent  []net.Conn // no request read from them yet, oldest first
	serving map[net.Conn]bool
}

// change is the server's ConnState hook; a connection becomes active when its
// header has been read.
func (c *crowd) change(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.serving == nil {
		c.serving = map[net.Conn]bool{}
	}
	c.silent = slices.DeleteFunc(c.silent, func(o net.Conn) bool { return o == conn })
	switch state {
	case http.StateNew:
		c.silent = append(c.silent, conn)
		if len(c.silent)+len(c.serving) > maxConns {
			c.silent[0].Close()
			c.silent = c.silent[1:]
		}
	case http.StateActive:
		c.serving[conn] = true
	default:
		delete(c.serving, conn)
	}
}

// dismiss closes the connections that never sent anything.
func (c *crowd) dismiss() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.silent {
		conn.Close()
	}
	c.silent = nil
}
