package main

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/words"
)

// A user wonders which settings a command uses, and why.

func newConfigCmd(a *app) *cobra.Command {
	cmd := group("config", "Show settings and where they come from; manage profiles",
		`Show settings and where each comes from; create, change and choose profiles. A
setting is a flag, else a variable (IMPLICIT_…), else a line of a profile, else the
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
		Long: `Print every setting with its source. With flags of login, it
shows which settings that login would use. Invalid settings are printed too, and
then reported.

Exit status: 0 printed, 2 wrong settings.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, err := a.settings(config.Sources{Flags: cmd.Flags()})
			if settings == nil {
				return err
			}
			return errors.Join(runConfigShow(a, settings), err)
		},
	}
	config.AddFlags(cmd.Flags(), config.All())
	return cmd
}

type settingRow struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Source string `json:"source,omitempty"`
}

func runConfigShow(a *app, s *config.Settings) error {
	var rows []settingRow
	names, width := 0, 0
	for _, v := range s.Values() {
		if v.Name == "id-token-hint" && v.Text != "" && !a.global.showSecrets {
			v.Text = "[redacted]"
		}
		rows = append(rows, settingRow{v.Name, v.Text, v.Source})
		names, width = max(names, len(v.Name)), max(width, len(v.Text))
	}
	if a.json() {
		return words.JSON(a.out, map[string]any{"profile": s.Profile, "settings": rows})
	}
	a.style().Paragraph(a.out, fmt.Sprintf("profile %s (%s)", s.Profile, cmp.Or(s.File.Path, "no configuration file")))
	style := a.style()
	for _, r := range rows {
		value := words.Text(r.Value)
		switch length := 2 + names + 2 + max(min(width, 50), len(value)) + 2 + len(r.Source); {
		case value == "":
			fmt.Fprintf(a.out, "  %-*s  -\n", names, r.Name)
		case style.Width > 0 && length > style.Width:
			style.Rows(a.out, [][2]string{{fmt.Sprintf("%-*s", names, r.Name), value + "  " + r.Source}})
		default:
			fmt.Fprintf(a.out, "  %-*s  %-*s  %s\n", names, r.Name, min(width, 50), value, style.Dim(r.Source))
		}
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
