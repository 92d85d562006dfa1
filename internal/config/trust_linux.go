package config

import "syscall"

// modesMeanNothing reports whether a file system makes up its modes and owners:
// those of Windows, of other machines and of user space. The numbers are from
// statfs(2).
func modesMeanNothing(path string) bool {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(path, &fs); err != nil {
		return false
	}
	switch uint32(fs.Type) {
	case 0x53464846, // drvfs of WSL 1
		0x01021997,         // 9p: drvfs of WSL 2, virtual machines
		0x4d44, 0x2011bab0, // vfat, exfat
		0x5346544e, 0x7366746e, // ntfs, ntfs3
		0x517b, 0xfe534d42, 0xff534d42, // smb, smb2, cifs
		0x65735546: // fuse
		return true
	}
	return false
}
