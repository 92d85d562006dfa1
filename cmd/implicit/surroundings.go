package main

import (
	"slices"
	"strings"
)

// canOpen reports whether opening a browser has a chance here. A pipeline has
// none, whatever is installed: nobody looks at its screen.
func (a *app) canOpen() bool {
	switch {
	case isSet(a.getenv("CI")):
		return false
	case a.getenv("BROWSER") != "", a.goos == "windows", a.goos == "darwin":
		return true
	case a.getenv("WSL_DISTRO_NAME") != "":
		return a.findsAny("wslview", "cmd.exe", "powershell.exe")
	}
	screen := a.getenv("DISPLAY") != "" || a.getenv("WAYLAND_DISPLAY") != ""
	return screen && a.findsAny("xdg-open", "x-www-browser", "www-browser")
}

// isSet reads a variable that says yes by being there, as CI does.
func isSet(value string) bool {
	return value != "" && value != "0" && !strings.EqualFold(value, "false")
}

func (a *app) findsAny(programs ...string) bool {
	return slices.ContainsFunc(programs, func(name string) bool {
		_, err := a.lookPath(name)
		return err == nil
	})
}
