package loopback

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// otherUser is a user without rights, the kernel's nobody.
const otherUser = 65534

// asOther runs a shell script as another user of the machine.
func asOther(t *testing.T, script string, args ...string) *exec.Cmd {
	t.Helper()
	setpriv, err := exec.LookPath("setpriv")
	if os.Geteuid() != 0 || err != nil {
		t.Skip("not root with setpriv: the attacks of another user are not tried")
	}
	cmd := exec.Command(setpriv, append([]string{"--reuid=" + strconv.Itoa(otherUser), "--clear-groups", "bash", "-c", script, "bash"}, args...)...)
	cmd.Stderr = os.Stderr
	return cmd
}

// accepting returns a bound socket and its address; nothing is accepted yet.
func accepting(t *testing.T, address string) (*net.TCPListener, *net.TCPAddr) {
	t.Helper()
	s, err := net.Listen("tcp", address)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { s.Close() })
	return s.(*net.TCPListener), s.Addr().(*net.TCPAddr)
}

func accepted(t *testing.T, s *net.TCPListener) net.Conn {
	t.Helper()
	s.SetDeadline(time.Now().Add(10 * time.Second))
	conn, err := s.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// TestPeers connects in every way, and accepts afterwards.
func TestPeers(t *testing.T) {
	dial := func(t *testing.T, at *net.TCPAddr) *net.TCPConn {
		conn, err := net.DialTCP("tcp", nil, at)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	for _, c := range []struct {
		name    string
		address string
		connect func(t *testing.T, at *net.TCPAddr)
		state   peerState
	}{
		{"holds open", "127.0.0.1:0", func(t *testing.T, at *net.TCPAddr) { dial(t, at) }, userKnown},
		{"holds open, IPv6", "[::1]:0", func(t *testing.T, at *net.TCPAddr) { dial(t, at) }, userKnown},
		{"IPv4 mapped into IPv6", "127.0.0.1:0", dialMapped, userKnown},
		{"sends and closes before it is accepted", "127.0.0.1:0", func(t *testing.T, at *net.TCPAddr) {
			conn := dial(t, at)
			fmt.Fprint(conn, "GET / HTTP/1.1\r\n\r\n")
			conn.Close()
		}, peerGone},
		{"resets before it is accepted", "127.0.0.1:0", func(t *testing.T, at *net.TCPAddr) {
			conn := dial(t, at)
			conn.SetLinger(0)
			conn.Close()
		}, peerGone},
		{"half-closes", "127.0.0.1:0", func(t *testing.T, at *net.TCPAddr) {
			conn := dial(t, at)
			fmt.Fprint(conn, "GET / HTTP/1.1\r\n\r\n")
			conn.CloseWrite()
		}, peerGone},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, at := accepting(t, c.address)
			c.connect(t, at)
			conn := accepted(t, s)
			p := findPeers([]net.Conn{conn})[0]
			if p.state != c.state || p.state == userKnown && p.uid != os.Geteuid() {
				t.Errorf("found %+v", p)
			}
		})
	}
}

// dialMapped connects an IPv6 socket to an IPv4 listener.
func dialMapped(t *testing.T, at *net.TCPAddr) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := unix.Connect(fd, &unix.SockaddrInet6{Port: at.Port, Addr: [16]byte(at.IP.To16())}); err != nil {
		t.Skip(err)
	}
}

func TestPeersOfAnotherUser(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		state  peerState
	}{
		"holds open":      {`exec 3<>/dev/tcp/127.0.0.1/$1; echo connected; cat`, userKnown},
		"sends and exits": {`exec 3<>/dev/tcp/127.0.0.1/$1; echo GET >&3; exec 3>&-; echo connected`, peerGone},
	} {
		t.Run(name, func(t *testing.T) {
			s, at := accepting(t, "127.0.0.1:0")
			cmd := asOther(t, c.script, strconv.Itoa(at.Port))
			in, _ := cmd.StdinPipe()
			out, _ := cmd.StdoutPipe()
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer cmd.Wait()
			defer in.Close()
			if _, err := io.ReadFull(out, make([]byte, len("connected"))); err != nil {
				t.Fatal(err)
			}
			conn := accepted(t, s)
			p := findPeers([]net.Conn{conn})[0]
			if p.state != c.state || p.state == userKnown && p.uid != otherUser {
				t.Errorf("found %+v", p)
			}
		})
	}
}

// TestPeerTable has the rows that no machine makes at will.
func TestPeerTable(t *testing.T) {
	local, remote := netip.MustParseAddrPort("127.0.0.1:8080"), netip.MustParseAddrPort("127.0.0.1:40000")
	ours := socket{local, remote, established, 0, "1"}
	row := func(state string, uid int, inode string) socket { return socket{remote, local, state, uid, inode} }
	for _, c := range []struct {
		name    string
		sockets []socket
		want    peer
	}{
		{"another user", []socket{ours, row(established, 1001, "2")}, peer{state: userKnown, uid: 1001}},
		{"closed: user 0 without an inode", []socket{ours, row(established, 0, "0")}, peer{state: peerGone}},
		{"closed: FIN_WAIT2", []socket{ours, row("05", 0, "2")}, peer{state: peerGone}},
		{"TIME_WAIT", []socket{ours, row("06", 0, "0")}, peer{state: peerGone}},
		{"reset: neither row", nil, peer{state: peerGone}},
		{"ours is CLOSE_WAIT, no other", []socket{{local, remote, "08", 0, "1"}}, peer{state: peerGone}},
		{"WSL mirrored: ours alone", []socket{ours}, peer{why: "the system's table lacks the other end"}},
	} {
		if got := peerAmong(c.sockets, local, remote); got != c.want {
			t.Errorf("%s: found %+v, expected %+v", c.name, got, c.want)
		}
	}
}

func TestParseSockets(t *testing.T) {
	const head = "  sl  local_address rem_address st ...\n"
	sockets, err := parseSockets(strings.NewReader(head +
		"   0: 0100007F:1F90 0200007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0000000000000000 100 0 0 10 0\n" +
		"   1: 0000000000000000FFFF00000100007F:1F90 00000000000000000000000001000000:0050 08 00000000:00000000 00:00000000 00000000     0        0 0 1\n"))
	want := []socket{
		{netip.MustParseAddrPort("127.0.0.1:8080"), netip.MustParseAddrPort("127.0.0.2:40000"), "01", 1000, "4711"},
		{netip.MustParseAddrPort("127.0.0.1:8080"), netip.MustParseAddrPort("[::1]:80"), "08", 0, "0"},
	}
	if err != nil || fmt.Sprint(sockets) != fmt.Sprint(want) {
		t.Errorf("found %v, %v", sockets, err)
	}
	for _, bad := range []string{"1: 0100007F:1F90", "1: 01:1F90 0200007F:9C40 01 0 0 0 0 0 0 1", "1: 0100007F:1F90 0200007F:9C40 01 0 0 0 x 0 0 1"} {
		if _, err := parseSockets(strings.NewReader(head + bad)); err == nil {
			t.Errorf("%q: expected an error", bad)
		}
	}
}

func TestAllowedUsers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("SUDO_UID counts for root alone")
	}
	for sudo, want := range map[string]string{"": "[0 0]", "1000": "[0 0 1000]", "x": "[0 0]"} {
		if got := fmt.Sprint(allowedUsers(sudo)); got != want {
			t.Errorf("SUDO_UID=%q: found %s", sudo, got)
		}
	}
}

// TestAnotherUserIsRefused: another user of the machine has read the start
// page's address in the list of processes, and has even learned the state.
func TestAnotherUserIsRefused(t *testing.T) {
	lg := startLogin(t, Options{}, nil).start()
	const send = `exec 3<>/dev/tcp/127.0.0.1/$1; printf "$2" >&3; cat <&3`
	for _, request := range []string{
		"GET " + strings.TrimPrefix(lg.open, lg.at.origin()) + ` HTTP/1.1\r\nHost: 127.0.0.1:` + lg.at.port + `\r\n\r\n`,
		"GET /callback?error=access_denied&state=" + lg.req.State + ` HTTP/1.1\r\nHost: 127.0.0.1:` + lg.at.port + `\r\n\r\n`,
	} {
		out, _ := asOther(t, send, lg.at.port, request).Output()
		if len(out) > 0 {
			t.Errorf("another user received %q", out)
		}
	}
	exits := asOther(t, `exec 3<>/dev/tcp/127.0.0.1/$1; printf "$2" >&3`, lg.at.port, "GET /callback?error=x&state="+lg.req.State+` HTTP/1.1\r\nHost: 127.0.0.1:`+lg.at.port+`\r\n\r\n`)
	exits.Run()
	if told := lg.noticed(OtherUser); strings.Count(told, "\n") != 1 || !strings.Contains(told, strconv.Itoa(otherUser)) || !strings.Contains(told, "--via paste") {
		t.Errorf("the terminal says %q", told)
	}
	lg.completes()
}

func TestWithASeparateAddressEveryUserIsAccepted(t *testing.T) {
	lg := startLogin(t, Options{RedirectURI: "http://127.0.0.1/callback", Listen: "127.0.0.1:0"}, nil)
	out, err := asOther(t, `exec 3<>/dev/tcp/127.0.0.1/$1; printf 'GET / HTTP/1.0\r\n\r\n' >&3; cat <&3`, lg.at.port).Output()
	if err != nil || !strings.HasPrefix(string(out), "HTTP/1.0 421") {
		t.Errorf("found %q, %v", out, err)
	}
}

// TestTheUserOfSudoIsAccepted: root's login opens the browser of the user who
// ran sudo.
func TestTheUserOfSudoIsAccepted(t *testing.T) {
	lg := startLogin(t, Options{SudoUID: strconv.Itoa(otherUser)}, nil)
	out, err := asOther(t, `exec 3<>/dev/tcp/127.0.0.1/$1; printf 'GET / HTTP/1.0\r\n\r\n' >&3; cat <&3`, lg.at.port).Output()
	if err != nil || !strings.HasPrefix(string(out), "HTTP/1.0 421") {
		t.Errorf("found %q, %v", out, err)
	}
}
