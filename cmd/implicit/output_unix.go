//go:build unix

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// stdoutClosed reports whether the caller closed standard output (>&-). Go's
// runtime has opened /dev/null in its place by now, for reading and writing, where
// a shell opens it for writing alone. Where standard error is such a file too, a
// parent that wants no output opened both.
func stdoutClosed() bool { return isNullReadWrite(os.Stdout) && !isNullReadWrite(os.Stderr) }

func isNullReadWrite(f *os.File) bool {
	null, err := os.Stat(os.DevNull)
	if err != nil {
		return false
	}
	info, err := f.Stat()
	if err != nil || !os.SameFile(info, null) {
		return false
	}
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	return err == nil && flags&unix.O_ACCMODE == unix.O_RDWR
}

// obeysEscapes is true: $TERM says what a terminal cannot do.
func obeysEscapes(*os.File) bool { return true }
