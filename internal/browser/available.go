package browser

import (
	"slices"
	"strings"
)

// Available reports whether opening a browser can work on this host.
func (h Host) Available() bool {
	switch {
	case h.Pipeline():
		return false
	case h.Getenv("BROWSER") != "", h.GOOS == "windows", h.GOOS == "darwin":
		return true
	case h.Getenv("WSL_DISTRO_NAME") != "":
		return h.findsAny("wslview", "cmd.exe", "powershell.exe")
	}
	screen := h.Getenv("DISPLAY") != "" || h.Getenv("WAYLAND_DISPLAY") != ""
	return screen && h.findsAny("xdg-open", "x-www-browser", "www-browser")
}

// Pipeline reports whether this is a pipeline, by the variable CI: no user looks
// at its screen, whatever is installed.
func (h Host) Pipeline() bool {
	value := h.Getenv("CI")
	return value != "" && value != "0" && !strings.EqualFold(value, "false")
}

func (h Host) findsAny(programs ...string) bool {
	return slices.ContainsFunc(programs, func(name string) bool {
		_, err := h.LookPath(name)
		return err == nil
	})
}
