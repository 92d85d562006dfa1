package loopback

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// owner names the program that listens on port, as far as /proc shows it:
// another user's program only by the user's number.
func owner(port int) string {
	inode, uid := listening(port)
	if inode == "" {
		return ""
	}
	want := "socket:[" + inode + "]"
	descriptors, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, fd := range descriptors {
		if link, err := os.Readlink(fd); err == nil && link == want {
			pid := strings.Split(fd, "/")[2]
			name, _ := os.ReadFile("/proc/" + pid + "/comm")
			return fmt.Sprintf("%q (process %s)", strings.TrimSpace(string(name)), pid)
		}
	}
	return "a program of the user with the number " + uid
}

// listening finds the socket in the kernel's table (proc(5), /proc/net/tcp):
// address:port in hexadecimal, state 0A is LISTEN.
func listening(port int) (inode, uid string) {
	suffix := fmt.Sprintf(":%04X", port)
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		f, err := os.Open(table)
		if err != nil {
			continue
		}
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if c := strings.Fields(lines.Text()); len(c) > 9 && strings.HasSuffix(c[1], suffix) && c[3] == "0A" {
				return c[9], c[7]
			}
		}
	}
	return "", ""
}
