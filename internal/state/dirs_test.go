package state

import (
	"errors"
	"strings"
	"testing"
)

func TestFindNamesThePlacesOfEachSystem(t *testing.T) {
	tests := []struct {
		name, goos, home     string
		env                  map[string]string
		config, state, cache string
	}{
		{"Linux without XDG variables", "linux", "/home/a", nil,
			"/home/a/.config/implicit", "/home/a/.local/state/implicit", "/home/a/.cache/implicit"},
		{"Linux with XDG variables", "linux", "/home/a",
			map[string]string{"XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s/", "XDG_CACHE_HOME": "/x"},
			"/c/implicit", "/s/implicit", "/x/implicit"},
		{"a relative XDG variable is ignored, as its specification says", "linux", "/home/a",
			map[string]string{"XDG_STATE_HOME": "state"},
			"/home/a/.config/implicit", "/home/a/.local/state/implicit", "/home/a/.cache/implicit"},
		{"the root directory as home", "freebsd", "/", nil,
			"/.config/implicit", "/.local/state/implicit", "/.cache/implicit"},
		{"macOS has its own places", "darwin", "/Users/a", map[string]string{"XDG_STATE_HOME": "/s"},
			"/Users/a/Library/Application Support/implicit", "/Users/a/Library/Application Support/implicit/state",
			"/Users/a/Library/Caches/implicit"},
		{"Windows with its variables", "windows", `C:\Users\a`,
			map[string]string{"AppData": `D:\Roaming`, "LocalAppData": `\\server\local`},
			`D:\Roaming\implicit`, `\\server\local\implicit\state`, `\\server\local\implicit\cache`},
		{"Windows without its variables", "windows", `C:\Users\a`, nil,
			`C:\Users\a\AppData\Roaming\implicit`, `C:\Users\a\AppData\Local\implicit\state`,
			`C:\Users\a\AppData\Local\implicit\cache`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			home := func() (string, error) { return tt.home, nil }
			d := Find(func(name string) string { return tt.env[name] }, tt.goos, home)
			for _, place := range []struct {
				dir  Dir
				want string
			}{{d.Config, tt.config}, {d.State, tt.state}, {d.Cache, tt.cache}} {
				if got, err := place.dir.Join(); got != place.want || err != nil {
					t.Errorf("got %q, %v, want %q", got, err, place.want)
				}
			}
		})
	}
}

func TestJoinUsesTheSeparatorOfTheSystem(t *testing.T) {
	none := func(string) string { return "" }
	d := Find(none, "windows", func() (string, error) { return `C:\a`, nil })
	if got, _ := d.State.Join("store", "x"); got != `C:\a\AppData\Local\implicit\state\store\x` {
		t.Errorf("got %q", got)
	}
	if got, _ := At("/tmp/s").Join("store", "x"); got != "/tmp/s/store/x" {
		t.Errorf("got %q", got)
	}
}

func TestWithoutAHomeOnlyTheUseOfADirectoryFails(t *testing.T) {
	errHome := errors.New("$HOME is not defined")
	tests := []struct {
		name, home string
		err        error
		want       string
	}{
		{"no home", "", errHome, "$HOME is not defined"},
		{"a relative home", "somewhere", nil, `"somewhere" is not an absolute path`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env := func(name string) string { return map[string]string{"XDG_CONFIG_HOME": "/c"}[name] }
			d := Find(env, "linux", func() (string, error) { return tt.home, tt.err })
			if got, err := d.Config.Join("f"); got != "/c/implicit/f" || err != nil {
				t.Errorf("the directory that a variable names: got %q, %v", got, err)
			}
			_, err := d.State.Join("f")
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "XDG_STATE_HOME") {
				t.Errorf("got %v, want the reason %q and the variable to set", err, tt.want)
			}
		})
	}
	if _, err := (Dir{}).Join("f"); err == nil {
		t.Error("the zero Dir gave a path")
	}
}
