package render

import "strings"

// Shells returns the shells that the env format knows how to quote for.
func Shells() []string { return []string{"sh", "fish", "powershell"} }

// assignment gives name the value in a shell. The value must hold no NUL,
// which no shell can keep.
func assignment(shell, name, value string) string {
	switch shell {
	case "fish":
		return "set -gx " + name + " " + quoteFish(value)
	case "powershell":
		return "$env:" + name + " = " + quotePowerShell(value)
	}
	return name + "=" + quoteSh(value)
}

// quoteSh follows POSIX Shell Command Language section 2.2.2: between single
// quotes everything is itself, and a single quote cannot stand.
func quoteSh(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// quoteFish: between single quotes a backslash escapes itself and the quote.
func quoteFish(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}

// quotePowerShell: a single quote is doubled, and so are the four typographic
// ones, which PowerShell takes for it.
func quotePowerShell(s string) string {
	return "'" + strings.NewReplacer("'", "''", "\u2018", "\u2018\u2018", "\u2019", "\u2019\u2019",
		"\u201a", "\u201a\u201a", "\u201b", "\u201b\u201b").Replace(s) + "'"
}

// quoteCurl writes a value for a configuration file of curl, whose manual names
// these escapes: within double quotes a backslash before any other character
// is dropped.
func quoteCurl(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\t", `\t`, "\n", `\n`, "\r", `\r`, "\v", `\v`).Replace(s) + `"`
}
