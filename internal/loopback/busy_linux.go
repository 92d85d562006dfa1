package loopback

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
)

// owner names the program that listens on an address and port, as far as /proc
// shows it: another user's program only by its user.
func owner(at netip.AddrPort) string {
	s, ok := listenerOf(at)
	if !ok {
		return ""
	}
	want := "socket:[" + s.inode + "]"
	descriptors, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, fd := range descriptors {
		if link, err := os.Readlink(fd); err == nil && link == want {
			pid := strings.Split(fd, "/")[2]
			name, _ := os.ReadFile("/proc/" + pid + "/comm")
			return fmt.Sprintf("%q (process %s)", strings.TrimSpace(string(name)), pid)
		}
	}
	return "a program of the user " + userName(s.uid)
}

// listenerOf finds the socket that listens on an address, or on all addresses.
func listenerOf(at netip.AddrPort) (found socket, ok bool) {
	sockets, err := readSockets()
	if err != nil {
		return socket{}, false
	}
	for _, s := range sockets {
		if s.state != listening || s.local.Port() != at.Port() {
			continue
		}
		if s.local == at {
			return s, true
		}
		if s.local.Addr().IsUnspecified() || at.Addr().IsUnspecified() {
			found, ok = s, true
		}
	}
	return found, ok
}
