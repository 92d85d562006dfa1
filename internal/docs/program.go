package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// program is the built command, asked about itself in an empty home directory.
type program struct {
	file string
	home string
}

// build compiles the command of the tree at root.
func build(root string) (*program, error) {
	home, err := os.MkdirTemp("", "implicit-docs-")
	if err != nil {
		return nil, err
	}
	p := &program{file: filepath.Join(home, "bin", "implicit"), home: home}
	if runtime.GOOS == "windows" {
		p.file += ".exe"
	}
	cmd := exec.Command("go", "build", "-o", p.file, "./cmd/implicit")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		p.remove()
		return nil, fmt.Errorf("build the command: %w\n%s", err, out)
	}
	return p, nil
}

func (p *program) remove() { _ = os.RemoveAll(p.home) }

// environ is almost empty, so that no settings of the machine get into a page.
func (p *program) environ() []string {
	return []string{"HOME=" + p.home, "PATH=" + filepath.Dir(p.file) + string(os.PathListSeparator) + os.Getenv("PATH"), "SYSTEMROOT=" + os.Getenv("SYSTEMROOT")}
}

func (p *program) run(args ...string) (string, error) {
	cmd := exec.Command(p.file, args...)
	cmd.Env, cmd.Dir = p.environ(), p.home
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("implicit %s: %w", strings.Join(args, " "), err)
	}
	return string(out), nil
}

// command is one command and what it says about itself.
type command struct {
	path []string // its words after implicit; none for implicit itself
	help string
	subs []string
	says string // in one line; empty for implicit itself
}

func (c *command) name() string { return strings.Join(append([]string{"implicit"}, c.path...), " ") }

// commands returns every command but help, each before its own.
func (p *program) commands() ([]command, error) { return p.below(nil, "") }

func (p *program) below(path []string, says string) ([]command, error) {
	help, err := p.run(append(slices.Clone(path), "--help")...)
	if err != nil {
		return nil, err
	}
	this := command{path: path, help: help, says: says}
	if !strings.Contains(help, this.name()+" <command> [flags]") {
		return []command{this}, nil
	}
	// What a shell completes after a command that only holds others is them.
	listed, err := p.run(slices.Concat([]string{"__complete"}, path, []string{""})...)
	if err != nil {
		return nil, err
	}
	all := []command{}
	for line := range strings.Lines(listed) {
		sub, text, described := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !described || sub == "help" {
			continue
		}
		this.subs = append(this.subs, sub)
		found, err := p.below(append(slices.Clone(path), sub), text)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return append([]command{this}, all...), nil
}
