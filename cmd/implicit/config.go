package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/words"
)

// Somebody wonders which settings a command works with, and why.

func newConfigCmd(a *app) *cobra.Command {
	cmd := group("config", "Show settings and where they come from; keep profiles",
		`Show settings and where each comes from; make, change and choose profiles. A
setting is a flag, else a variable (IMPLICIT_…), else a line of a profile, else a
default.`,
		newConfigShowCmd(a), newConfigListCmd(a), newConfigUseCmd(a), newConfigInitCmd(a),
		newConfigSetCmd(a), newConfigUnsetCmd(a), newConfigDeleteCmd(a), newConfigPathCmd(a))
	cmd.GroupID = "setup"
	return cmd
}

func newConfigShowCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Print every setting with its source",
		Long: `Print every setting with its source. Takes the flags of login, to show what a
login with them would work with.

Exit status: 0 printed, 2 settings that contradict each other.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runConfigShow(a, cmd) },
	}
	config.AddFlags(cmd.Flags(), config.All())
	return cmd
}

func runConfigShow(a *app, cmd *cobra.Command) error {
	s, err := a.settings(cmd.Flags())
	if err != nil {
		return err
	}
	type row struct {
		Name   string `json:"name"`
		Value  string `json:"value"`
		Source string `json:"source,omitempty"`
	}
	var rows []row
	width := 0
	for _, k := range config.All() {
		v := s.Get(k.Name)
		if k.Name == "id-token-hint" && v.Text != "" && !a.global.showSecrets {
			v.Text = "[redacted]"
		}
		rows = append(rows, row{k.Name, v.Text, v.Source})
		width = max(width, len(v.Text))
	}
	if a.json() {
		return words.JSON(a.out, map[string]any{"profile": s.Profile, "settings": rows})
	}
	fmt.Fprintf(a.out, "profile %s (%s)\n", s.Profile, s.File.Path)
	for _, r := range rows {
		value := "-"
		if r.Value != "" {
			value = words.Text(r.Value)
		}
		fmt.Fprintf(a.out, "  %-15s  %-*s  %s\n", r.Name, min(width, 50), value, a.style().Dim(r.Source))
	}
	return nil
}

func newConfigPathCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "path",
		Short: "Print where the configuration file is",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			file, err := a.configFile()
			if err != nil {
				return err
			}
			if a.json() {
				return words.JSON(a.out, map[string]string{"path": file.Path})
			}
			_, err = fmt.Fprintln(a.out, file.Path)
			return err
		},
	}
}
