package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/implicit-cli/implicit/internal/words"
)

func newVersionCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		GroupID: "setup",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.showVersion() },
	}
}

// build is what a bug report should say about the program.
type build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"` // as git names it; empty where Go did not see the repository
	Date     string `json:"date,omitempty"`   // of the commit
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// buildOf takes commit and date from what Go wrote into the program.
func buildOf(version string, settings []debug.BuildSetting) build {
	b := build{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	for _, s := range settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Date = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

func (b build) String() string {
	parts := []string{b.Go, b.Platform}
	if b.Commit != "" {
		commit := "commit " + b.Commit[:min(12, len(b.Commit))]
		if b.Modified {
			commit += " with changes"
		}
		parts = append([]string{commit, b.Date}, parts...)
	}
	return fmt.Sprintf("implicit %s (%s)", b.Version, strings.Join(parts, ", "))
}

func (a *app) showVersion() error {
	var settings []debug.BuildSetting
	if info, ok := debug.ReadBuildInfo(); ok {
		settings = info.Settings
	}
	b := buildOf(a.version, settings)
	if a.json() {
		return words.JSON(a.out, b)
	}
	_, err := fmt.Fprintln(a.out, b)
	return err
}
