package main

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/internal/words"
)

// sandboxPanel shows a user at a terminal what to type where. Lines to be
// copied are not wrapped.
func (a *app) sandboxPanel(s sandbox.Settings, files sandboxFiles, tenant []string) {
	style := a.style()
	heading := func(text string) { fmt.Fprintf(a.out, "\n%s\n", style.Bold(text)) }
	fmt.Fprintf(a.out, "%s %s\n", style.Bold("PingOne sandbox at"), s.AuthURL)
	for _, other := range s.Environments {
		fmt.Fprintf(a.out, "%s %s\n", style.Bold("              and"), other.AuthURL)
	}

	heading("In another terminal")
	for _, line := range a.sandboxCommands(s, files.env) {
		fmt.Fprintln(a.out, "  "+line)
	}
	heading("In an application")
	rows := [][2]string{{"issuer", s.Issuer}, {"client ID", s.ClientID}, {"redirect URI", s.RedirectURI + anyPort(s.RedirectURI)}}
	if s.CACert != "" {
		rows = append(rows, [2]string{"CA", words.Text(s.CACert)})
	}
	style.Rows(a.out, rows)

	if s.Control != nil {
		heading("To change it while it runs")
		style.Rows(a.out, [][2]string{{"control", s.Control.URL}, {"commands", "implicit sandbox ctl --help"}})
	}
	heading("Users and passwords")
	list := "implicit sandbox list users"
	for _, file := range tenant {
		list += " --tenant " + quoted(file)
	}
	var users [][2]string
	for _, u := range panelUsers(s.Users, len(tenant) == 0) {
		users = append(users, [2]string{words.Text(u.Username), words.Text(strings.TrimSpace(u.Password + "  " + u.Note))})
	}
	style.Rows(a.out, append(users, [2]string{"all", words.Text(list)}))
	if s.CACert != "" {
		fmt.Fprintln(a.out)
		style.Paragraph(a.out, "Browsers warn about the certificate: continue, or use --http.")
	}
}

// panelUsers are the first ones of a tenant file; of the built-in users those that sign
// on in the usual ways.
func panelUsers(all []sandbox.User, builtIn bool) []sandbox.User {
	if !builtIn {
		return all[:min(len(all), 3)]
	}
	return slices.DeleteFunc(slices.Clone(all), func(u sandbox.User) bool {
		return u.Username != "plain" && u.Username != "totp" && u.Username != "sms"
	})
}

// anyPort says of a redirect URI on loopback without a port that every port matches.
func anyPort(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Port() != "" {
		return ""
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
		return " (any port)"
	}
	return ""
}

// sandboxCommands are a first login and a first request by curl. Windows lets no
// PowerShell script run unless that was allowed, and its PowerShell has another curl.
func (a *app) sandboxCommands(s sandbox.Settings, env string) []string {
	source, variable, curl := "source "+words.Text(quoted(env)), "$", "curl "
	if strings.HasSuffix(env, powerShell) {
		source, variable = "Get-Content -Raw "+words.Text(quoted(env))+" | Invoke-Expression", "$env:"
	}
	if a.goos == "windows" {
		curl = "curl.exe "
	}
	if s.CACert != "" {
		curl += `--cacert "` + variable + `IMPLICIT_CA_CERT" `
	}
	return []string{source, "implicit login", curl + `"` + variable + `IMPLICIT_AUTH_URL/as/jwks"`}
}
