package loopback

import (
	"net"
	"net/netip"
	"slices"
)

// maxLookups is how often the table is read while the peer's row is missing:
// the kernel writes the table in pieces, and a row may move between them.
const maxLookups = 3

// findPeers finds the users at the other ends of accepted connections, each by
// the connection's own two addresses and ports.
func findPeers(conns []net.Conn) []peer {
	peers := make([]peer, len(conns))
	for range maxLookups {
		sockets, err := readSockets()
		if err != nil {
			return slices.Repeat([]peer{{why: err.Error()}}, len(conns))
		}
		missing := false
		for i, conn := range conns {
			if peers[i].state == userUnknown {
				local, remote := ends(conn)
				peers[i] = peerAmong(sockets, local, remote)
				missing = missing || peers[i].state == userUnknown
			}
		}
		if !missing {
			break
		}
	}
	return peers
}

// peerAmong looks up both ends. The kernel shows a peer that has sent and closed
// with the user 0 and no inode, so such a row names no user. With WSL's mirrored
// network a peer on Windows has no row.
func peerAmong(sockets []socket, local, remote netip.AddrPort) peer {
	ours := false
	for _, s := range sockets {
		switch {
		case s.local == remote && s.remote == local && (s.state != established || s.inode == "0"):
			return peer{state: peerGone}
		case s.local == remote && s.remote == local:
			return peer{state: userKnown, uid: s.uid}
		case s.local == local && s.remote == remote:
			ours = s.state == established
		}
	}
	if !ours {
		return peer{state: peerGone}
	}
	return peer{why: "the system's table lacks the other end"}
}
