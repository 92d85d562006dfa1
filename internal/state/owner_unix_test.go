//go:build unix

package state

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func checkOwner(t *testing.T, path string) (string, error) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return CheckOwner(f)
}

func TestCheckOwner(t *testing.T) {
	for _, row := range []struct {
		name             string
		file, dir        fs.FileMode
		refused, warning string
	}{
		{"private", 0o600, 0o700, "", ""},
		{"readable by all", 0o644, 0o755, "", ""},
		{"writable by the group", 0o664, 0o755, "", "its group"},
		{"writable by everybody", 0o666, 0o755, "its mode is 0666", ""},
		{"in a directory writable by everybody", 0o600, 0o777, "its directory", ""},
		{"in a directory with the sticky bit", 0o600, 0o777 | fs.ModeSticky, "", ""},
		{"writable by everybody in a sticky directory", 0o602, 0o777 | fs.ModeSticky, "its mode is 0602", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "it's")
			path := filepath.Join(dir, "settings")
			if err := errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(path, nil, 0o600), os.Chmod(path, row.file), os.Chmod(dir, row.dir)); err != nil {
				t.Fatal(err)
			}
			warning, err := checkOwner(t, path)
			if (row.warning == "") != (warning == "") || !strings.Contains(warning, row.warning) {
				t.Errorf("warning %q, want %q", warning, row.warning)
			}
			if row.refused == "" {
				if err != nil {
					t.Errorf("got %v", err)
				}
				return
			}
			var access *AccessError
			if !errors.As(err, &access) || !strings.Contains(access.Reason, row.refused) || access.Kind() != "usage" {
				t.Fatalf("got %v, want %q", err, row.refused)
			}
			if out, err := exec.Command("sh", "-c", access.Hint()).CombinedOutput(); err != nil {
				t.Fatalf("%s: %v %s", access.Hint(), err, out)
			}
			if _, err := checkOwner(t, path); err != nil {
				t.Errorf("after %s: %v", access.Hint(), err)
			}
		})
	}
}

func TestCheckOwnerOfALink(t *testing.T) {
	open, safe := filepath.Join(t.TempDir(), "open"), t.TempDir()
	target, link := filepath.Join(open, "settings"), filepath.Join(safe, "settings")
	if err := errors.Join(os.Mkdir(open, 0o700), os.Chmod(open, 0o777), os.WriteFile(target, nil, 0o600), os.Symlink(target, link)); err != nil {
		t.Fatal(err)
	}
	var access *AccessError
	if _, err := checkOwner(t, link); !errors.As(err, &access) || !strings.Contains(access.Reason, open) {
		t.Errorf("got %v, want the directory that the link leads to", err)
	}
}

func TestCheckOwnerOfAnotherUsersFile(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make a file of another user")
	}
	path := filepath.Join(t.TempDir(), "f")
	if err := errors.Join(os.WriteFile(path, nil, 0o644), os.Chown(path, 65534, -1)); err != nil {
		t.Fatal(err)
	}
	var access *AccessError
	if _, err := checkOwner(t, path); !errors.As(err, &access) || !strings.Contains(access.Reason, "belongs to user 65534") {
		t.Errorf("got %v", err)
	}
}

func TestCheckOwnerTrustsRoot(t *testing.T) {
	if warning, err := checkOwner(t, "/etc/passwd"); warning != "" || err != nil {
		t.Errorf("got %q, %v", warning, err)
	}
}
