package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// writeRelease writes below dir the manual pages, the completions and the
// licences that belong to the commit at root. The same commit makes the same
// bytes.
func writeRelease(root, dir string) error {
	p, err := build(root)
	if err != nil {
		return err
	}
	defer p.remove()
	date, err := commitDate(root)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	pages, err := p.manual(date)
	if err != nil {
		return err
	}
	files := map[string][]byte{}
	for name, page := range pages {
		if files["man/man"+name[len(name)-1:]+"/"+name+".gz"], err = zipped(page); err != nil {
			return err
		}
	}
	for shell, name := range map[string]string{"bash": "implicit.bash", "zsh": "_implicit", "fish": "implicit.fish", "powershell": "implicit.ps1"} {
		script, err := p.run("completion", shell)
		if err != nil {
			return err
		}
		files["completions/"+name] = []byte(script)
	}
	if files["THIRD-PARTY-NOTICES.txt"], err = notices(root); err != nil {
		return err
	}
	return writeFiles(dir, files)
}

func writeFiles(dir string, files map[string][]byte) error {
	for name, data := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// zipped holds neither a name nor a time.
func zipped(data []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}

// commitDate is when the commit was made: the date of all that is released.
func commitDate(root string) (time.Time, error) {
	out, err := output(root, nil, "git", "log", "-1", "--format=%ct")
	if err != nil {
		return time.Time{}, err
	}
	seconds, err := strconv.ParseInt(strings.TrimSpace(out), 10, 64)
	return time.Unix(seconds, 0).UTC(), err
}

func output(dir string, environ []string, program string, args ...string) (string, error) {
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stderr, cmd.Env = dir, os.Stderr, append(os.Environ(), environ...)
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", program, strings.Join(args, " "), err)
	}
	return string(out), nil
}

// notices are the licences of Go and of every module that is built in, on any
// system: most of them ask to go with the binary.
func notices(root string) ([]byte, error) {
	modules := map[string]string{} // path and version: folder
	for _, system := range []string{"linux", "darwin", "windows"} {
		const format = "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}"
		listed, err := output(root, []string{"GOOS=" + system, "CGO_ENABLED=0"}, "go", "list", "-deps", "-f", format, "./cmd/implicit")
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(listed) {
			if name, dir, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
				modules[name] = dir
			}
		}
	}
	goroot, err := output(root, nil, "go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	modules["Go"] = strings.TrimSpace(goroot)
	names := []string{}
	for name := range modules {
		names = append(names, name)
	}
	slices.Sort(names)
	var b bytes.Buffer
	b.WriteString("implicit contains these works. Their licences:\n")
	for _, name := range names {
		texts, err := licences(modules[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		fmt.Fprintf(&b, "\n%s\n%s\n\n%s", strings.Repeat("=", 78), name, texts)
	}
	return b.Bytes(), nil
}

// licences are the licence texts at the top of a module; without one it may not be
// passed on.
func licences(dir string) (string, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, f := range files {
		name := strings.ToUpper(f.Name())
		if f.IsDir() || !slices.ContainsFunc([]string{"LICENSE", "LICENCE", "COPYING", "NOTICE", "PATENTS"}, func(w string) bool { return strings.HasPrefix(name, w) }) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return "", err
		}
		b.WriteString(strings.TrimRight(string(text), "\n") + "\n")
	}
	if b.Len() == 0 {
		return "", fmt.Errorf("no licence in %s", dir)
	}
	return b.String(), nil
}
