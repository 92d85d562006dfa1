package main

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/internal/words"
)

// A user wants a sign-on of a certain kind, and looks for the name of its user.

func newSandboxListCmd(a *app) *cobra.Command {
	var tenant []string
	cmd := &cobra.Command{
		Use:   "list {users | applications | switches}",
		Short: "Describe the sandbox's users, applications or switches",
		Long: `Describe what the sandbox has: its users with their passwords, its applications
with their client IDs, or the switches that --switch takes. A switch turns on
another reading of PingOne's documentation, or a fault of a server.

Exit status: 0 printed, 2 wrong settings.`,
		Example: `  $ implicit sandbox list users
  $ implicit sandbox list switches -o json`,
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"users", "applications", "switches"},
		RunE:      func(_ *cobra.Command, args []string) error { return runSandboxList(a, args[0], tenant) },
	}
	addTenantFlag(cmd.Flags(), &tenant)
	return cmd
}

// listed is a line of the list.
type listed struct {
	Name     string `json:"name"`
	ClientID string `json:"client_id,omitempty"`
	Password string `json:"password,omitempty"`
	TOTP     string `json:"totp_secret,omitempty"`
	Group    string `json:"group,omitempty"`
	Note     string `json:"note"`
}

func runSandboxList(a *app, what string, files []string) error {
	tenant, err := a.loadTenant(files)
	if err != nil {
		return err
	}
	rows := sandboxLists(tenant)[what]
	if a.json() {
		return words.JSON(a.out, rows)
	}
	style, names, seconds := a.style(), 28, 22
	if style.Width > 0 { // what the notes need of it
		names, seconds = 0, 0
		for _, r := range rows {
			names, seconds = max(names, 1+utf8.RuneCountInString(r.Name)), max(seconds, 1+utf8.RuneCountInString(r.second()))
		}
	}
	for _, r := range rows {
		if r.TOTP != "" {
			r.Note += "; the secret is " + r.TOTP
		}
		first := fmt.Sprintf("%-*s %-*s ", names, r.Name, seconds, r.second())
		rest := strings.Repeat(" ", utf8.RuneCountInString(first))
		if r.Note == "" {
			first = strings.TrimRight(first, " ")
		}
		style.Hanging(a.out, first, rest, r.Note)
	}
	return nil
}

// second is the second column.
func (r listed) second() string { return cmp.Or(r.ClientID, r.Password+r.Group) }

func sandboxLists(tenant *sandbox.Tenant) map[string][]listed {
	users, applications := sandbox.Users(), sandbox.Applications()
	if tenant != nil {
		users, applications = tenant.Users(), tenant.Applications()
	}
	lists := map[string][]listed{}
	for _, u := range users {
		lists["users"] = append(lists["users"], listed{Name: u.Username, Password: u.Password, TOTP: u.TOTPSecret, Note: u.Note})
	}
	for _, app := range applications {
		lists["applications"] = append(lists["applications"], listed{Name: app.Name, ClientID: app.ClientID, Note: app.Note})
	}
	for _, s := range sandbox.Switches() {
		lists["switches"] = append(lists["switches"], listed{Name: s.Name, Group: s.Group, Note: s.Does})
	}
	return lists
}

func listLine(name, second, note string) string {
	return strings.TrimRight(fmt.Sprintf("%-28s %-22s %s", name, second, note), " ")
}
