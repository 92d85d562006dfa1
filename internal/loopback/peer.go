package loopback

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/user"
	"slices"
	"strconv"
	"time"
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

// maxBatch is how many connections are looked up with one reading of the
// system's table.
const maxBatch = 256

// guard accepts only the connections that are admitted. Reading the
// system's table takes milliseconds, so all connections that wait are looked up
// at once: another user who opens thousands delays the browser little.
type guard struct {
	net.Listener
	admit    func([]net.Conn) []*connection
	waiting  chan net.Conn
	admitted chan net.Conn
}

func newGuard(s net.Listener, admit func([]net.Conn) []*connection) *guard {
	g := &guard{s, admit, make(chan net.Conn, maxBatch), make(chan net.Conn)}
	go g.acceptAll()
	go g.lookUp()
	return g
}

func (g *guard) acceptAll() {
	defer close(g.waiting)
	for {
		conn, err := g.Listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			time.Sleep(10 * time.Millisecond) // too many open files, for one
		default:
			g.waiting <- conn
		}
	}
}

func (g *guard) lookUp() {
	defer close(g.admitted)
	for conn := range g.waiting {
		batch := []net.Conn{conn}
		for len(g.waiting) > 0 {
			batch = append(batch, <-g.waiting)
		}
		for _, c := range g.admit(batch) {
			g.admitted <- c
		}
	}
}

// Accept returns the next admitted connection.
func (g *guard) Accept() (net.Conn, error) {
	conn, ok := <-g.admitted
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

// OwnUser returns a listener of those connections to s that are this user's or
// root's; of others too where the system does not say whose they are, which only
// Linux does. refused is called with the name of each user who is not let in.
func OwnUser(s net.Listener, refused func(user string)) net.Listener {
	p := &admission{users: allowedUsers(""), refused: refused, trace: func(string, ...any) {}}
	return newGuard(s, p.admit)
}

// admission decides whose connections are served.
type admission struct {
	users   []int // empty: everyone's, and nothing is looked up
	refused func(user string)
	trace   func(format string, args ...any)
}

// admit returns the connections that are served: this user's and root's, which
// are also those of WSL's relay and of port forwarders. Another user of this
// machine could read the request from the start page, or end the login.
func (p *admission) admit(conns []net.Conn) (admitted []*connection) {
	peers := make([]peer, len(conns))
	if len(p.users) > 0 {
		peers = findPeers(conns)
	}
	for i, conn := range conns {
		if p.admits(peers[i]) {
			admitted = append(admitted, &connection{conn.(*net.TCPConn), peers[i].state == userKnown})
		} else {
			conn.(*net.TCPConn).SetLinger(0) // a reset leaves no row behind in the table
			conn.Close()
		}
	}
	return admitted
}

func (p *admission) admits(other peer) bool {
	switch {
	case other.state == peerGone:
		p.trace("listener: refused a connection that its sender had closed")
		return false
	case other.state == userKnown && !slices.Contains(p.users, other.uid):
		name := userName(other.uid)
		p.refused(name)
		p.trace("listener: refused a connection from the user %s", name)
		return false
	case other.state == userUnknown && other.why != "":
		p.trace("listener: accepted a connection whose user is unknown: %s", other.why)
	}
	return true
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

// ends are a connection's own address and its peer's.
func ends(conn net.Conn) (local, remote netip.AddrPort) {
	return addrPort(conn.LocalAddr()), addrPort(conn.RemoteAddr())
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
