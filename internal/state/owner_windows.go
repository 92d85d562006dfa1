package state

import (
	"io/fs"
	"os"
)

func othersCanWrite(*os.File) (reason, fix string, err error) { return "", "", nil }

func writableByGroup(fs.FileInfo) bool { return false }

func modeless(*os.File) string { return "" }

func quote(path string) string { return `"` + path + `"` }
