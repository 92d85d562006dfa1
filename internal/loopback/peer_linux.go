package loopback

import "net/netip"

// maxLookups is how often the table is read while the peer's row is missing:
// the kernel writes the table in pieces, and a row may move between them.
const maxLookups = 3

// findPeer finds the user at the other end of an accepted connection by the
// connection's own two addresses and ports.
func findPeer(local, remote netip.AddrPort) (p peer) {
	for range maxLookups {
		sockets, err := readSockets()
		if err != nil {
			return peer{why: err.Error()}
		}
		if p = peerAmong(sockets, local, remote); p.state != userUnknown {
			return p
		}
	}
	return p
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
