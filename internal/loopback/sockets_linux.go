package loopback

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// States of a socket in the kernel's tables (proc(5)).
const (
	established = "01"
	listening   = "0A"
)

// socket is a row of the kernel's table of TCP sockets.
type socket struct {
	local, remote netip.AddrPort // IPv4-mapped addresses as IPv4
	state         string
	uid           int
	inode         string
}

// readSockets reads the tables of both IP versions. One of them may be missing,
// as on a machine without IPv6.
func readSockets() (sockets []socket, err error) {
	tables := 0
	for _, name := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		f, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		tables++
		rows, err := parseSockets(f)
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		sockets = append(sockets, rows...)
	}
	if tables == 0 {
		return nil, errors.New("/proc/net/tcp does not exist")
	}
	return sockets, nil
}

// parseSockets reads the columns sl, local_address, rem_address, st, two of
// queues and timers each, retrnsmt, uid, timeout and inode.
func parseSockets(r io.Reader) (sockets []socket, err error) {
	lines := bufio.NewScanner(r)
	lines.Scan() // the head
	for lines.Scan() {
		c := strings.Fields(lines.Text())
		if len(c) < 10 {
			return nil, fmt.Errorf("expected ten columns, found %q", lines.Text())
		}
		s := socket{state: c[3], inode: c[9]}
		var errs [3]error
		s.local, errs[0] = parseAddrPort(c[1])
		s.remote, errs[1] = parseAddrPort(c[2])
		s.uid, errs[2] = strconv.Atoi(c[7])
		if err := errors.Join(errs[:]...); err != nil {
			return nil, err
		}
		sockets = append(sockets, s)
	}
	return sockets, lines.Err()
}

// parseAddrPort reads an address, which is hexadecimal in words of the
// processor's byte order, and a port.
func parseAddrPort(text string) (netip.AddrPort, error) {
	address, port, _ := strings.Cut(text, ":")
	b, err := hex.DecodeString(address)
	number, errPort := strconv.ParseUint(port, 16, 16)
	if err != nil || errPort != nil || len(b) != 4 && len(b) != 16 {
		return netip.AddrPort{}, fmt.Errorf("expected an address and a port, found %q", text)
	}
	for word := b; len(word) > 0; word = word[4:] {
		binary.NativeEndian.PutUint32(word, binary.BigEndian.Uint32(word))
	}
	ip, _ := netip.AddrFromSlice(b)
	return netip.AddrPortFrom(ip.Unmap(), uint16(number)), nil
}
