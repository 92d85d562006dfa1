package browser

import (
	"context"
	"errors"
	"os/exec"
	"reflect"
	"strings"
	"testing"
)

const opened = "https://auth.example/as/authorize?a=1&b=2%20"

func TestOpen(t *testing.T) {
	for _, c := range []struct {
		name, goos, browser, wsl string
		missing                  string // programs that are not installed
		failing                  string // and those that end with an error
		want                     []string
		fails                    string
	}{
		{name: "the system's own", want: []string{"system " + opened}},
		{name: "$BROWSER first", browser: "firefox", want: []string{"firefox " + opened}},
		{name: "command line, address appended", browser: "firefox --new-tab", want: []string{"firefox --new-tab " + opened}},
		{name: "command line, address in its place", browser: "chrome --app=%s --x", want: []string{"chrome --app=" + opened + " --x"}},
		{name: "quotes", browser: `"my browser" 'a b' c\ d`, want: []string{"my browser a b c d " + opened}},
		{name: "a path with spaces", browser: "/opt/my browser", want: []string{"/opt/my browser " + opened}},
		{name: "the first that is there", browser: "a:b %s:c", missing: "a", want: []string{"b " + opened}},
		{name: "the first that works", browser: "a:b", failing: "a", want: []string{"a " + opened, "b " + opened}},
		{name: "none, then the system's", browser: "a:b", missing: "a b", want: []string{"system " + opened}},
		{name: "empty entries", browser: "::", want: []string{"system " + opened}},
		{name: "Windows path", goos: "windows", browser: `C:\x\a.exe -n;b`, want: []string{`C:\x\a.exe -n ` + opened}},
		{name: "nothing works", browser: "a", failing: "a system", want: []string{"a " + opened, "system " + opened}, fails: "a: it failed; it failed"},
		{name: "WSL", wsl: "Debian", want: []string{"wslview " + opened}},
		{name: "WSL without wslview", wsl: "Debian", missing: "wslview",
			want: []string{"powershell.exe -NoProfile -NonInteractive -Command Start-Process '" + opened + "'"}},
		{name: "WSL with cmd.exe alone", wsl: "Debian", missing: "wslview powershell.exe",
			want: []string{"cmd.exe /c start " + strings.Replace(opened, "&", "^&", 1)}},
		{name: "WSL, but $BROWSER is set", wsl: "Debian", browser: "a", want: []string{"a " + opened}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var ran []string
			failing := func(program string) error {
				if strings.Contains(" "+c.failing+" ", " "+program+" ") {
					return errors.New("it failed")
				}
				return nil
			}
			o := &Opener{host: Host{GOOS: "linux",
				Getenv: func(name string) string {
					return map[string]string{"BROWSER": c.browser, "WSL_DISTRO_NAME": c.wsl}[name]
				},
				LookPath: func(program string) (string, error) {
					if program == "" || strings.Contains(" "+c.missing+" ", " "+program+" ") || strings.Contains(program, " ") && program[0] != '/' && program != "my browser" {
						return "", exec.ErrNotFound
					}
					return program, nil
				}},
				run:    func(argv []string) error { ran = append(ran, strings.Join(argv, " ")); return failing(argv[0]) },
				system: func(a string) error { ran = append(ran, "system "+a); return failing("system") },
			}
			if c.goos != "" {
				o.host.GOOS = c.goos
			}
			err := o.Open(t.Context(), opened)
			if !reflect.DeepEqual(ran, c.want) {
				t.Errorf("expected %q, ran %q", c.want, ran)
			}
			if c.fails == "" && err != nil || c.fails != "" && (err == nil || err.Error() != c.fails) {
				t.Errorf("expected the error %q, found %v", c.fails, err)
			}
		})
	}
}

func TestWSLGivesWindowsNoProgramText(t *testing.T) {
	for _, argv := range wslCommands("https://evil.example/';calc;'\u2018\"|calc&%PATH%`$(calc)^") {
		text := strings.TrimSuffix(strings.TrimPrefix(argv[len(argv)-1], "Start-Process '"), "'")
		text = strings.ReplaceAll(text, "^&", "")
		if argv[0] != "wslview" && strings.Contains(text, "%PATH%") {
			t.Errorf("%s would fill in a variable: %q", argv[0], text)
		}
		if argv[0] != "wslview" && strings.ContainsAny(text, "'\"|`()^<>\u2018 ") {
			t.Errorf("%s gets %q", argv[0], argv[len(argv)-1])
		}
	}
}

func TestOpensAddressesOnly(t *testing.T) {
	o := &Opener{run: func([]string) error { t.Error("something ran"); return nil }, system: func(string) error { t.Error("something ran"); return nil }}
	for _, address := range []string{"--help", "file:///etc/passwd", "", "javascript:alert(1)"} {
		if o.Open(t.Context(), address) == nil {
			t.Errorf("expected %q to be refused", address)
		}
	}
}

func TestOpenDoesNotWaitForABrowserThatStays(t *testing.T) {
	stay := make(chan struct{})
	defer close(stay)
	ctx, cancel := context.WithCancel(t.Context())
	o := New(Host{"linux", func(string) string { return "" }, exec.LookPath})
	o.system = func(string) error { cancel(); <-stay; return nil }
	if err := o.Open(ctx, opened); err != nil {
		t.Errorf("found %v", err)
	}
}

// A file is opened by its address: no program takes it for an option.
func TestOpenFile(t *testing.T) {
	var got string
	o := New(Host{"linux", func(string) string { return "" }, exec.LookPath})
	o.system = func(address string) error { got = address; return nil }
	if err := o.OpenFile(t.Context(), "/tmp/--a b#c?.html"); err != nil || got != "file:///tmp/--a%20b%23c%3F.html" {
		t.Errorf("opened %q, %v", got, err)
	}
}
