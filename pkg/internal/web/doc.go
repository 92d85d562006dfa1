// Package web is what the public packages share and do not promise: how to read
// an HTTP reply, an HTML page and a URL, and how to print foreign text.
package web

import "fmt"

// MaxBody bounds a body, in bytes. Those of PingOne have some tens of KiB at most.
const MaxBody = 1 << 20

// Quote makes text from the network safe to print, and bounds it.
func Quote(s string) string {
	const maxLength = 300
	if len(s) > maxLength {
		return fmt.Sprintf("%q…", s[:maxLength])
	}
	return fmt.Sprintf("%q", s)
}
