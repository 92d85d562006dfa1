package main

import (
	"fmt"
	"strings"
)

// pages returns the text of every page by its file name.
func (p *program) pages() (map[string]string, error) {
	commands, err := p.commands()
	if err != nil {
		return nil, err
	}
	pages := map[string]string{}
	for i := range commands {
		pages[commands[i].fileName()] = commands[i].page()
	}
	return pages, nil
}

// fileName is README.md for implicit itself, so that the folder opens with it.
func (c *command) fileName() string {
	if len(c.path) == 0 {
		return "README.md"
	}
	return strings.Join(c.path, "_") + ".md"
}

// page is the command's help with links to the pages around it.
func (c *command) page() string {
	var b strings.Builder
	fmt.Fprintf(&b, "<!-- made by `make docs` from the command's own help: change that -->\n# %s\n\n", c.name())
	fmt.Fprintf(&b, "```text\n%s```\n", strings.TrimLeft(c.help, "\n"))
	if len(c.path) > 0 {
		upper := command{path: c.path[:len(c.path)-1]}
		fmt.Fprintf(&b, "\nPart of [%s](%s).\n", upper.name(), upper.fileName())
	}
	if len(c.subs) > 0 {
		b.WriteString("\n")
	}
	for _, sub := range c.subs {
		lower := command{path: append(append([]string{}, c.path...), sub)}
		fmt.Fprintf(&b, "- [%s](%s)\n", lower.name(), lower.fileName())
	}
	return b.String()
}
