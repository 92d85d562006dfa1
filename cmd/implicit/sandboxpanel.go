package main

import (
	"fmt"
	"strings"

	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/internal/words"
)

// sandboxPanel shows a user at a terminal what to type where. Lines to be
// copied are not wrapped.
func (a *app) sandboxPanel(s sandbox.Settings, files sandboxFiles) {
	style := a.style()
	heading := func(text string) { fmt.Fprintf(a.out, "\n%s\n", style.Bold(text)) }
	fmt.Fprintf(a.out, "%s %s\n", style.Bold("PingOne sandbox at"), s.AuthURL)
	for _, other := range s.Environments {
		fmt.Fprintf(a.out, "%s %s\n", style.Bold("              and"), other.AuthURL)
	}

	heading("In another terminal")
	for _, line := range sandboxCommands(s, files.env) {
		fmt.Fprintln(a.out, "  "+line)
	}
	heading("In an application")
	rows := [][2]string{{"issuer", s.Issuer}, {"client ID", s.ClientID}, {"redirect URI", s.RedirectURI + " (any port)"}}
	if s.CACert != "" {
		rows = append(rows, [2]string{"CA", words.Text(s.CACert)})
	}
	style.Rows(a.out, rows)

	if s.Control != nil {
		heading("To change it while it runs")
		style.Rows(a.out, [][2]string{{"control", s.Control.URL}, {"commands", "implicit sandbox ctl --help"}})
	}
	heading("Users and passwords")
	var users [][2]string
	for _, u := range s.Users {
		switch u.Username {
		case "plain", "totp", "sms":
			users = append(users, [2]string{u.Username, u.Password + "  " + u.Note})
		}
	}
	style.Rows(a.out, append(users, [2]string{"all", "implicit sandbox list users"}))
	if s.CACert != "" {
		fmt.Fprintln(a.out)
		style.Paragraph(a.out, "Browsers warn about the certificate: continue, or use --http.")
	}
}

// sandboxCommands are a first login and a first request by curl.
func sandboxCommands(s sandbox.Settings, env string) []string {
	source, variable := "source", func(name string) string { return "$" + name }
	if strings.HasSuffix(env, powerShell) {
		source, variable = ".", func(name string) string { return "$env:" + name }
	}
	curl := "curl "
	if s.CACert != "" {
		curl += `--cacert "` + variable("IMPLICIT_CA_CERT") + `" `
	}
	return []string{source + " " + words.Text(quoted(env)), "implicit login", curl + `"` + variable("IMPLICIT_AUTH_URL") + `/as/jwks"`}
}
