package state

import (
	"os"

	"golang.org/x/sys/unix"
)

// modeless names the file system of f where it makes owners and modes up: a
// mounted Windows drive, a network share, FUSE. It is empty for any other.
func modeless(f *os.File) string {
	var s unix.Statfs_t
	if err := unix.Fstatfs(int(f.Fd()), &s); err != nil {
		return ""
	}
	return modelessName(uint32(s.Type))
}

func modelessName(magic uint32) string {
	const wsl, smb2, ntfs, ntfs3 = 0x53464846, 0xfe534d42, 0x5346544e, 0x7366746e // not in package unix
	switch magic {
	case wsl:
		return "drvfs"
	case unix.V9FS_MAGIC:
		return "9p"
	case unix.MSDOS_SUPER_MAGIC, unix.EXFAT_SUPER_MAGIC:
		return "vfat"
	case unix.CIFS_SUPER_MAGIC, smb2, unix.SMB_SUPER_MAGIC:
		return "cifs"
	case ntfs, ntfs3:
		return "ntfs"
	case unix.FUSE_SUPER_MAGIC:
		return "fuse"
	}
	return ""
}
