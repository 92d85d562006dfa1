//go:build unix

package state

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// othersCanWrite says by what another user could have written the file, and
// how to change that. The reason is empty where none could.
func othersCanWrite(f *os.File) (reason, fix string, err error) {
	info, err := f.Stat()
	if err != nil {
		return "", "", err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if me := os.Geteuid(); ok && stat.Uid != 0 && int(stat.Uid) != me {
		access := notMine(f.Name(), stat.Uid)
		return access.Reason, access.Fix, nil
	}
	if info.Mode().Perm()&0o002 != 0 {
		return fmt.Sprintf("its mode is %04o, so everybody on this machine can write it", info.Mode().Perm()), "chmod go-w " + quote(f.Name()), nil
	}
	for _, dir := range directories(f.Name()) {
		info, err := os.Stat(dir)
		if err != nil {
			return "", "", err
		}
		if shared(info) {
			return fmt.Sprintf("everybody on this machine can write its directory %s (mode %04o)", dir, info.Mode().Perm()), "chmod go-w " + quote(dir), nil
		}
	}
	return "", "", nil
}

func writableByGroup(info fs.FileInfo) bool { return info.Mode().Perm()&0o020 != 0 }
