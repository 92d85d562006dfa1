package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// TestManual: a page for each command, with what its help says, and one for the
// file of settings.
func TestManual(t *testing.T) {
	pages, err := theProgram(t).manual(time.Unix(1764000000, 0).UTC())
	if err != nil {
		t.Fatal(err)
	}
	commands, err := theProgram(t).commands()
	if err != nil {
		t.Fatal(err)
	}
	for i := range commands {
		name := strings.ReplaceAll(commands[i].name(), " ", "-") + ".1"
		page := string(pages[name])
		for _, flag := range flagLine.FindAllStringSubmatch(commands[i].help, -1) {
			if !strings.Contains(page, `\fB--`+flag[1]+`\fP`) {
				t.Errorf("%s lacks --%s", name, flag[1])
			}
		}
	}
	for name, says := range map[string]string{
		"implicit-config.5": `\fBenvironment-id\fP: UUID`, "implicit-exit-codes.7": "130", "implicit-environment.7": "IMPLICIT_PASSWORD", "implicit-security.7": "RFC 9700",
	} {
		if !bytes.Contains(pages[name], []byte(says)) {
			t.Errorf("%s does not say %s", name, says)
		}
	}
}

// TestSections: a help is cut at its headings, not at other lines that end in a colon.
func TestSections(t *testing.T) {
	c := command{help: "Do it:\n  now\n\nUsage:\n  implicit do [flags]\n\nExamples:\n  $ implicit do\n\nFlags:\n  -q, --quiet       no words\n      --to PLACE    where\n"}
	parts := c.sections()
	if parts[""] != "Do it:\n  now" || parts["Usage"] != "  implicit do [flags]" || parts["Examples"] != "  $ implicit do" {
		t.Errorf("got %q", parts)
	}
	if found := flagLines.FindAllStringSubmatch(parts["Flags"], -1); len(found) != 2 || found[1][3] != "PLACE" || found[0][1] != "q" {
		t.Errorf("got %q", found)
	}
}
