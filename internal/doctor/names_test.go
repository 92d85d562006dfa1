package doctor

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestEveryNameHasASection keeps the names of findings and the sections of
// docs/troubleshooting.md together.
func TestEveryNameHasASection(t *testing.T) {
	page, err := os.ReadFile("../../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	var sections []string
	for line := range strings.Lines(string(page)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "### "); ok {
			sections = append(sections, name)
		}
	}
	for _, name := range Names() {
		if !slices.Contains(sections, name) {
			t.Errorf("docs/troubleshooting.md has no section %s; add \"### %s\"", name, name)
		}
	}
	for _, section := range sections {
		if !slices.Contains(Names(), section) {
			t.Errorf("docs/troubleshooting.md has a section %s, which no finding is named; add it to Names, or make it a heading of another level", section)
		}
	}
}
