package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os/exec"
	"strings"

	"github.com/pkg/browser"
)

// opener opens addresses in a browser. What it needs of this machine is handed
// in; newOpener takes the real things.
type opener struct {
	goos   string
	getenv func(string) string
	find   func(program string) (path string, err error)
	run    func(argv []string) error  // until the program ends
	system func(address string) error // the system's own way, until it ends
}

func newOpener(goos string, getenv func(string) string, errOut io.Writer) *opener {
	return &opener{
		goos: goos, getenv: getenv, find: exec.LookPath,
		run: func(argv []string) error {
			cmd := exec.Command(argv[0], argv[1:]...)
			cmd.Stdout, cmd.Stderr = errOut, errOut
			return cmd.Run()
		},
		system: func(address string) error {
			browser.Stdout, browser.Stderr = errOut, errOut
			return browser.OpenURL(address)
		},
	}
}

// open tries one way after the other, and fails with what each said when none
// works. It stops waiting when ctx ends, and leaves the browser alone: a program
// named by $BROWSER may stay until its last window is closed.
func (o *opener) open(ctx context.Context, address string) error {
	if !strings.HasPrefix(address, "http://") && !strings.HasPrefix(address, "https://") {
		return fmt.Errorf("expected an http or https address to open, found %.100q", address) // and no option of some program
	}
	done := make(chan error, 1)
	go func() { done <- o.tryAll(address) }()
	select {
	case <-ctx.Done():
		return nil
	case err := <-done:
		return err
	}
}

func (o *opener) tryAll(address string) error {
	var failures []string
	for _, argv := range o.commands(address) {
		_, err := o.find(argv[0])
		if err == nil {
			err = o.run(argv)
		}
		if err == nil {
			return nil
		}
		failures = append(failures, fmt.Sprintf("%s: %v", argv[0], err))
	}
	err := o.system(address)
	if err == nil {
		return nil
	}
	return errors.New(strings.Join(append(failures, err.Error()), "; "))
}

// commands are the programs to try before the system's own way: those of
// $BROWSER, and Windows's where this is Linux inside it.
func (o *opener) commands(address string) (all [][]string) {
	separator := ":"
	if o.goos == "windows" {
		separator = ";" // as in $PATH
	}
	for entry := range strings.SplitSeq(o.getenv("BROWSER"), separator) {
		if argv := o.browserCommand(entry, address); argv != nil {
			all = append(all, argv)
		}
	}
	if o.goos == "linux" && o.getenv("WSL_DISTRO_NAME") != "" {
		all = append(all, wslCommands(address)...)
	}
	return all
}

// browserCommand reads one entry of $BROWSER as xdg-open does: a program, which
// gets the address as its last argument, or a command line with %s in its place.
// No shell sees it.
func (o *opener) browserCommand(entry, address string) []string {
	if _, err := o.find(entry); err == nil {
		return []string{entry, address} // a path may hold spaces
	}
	argv := splitWords(entry, o.goos != "windows")
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

// splitWords splits at spaces outside quotes; a backslash takes the next
// character as it is, but where it separates folders.
func splitWords(line string, backslash bool) (words []string) {
	var word strings.Builder
	var quote rune
	inWord, escaped := false, false
	for _, c := range line {
		switch {
		case escaped:
			word.WriteRune(c)
			escaped = false
		case backslash && c == '\\' && quote != '\'':
			escaped, inWord = true, true
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote, inWord = c, true
		case quote == 0 && (c == ' ' || c == '\t'):
			if inWord {
				words = append(words, word.String())
			}
			word.Reset()
			inWord = false
		default:
			word.WriteRune(c)
			inWord = true
		}
	}
	if inWord {
		words = append(words, word.String())
	}
	return words
}

// wslCommands reach the browser of the Windows around a Linux. PowerShell and
// cmd.exe read their arguments as program text, so that nothing of the address
// may mean something to them.
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
