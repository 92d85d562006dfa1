package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/credstore"
	"github.com/implicit-cli/implicit/internal/render"
	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/internal/session"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// A user at a shell presses Tab for possible values, and never gets the names of
// files where none is meant. Nothing is sent, and no key is asked for.

// values lists possible values; a description follows a tab.
type values func(cmd *cobra.Command, args []string) []string

// addCompletion completes the values of flags and the arguments of each command.
func addCompletion(a *app, root *cobra.Command) {
	byFlag, byCommand := a.flagValues(), a.argumentValues()
	visit(root, func(cmd *cobra.Command) {
		path := strings.TrimPrefix(cmd.CommandPath(), "implicit ")
		if cmd.ValidArgsFunction == nil && cmd.ValidArgs == nil && !slices.Contains([]string{"exec", "replay", "diff"}, path) { // those take files
			cmd.ValidArgsFunction = complete(byCommand[path])
			if slices.Contains([]string{"config set", "sandbox ctl users", "sandbox ctl apps"}, path) {
				cmd.ValidArgsFunction = orFile(cmd.ValidArgsFunction)
			}
		}
		register := func(f *pflag.Flag) {
			if _, done := cmd.GetFlagCompletionFunc(f.Name); !done && !takesFile(f) {
				_ = cmd.RegisterFlagCompletionFunc(f.Name, complete(byFlag[f.Name])) // fails only for an unknown flag
			}
		}
		cmd.LocalNonPersistentFlags().VisitAll(register)
		cmd.PersistentFlags().VisitAll(register)
	})
}

func visit(cmd *cobra.Command, do func(*cobra.Command)) {
	do(cmd)
	for _, sub := range cmd.Commands() {
		visit(sub, do)
	}
}

// complete offers the values that begin with what is typed.
func complete(list values) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) (found []string, _ cobra.ShellCompDirective) {
		if list == nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		for _, value := range list(cmd, args) {
			if strings.HasPrefix(strings.ToLower(value), strings.ToLower(typed)) {
				found = append(found, value)
			}
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}

// orFile leaves the value of a setting that is a file to the shell.
func orFile(list cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		isFile := func(k config.Key) bool { return k.Name == args[0] && k.Value == "FILE" }
		if len(args) == 1 && (args[0] == "put" || slices.ContainsFunc(config.All(), isFile)) {
			return nil, cobra.ShellCompDirectiveDefault
		}
		return list(cmd, args, typed)
	}
}

// inOrder has values for the first argument, the second and so on.
func inOrder(lists ...values) values {
	return func(cmd *cobra.Command, args []string) []string {
		if len(args) >= len(lists) {
			return nil
		}
		return lists[len(args)](cmd, args)
	}
}

// takesFile reports whether a flag's value is a file.
func takesFile(f *pflag.Flag) bool {
	value, _ := pflag.UnquoteUsage(f)
	if annotated := f.Annotations[config.ValueAnnotation]; annotated != nil {
		value = annotated[0]
	}
	return value == "FILE"
}

func fixed(list ...string) values { return func(*cobra.Command, []string) []string { return list } }

// flagValues are the values of flags, by name; any other flag has none to offer.
func (a *app) flagValues() map[string]values {
	return map[string]values{
		"profile": a.profileNames, "region": regions, "via": fixed(vias()...), "store": fixed(credstore.Keyring, credstore.File, "helper:", credstore.None),
		"response-type": fixed("token id_token", "id_token", "token", "id_token token"), "response-mode": responseModes,
		"method": fixed("GET", "POST"), "as": fixed(asCode), "prompt": fixed("none", "login"), "algorithms": fixed(implicit.Algorithms()...),
		"output": outputs, "format": fixed(render.TokenFormats()...), "shell": fixed(words.Shells()...),
		"type": fixed("id_token", "access_token"), "switch": switches, "log": fixed(sandboxLogs()...), "leg": fixed(sandbox.Legs()...), "scope": fixed("openid", "profile", "email"),
		"username": a.users, "login-hint": a.users, "client-id": a.clients,
	}
}

// argumentValues are the arguments of commands, by the path of the command.
func (a *app) argumentValues() map[string]values {
	flows := inOrder(func(*cobra.Command, []string) []string { return session.Flows{Dir: a.dirs.State, Now: a.now}.IDs() })
	profiles := inOrder(a.profileNames)
	return map[string]values{
		"flow show": flows, "flow submit": flows, "resume": flows, "config use": profiles, "config delete": profiles,
		"config set": inOrder(settingKeys, a.settingValues), "config unset": inOrder(settingKeys),
		"sandbox ctl users": inOrder(fixed("put", "delete")), "sandbox ctl apps": inOrder(fixed("put", "delete")), "sandbox ctl switch": inOrder(switches), "sandbox ctl clock": inOrder(fixed("real")),
	}
}

func helpSubjects(cmd *cobra.Command, _ []string) (list []string) {
	for _, c := range cmd.Root().Commands() {
		list = append(list, c.Name()+"\t"+c.Short)
	}
	return list
}

// settingValues are those of the setting that the first argument names.
func (a *app) settingValues(cmd *cobra.Command, args []string) []string {
	if list := a.flagValues()[args[0]]; list != nil {
		return list(cmd, nil)
	}
	return nil
}

func (a *app) profileNames(*cobra.Command, []string) []string {
	file, err := a.configFile()
	if err != nil {
		return nil
	}
	return file.Names()
}

func regions(*cobra.Command, []string) (list []string) {
	for _, r := range pingone.Regions() {
		list = append(list, r.Code+"\tpingone."+r.TLD)
	}
	return list
}

func responseModes(cmd *cobra.Command, _ []string) []string {
	if issuer := cmd.Flags().Lookup("issuer"); issuer != nil && issuer.Changed {
		return []string{"fragment", "form_post", "query"}
	}
	return []string{"fragment", "form_post", "pi.flow"}
}

func outputs(cmd *cobra.Command, _ []string) []string {
	return append([]string{"text", "json"}, strings.Fields(cmd.Annotations[formatsAnnotation])...)
}

func switches(*cobra.Command, []string) (list []string) {
	for _, s := range sandbox.Switches() {
		list = append(list, s.Name+"\t"+s.Does)
	}
	return list
}

func settingKeys(*cobra.Command, []string) (list []string) {
	for _, k := range config.All() {
		if _, err := config.Storable(k.Name, "x"); err == nil {
			list = append(list, k.Name+"\t"+k.Usage)
		}
	}
	return list
}

// users and clients are known of the sandbox alone.
func (a *app) users(cmd *cobra.Command, _ []string) (list []string) {
	if a.atSandbox(cmd) {
		for _, u := range sandbox.Users() {
			list = append(list, u.Username+"\t"+u.Note)
		}
	}
	return list
}

func (a *app) clients(cmd *cobra.Command, _ []string) (list []string) {
	if a.atSandbox(cmd) {
		for _, app := range sandbox.Applications() {
			list = append(list, app.ClientID+"\t"+app.Note)
		}
	}
	return list
}

// atSandbox reports whether the settings name a sandbox: that of this program, or one
// that listens on this machine.
func (a *app) atSandbox(cmd *cobra.Command) bool {
	a.global.quiet = true // a shell shows what is printed now
	s, _ := a.settings(config.Sources{Flags: cmd.Flags()})
	if s == nil {
		return false
	}
	env := s.Provider.PingOne
	return s.Provider.Sandbox || env != nil && slices.ContainsFunc([]string{"https://127.0.0.1:", "http://127.0.0.1:", "https://localhost:"},
		func(host string) bool { return strings.HasPrefix(env.AuthURL(), host) })
}
