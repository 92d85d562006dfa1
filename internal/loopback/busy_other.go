//go:build !linux

package loopback

import "net/netip"

// owner names the program that listens on an address; only on Linux.
func owner(netip.AddrPort) string { return "" }
