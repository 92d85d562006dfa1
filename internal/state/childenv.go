package state

import (
	"slices"
	"strings"
)

// secretVariables hold secrets of this program. A child that needs one is given
// it by other means.
func secretVariables() []string {
	return []string{
		"IMPLICIT_PASSWORD", "IMPLICIT_NEW_PASSWORD", "IMPLICIT_SESSION_TOKEN", "IMPLICIT_TOTP_SECRET",
		"IMPLICIT_ID_TOKEN_HINT", "IMPLICIT_STATE", "IMPLICIT_NONCE", "ACCESS_TOKEN", "ID_TOKEN", "IMPLICIT_SANDBOX_CONTROL_KEY",
	}
}

// ChildEnv is the environment for a child: environ, as [os.Environ] gives it,
// without the variables that hold secrets of this program.
func ChildEnv(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.ContainsFunc(secretVariables(), func(secret string) bool { return strings.EqualFold(name, secret) })
	})
}
