package main

import (
	"os"

	"golang.org/x/sys/windows"
)

// stdoutClosed is false: a write to a handle that is closed fails by itself.
func stdoutClosed() bool { return false }

// obeysEscapes has a console obey escape sequences, which it does not do by
// itself, and reports whether it will: one before Windows 10 cannot.
func obeysEscapes(f *os.File) bool {
	var mode uint32
	console := windows.Handle(f.Fd())
	return windows.GetConsoleMode(console, &mode) != nil ||
		windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
