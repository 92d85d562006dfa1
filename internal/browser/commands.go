package browser

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/implicit-cli/implicit/internal/words"
)

// commands are the programs to try before the system's own browser: those of
// $BROWSER, and those of Windows where this is Linux inside it.
func (h Host) commands(address string) (all [][]string) {
	separator := ":"
	if h.GOOS == "windows" {
		separator = ";" // as in $PATH
	}
	for entry := range strings.SplitSeq(h.Getenv("BROWSER"), separator) {
		if argv := h.browserCommand(entry, address); argv != nil {
			all = append(all, argv)
		}
	}
	if h.GOOS == "linux" && h.Getenv("WSL_DISTRO_NAME") != "" {
		all = append(all, wslCommands(address)...)
	}
	return all
}

// browserCommand reads one entry of $BROWSER as xdg-open does: a program, which
// gets the address as its last argument, or a command line with %s in its place.
// No shell sees it.
func (h Host) browserCommand(entry, address string) []string {
	if _, err := h.LookPath(entry); err == nil {
		return []string{entry, address} // a path may hold spaces
	}
	argv := words.Command(entry, h.GOOS != "windows")
	if len(argv) == 0 {
		return nil
	}
	if !strings.Contains(strings.Join(argv[1:], " "), "%s") {
		return append(argv, address)
	}
	for i := range argv[1:] {
		argv[i+1] = strings.ReplaceAll(argv[i+1], "%s", address)
	}
	return argv
}

// wslCommands reach the browser of the Windows around a Linux. PowerShell and
// cmd.exe read their arguments as program text, so no character of the address
// may have a meaning for them.
func wslCommands(address string) [][]string {
	var plain strings.Builder
	for i := range len(address) {
		c := address[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		_, err := url.PathUnescape(address[i:min(i+3, len(address))])
		if letter || strings.IndexByte("-._~:/?#[]@!$&*+,;=", c) >= 0 || c == '%' && err == nil {
			plain.WriteByte(c)
		} else {
			fmt.Fprintf(&plain, "%%%02X", c)
		}
	}
	return [][]string{
		{"wslview", address},
		{"powershell.exe", "-NoProfile", "-NonInteractive", "-Command", "Start-Process '" + plain.String() + "'"},
		{"cmd.exe", "/c", "start", strings.ReplaceAll(plain.String(), "&", "^&")},
	}
}
