package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/words"
)

// A user works with several environments and does not want to type their settings.

func newConfigListCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the profiles and the one in use",
		Long: `List the profiles; a star marks the one in use.

Exit status: 0 listed, 2 a file that cannot be read.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			file, err := a.configFile()
			if err != nil {
				return err
			}
			used, _ := file.InUse(cmd.Flags(), a.getenv)
			return runConfigList(a, file, used)
		},
	}
}

type profileRow struct {
	Name     string `json:"name"`
	InUse    bool   `json:"in_use"`
	Provider string `json:"provider,omitempty"`
	Region   string `json:"region,omitempty"`
	ClientID string `json:"client_id,omitempty"`
}

func runConfigList(a *app, file *config.File, used string) error {
	profiles, err := file.Profiles()
	if err != nil {
		return err
	}
	rows := []profileRow{}
	for _, name := range slices.Sorted(maps.Keys(profiles)) {
		p := profiles[name]
		provider := cmp.Or(p["issuer"], p["auth-url"], p["environment-id"])
		if provider == "" && p["sandbox"] != "" {
			provider = "sandbox"
		}
		rows = append(rows, profileRow{name, name == used, provider, p["region"], p["client-id"]})
	}
	if a.json() {
		return words.JSON(a.out, map[string]any{"profiles": rows})
	}
	if len(rows) == 0 {
		a.say("there are no profiles yet; implicit config init creates one")
	}
	a.showProfiles(rows)
	return nil
}

func (a *app) showProfiles(rows []profileRow) {
	names, providers := 0, 0
	for i, r := range rows {
		where := words.Text(cmp.Or(r.Provider, "-"))
		if r.Region != "" {
			where += " " + words.Text(r.Region)
		}
		rows[i].Name, rows[i].Provider = words.Text(r.Name), where
		names, providers = max(names, len(rows[i].Name)), max(providers, len(where))
	}
	for _, r := range rows {
		mark, name := " ", fmt.Sprintf("%-*s", names, r.Name)
		if r.InUse {
			mark, name = "*", a.style().Bold(name)
		}
		client := ""
		if r.ClientID != "" {
			client = a.style().Dim(words.Text(r.ClientID))
		}
		fmt.Fprintln(a.out, strings.TrimRight(fmt.Sprintf("%s %s  %-*s  %s", mark, name, providers, r.Provider, client), " "))
	}
}

func newConfigUseCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "use <name>",
		Short: "Make a profile the one in use",
		Long: `Make a profile the one that every command uses, unless --profile or
IMPLICIT_PROFILE names another.

Exit status: 0 done, 2 no such profile.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runConfigUse(cmd.Context(), a, args[0])
		},
	}
}

func runConfigUse(ctx context.Context, a *app, name string) error {
	if err := a.editConfig(ctx, func(e *config.Editor) error { return e.Use(name) }); err != nil {
		return err
	}
	a.say("profile %s is now in use", words.Text(strings.ToLower(name)))
	if other := a.getenv("IMPLICIT_PROFILE"); other != "" && !strings.EqualFold(other, name) {
		a.warn("IMPLICIT_PROFILE still names %s and takes precedence", words.Text(other))
	}
	return nil
}

func newConfigSetCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "set <setting> <value>",
		Short: "Give a profile a setting",
		Long: `Set a setting in the profile in use, or in the one that --profile names. Settings
are named like the flags of login, without the dashes. The file keeps its comments and
order. Passwords and tokens are never written. A missing profile is created only if
you confirm it at the terminal; implicit config init creates one without asking.

Exit status: 0 written, 2 unknown setting or profile, or an invalid value,
4 confirmation required.`,
		Example: `  $ implicit config set region EU
  $ implicit config set client-id 1a2b3c4d-5e6f-4a1b-8c2d-3e4f5a6b7c8d --profile work`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runConfigSet(cmd, a, args[0], args[1])
		},
	}
}

func runConfigSet(cmd *cobra.Command, a *app, setting, value string) error {
	if err := a.confirmProfile(cmd); err != nil {
		return err
	}
	return a.editProfile(cmd, func(e *config.Editor, name string) error { return e.Set(name, setting, value) })
}

// confirmProfile asks before a profile is created: its name may be mistyped. The
// profile default needs no question.
func (a *app) confirmProfile(cmd *cobra.Command) error {
	file, err := a.configFile()
	if err != nil {
		return err
	}
	name, _ := file.InUse(cmd.Flags(), a.getenv)
	if file.Has(name) || name == "default" {
		return nil
	}
	missing := fault.WithHint(file.NoProfile(name), "implicit config init "+quoted(name)+" creates it")
	t := a.terminal()
	if t == nil {
		return missing
	}
	create, err := yes(cmd.Context(), t, "There is no profile "+words.Text(name)+". Create it?")
	if err == nil && !create {
		err = missing
	}
	return err
}

func newConfigUnsetCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "unset <setting>",
		Short: "Remove a setting from a profile",
		Long: `Remove a setting from the profile in use, or from the one that --profile names.

Exit status: 0 removed, 2 no such setting or profile.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.editProfile(cmd, func(e *config.Editor, name string) error { return e.Unset(name, args[0]) })
		},
	}
}

func newConfigDeleteCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "delete <name>",
		Short: "Delete a profile",
		Long: `Delete a profile from the configuration file. Its stored tokens are kept until
implicit logout removes them.

Exit status: 0 deleted, 2 no such profile.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runConfigDelete(cmd.Context(), a, args[0]) },
	}
}

func runConfigDelete(ctx context.Context, a *app, name string) error {
	name = strings.ToLower(name)
	used := false
	err := a.editConfig(ctx, func(e *config.Editor) error {
		used = e.Default == name
		return e.Delete(name)
	})
	if err != nil {
		return err
	}
	a.say("profile %s is deleted; tokens stored under it are kept until implicit logout --all", words.Text(name))
	if used {
		a.say("it was the profile in use; the profile default is used now")
	}
	return nil
}

func (a *app) configFile() (*config.File, error) {
	dir, err := a.dirs.Config.Join()
	if err != nil {
		return nil, err
	}
	return config.ReadFile(dir)
}

// editProfile changes the profile that is in use or that a flag of cmd names.
func (a *app) editProfile(cmd *cobra.Command, change func(e *config.Editor, name string) error) error {
	return a.editConfig(cmd.Context(), func(e *config.Editor) error {
		name, _ := e.InUse(cmd.Flags(), a.getenv)
		return change(e, name)
	})
}

// editConfig changes the configuration file; concurrent changes wait for each
// other.
func (a *app) editConfig(ctx context.Context, change func(*config.Editor) error) error {
	dir, err := a.dirs.Config.Join()
	if err != nil {
		return err
	}
	lock, err := a.dirs.State.Join("config.lock")
	if err != nil {
		return err
	}
	err = config.Edit(ctx, dir, lock, change)
	var setting *config.Error
	if errors.As(err, &setting) && len(setting.Conflicts) > 0 {
		return fault.WithHint(err, "implicit config unset removes the other one")
	}
	return err
}
