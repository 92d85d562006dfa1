package words

import "strings"

// Shells returns the shells that [Assignment] knows.
func Shells() []string { return []string{"sh", "fish", "powershell"} }

// Assignment returns the line by which a shell, one of [Shells], gives the
// variable name a value, and passes it on to what it runs. value must hold no NUL, which no shell can keep.
func Assignment(shell, name, value string) string {
	switch shell {
	case "fish":
		return "set -gx " + name + " " + quoteFish(value)
	case "powershell":
		return "$env:" + name + " = " + quotePowerShell(value)
	}
	return "export " + name + "=" + QuoteSh(value)
}

// QuoteSh returns s as one word of a POSIX shell (Shell Command Language
// section 2.2.2: between single quotes every character but the quote is literal).
func QuoteSh(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// quoteFish: between single quotes a backslash escapes itself and the quote.
func quoteFish(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}

// quotePowerShell doubles the single quote and the four typographic ones that
// PowerShell reads as one.
func quotePowerShell(s string) string {
	return "'" + strings.NewReplacer("'", "''", "\u2018", "\u2018\u2018", "\u2019", "\u2019\u2019",
		"\u201a", "\u201a\u201a", "\u201b", "\u201b\u201b").Replace(s) + "'"
}

// QuoteCurl returns s as a value in a configuration file of curl, whose manual
// names these escapes: within double quotes a backslash before any other
// character is dropped.
func QuoteCurl(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\t", `\t`, "\n", `\n`, "\r", `\r`, "\v", `\v`).Replace(s) + `"`
}
