//go:build !linux

package loopback

import (
	"net"
	"slices"
)

// findPeers finds the users at the other ends of connections; only on Linux.
func findPeers(conns []net.Conn) []peer {
	return slices.Repeat([]peer{{why: "only Linux lists connections by user"}}, len(conns))
}
