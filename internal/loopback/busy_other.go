//go:build !linux

package loopback

import "net/netip"

// owner names the program that listens on an address; only Linux tells.
func owner(netip.AddrPort) string { return "" }
