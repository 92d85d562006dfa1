package loopback

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/user"
	"slices"
	"strconv"
)

// peerState is what the system knows of the other end of a connection.
type peerState int

const (
	userUnknown peerState = iota
	userKnown
	peerGone // closed or reset: its user can no longer be known
)

// peer is the other end of an accepted connection.
type peer struct {
	state peerState
	uid   int    // where the user is known
	why   string // why the user is unknown, for the trace
}

// connection is an accepted one. It keeps the methods of the TCP connection
// that the server uses.
type connection struct {
	*net.TCPConn
	userKnown bool
}

// guard accepts only the connections that the listener admits.
type guard struct {
	net.Listener
	admit func(net.Conn) (known, ok bool)
}

func (g guard) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if known, ok := g.admit(conn); ok {
			return &connection{conn.(*net.TCPConn), known}, nil
		}
		conn.Close()
	}
}

// admit decides whose connections are served: this user's and root's, which are
// also those of WSL's relay and of port forwarders. Another user of this machine
// could read the request from the start page, or end the login.
func (l *Listener) admit(conn net.Conn) (known, ok bool) {
	if !l.checkPeers {
		return false, true
	}
	p := findPeer(addrPort(conn.LocalAddr()), addrPort(conn.RemoteAddr()))
	switch {
	case p.state == userUnknown:
		l.trace("listener: accepted a connection whose user is unknown: %s", p.why)
		return false, true
	case p.state == peerGone:
		l.trace("listener: refused a connection that its sender had closed")
		return false, false
	case !slices.Contains(l.users, p.uid):
		l.count(OtherUser, userName(p.uid))
		l.trace("listener: refused a connection from the user %s", userName(p.uid))
		return false, false
	}
	return true, true
}

// allowedUsers are this user and root; for root also the user who ran sudo,
// whose browser it is.
func allowedUsers(sudoUID string) []int {
	users := []int{os.Geteuid(), 0}
	if uid, err := strconv.Atoi(sudoUID); err == nil && os.Geteuid() == 0 {
		users = append(users, uid)
	}
	return users
}

func userName(uid int) string {
	u, err := user.LookupId(strconv.Itoa(uid))
	if err != nil {
		return fmt.Sprintf("with the ID %d", uid)
	}
	return fmt.Sprintf("%q (ID %d)", u.Username, uid)
}

// addrPort is an address without the ways to write it: an IPv4 address mapped
// into IPv6 is the IPv4 address.
func addrPort(a net.Addr) netip.AddrPort {
	ap := a.(*net.TCPAddr).AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap().WithZone(""), ap.Port())
}

type connectionKey struct{}

// withConnection is the server's ConnContext hook.
func withConnection(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, conn)
}

// connectionOf returns the connection of a request, nil in a test without one.
func connectionOf(r *http.Request) *connection {
	conn, _ := r.Context().Value(connectionKey{}).(*connection)
	return conn
}
