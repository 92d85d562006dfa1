// Package config resolves the settings of a command: each from its flag, its
// variable, a profile or its default, parsed and checked once, with its source.
package config

import "strings"

// Key is one setting: a flag, a variable and a key of a profile.
type Key struct {
	Name    string // of the flag; a profile may write _ for -
	Alias   string // a variable that other tools for PingOne use
	Default string
	Value   string // what help shows in place of the value
	Usage   string
	Kind    Kind
}

// Kind says how a setting's flag is read.
type Kind int

// The kinds of flags. A List and Lines may be repeated; their values are joined by
// spaces, and by line breaks.
const (
	Text Kind = iota
	List
	Lines
	Switch
)

// separator joins the values of a key that may be repeated.
func (k Kind) separator() string {
	if k == Lines {
		return "\n"
	}
	return " "
}

// Env returns the setting's own variable.
func (k Key) Env() string { return "IMPLICIT_" + strings.ToUpper(strings.ReplaceAll(k.Name, "-", "_")) }

// Group is a set of keys that a command takes together.
type Group []Key

// Environment names the provider and the application.
func Environment() Group {
	return Group{
		{Name: "environment-id", Alias: "PINGONE_ENVIRONMENT_ID", Value: "UUID", Usage: "PingOne environment"},
		{Name: "region", Alias: "PINGONE_REGION_CODE", Default: "NA", Value: "CODE", Usage: "its region: NA CA EU AU SG AP, or com ca eu com.au sg asia"},
		{Name: "auth-url", Value: "URL", Usage: "base URL of the environment, such as a custom domain; instead of region and environment ID"},
		{Name: "issuer", Value: "URL", Usage: "any other OpenID provider; its endpoints come from its discovery document"},
		{Name: "client-id", Alias: "PINGONE_CLIENT_ID", Value: "ID", Usage: "application"},
		{Name: "sandbox", Kind: Switch, Usage: "use the embedded PingOne on this machine, with its first application and user"},
	}
}

// Network says how the provider is reached.
func Network() Group {
	return Group{
		{Name: "ca-cert", Value: "FILE", Usage: "additional CA certificates (PEM)"},
		{Name: "timeout", Default: "30s", Value: "DURATION", Usage: "max time for one call, including retries"},
	}
}

// Request is the content of the authorize request.
func Request() Group {
	return Group{
		{Name: "redirect-uri", Value: "URI", Usage: "registered with the application"},
		{Name: "scope", Default: "openid", Value: "SCOPE", Usage: "scopes, repeatable or space separated", Kind: List},
		{Name: "response-type", Default: "token id_token", Value: "TYPE", Usage: `"token", "id_token" or both, sent as written`},
		{Name: "response-mode", Default: "fragment", Value: "MODE", Usage: "fragment, form_post or pi.flow; query with --issuer only"},
		{Name: "method", Default: "GET", Value: "METHOD", Usage: "GET or POST"},
		{Name: "prompt", Value: "VALUE", Usage: "none or login"},
		{Name: "max-age", Value: "SECONDS", Usage: "max time since the user signed on"},
		{Name: "acr-values", Value: "NAMES", Usage: "sign-on policies, in order of preference"},
		{Name: "login-hint", Value: "NAME", Usage: "user to sign on"},
		{Name: "ui-locales", Value: "TAGS", Usage: "languages of the sign-on page"},
		{Name: "id-token-hint", Value: "FILE", Usage: "file with an earlier ID token of the user, or - for standard input; or the token in IMPLICIT_ID_TOKEN_HINT"},
		{Name: "state", Value: "VALUE", Usage: "instead of a random one; - reads it from standard input"},
		{Name: "nonce", Value: "VALUE", Usage: "instead of a random one; - reads it from standard input"},
	}
}

// Validation says how tokens are checked.
func Validation() Group {
	return Group{
		{Name: "algorithms", Value: "NAMES", Usage: "accepted signature algorithms", Kind: List},
		{Name: "clock-skew", Default: "60s", Value: "DURATION", Usage: "how far the clocks may differ"},
		{Name: "audience", Value: "NAME", Usage: "audience that the access token must have"},
		{Name: "require-scope", Value: "SCOPE", Usage: "scope that the access token must have, repeatable", Kind: List},
		{Name: "require", Value: "CLAIM=VALUE", Usage: "claim that the ID token must have, or access_token.CLAIM=VALUE; repeatable", Kind: Lines},
		{Name: "trust-audience", Value: "NAME", Usage: "another audience that an ID token may have, repeatable", Kind: Lines},
	}
}

// Credentials answer a sign-on without a browser. No secret is a flag: a process
// list shows those.
func Credentials() Group {
	return Group{
		{Name: "username", Value: "NAME", Usage: "user to sign on without a browser"},
		{Name: "password-file", Value: "FILE", Usage: "file that holds the password; or IMPLICIT_PASSWORD"},
		{Name: "password-stdin", Kind: Switch, Usage: "read the password from standard input"},
		{Name: "password-command", Value: "COMMAND", Usage: "program that prints the password; run when needed, without a shell"},
		{Name: "new-password-file", Value: "FILE", Usage: "file that holds the password to set where the sign-on asks for a new one"},
		{Name: "totp-secret-file", Value: "FILE", Usage: "file that holds the secret of an authenticator app; or IMPLICIT_TOTP_SECRET"},
		{Name: "otp-command", Value: "COMMAND", Usage: "program that prints the one-time passcode; run without a shell"},
		{Name: "device", Value: "DEVICE", Usage: "device for the second factor: its type (totp, sms, email, voice, whatsapp, push), ID or nickname"},
		{Name: "accept-agreement", Kind: Switch, Usage: "accept an agreement that the sign-on asks for"},
		{Name: "profile-data", Value: "NAME=VALUE", Kind: Lines, Usage: "attribute of the user's profile, such as name.given=Jane, repeatable"},
		{Name: "skip-mfa", Kind: Switch, Usage: "skip the second factor where the sign-on allows it"},
	}
}

// Waiting says how long to wait for the user.
func Waiting() Group {
	return Group{
		{Name: "wait", Default: "5m", Value: "DURATION", Usage: "how long to wait for the user, a push or the next passcode"},
		{Name: "no-preflight", Kind: Switch, Usage: "open the browser without trying the request first"},
	}
}

// Storage says where tokens and sessions are stored.
func Storage() Group {
	return Group{
		{Name: "store", Value: "KIND", Usage: "keyring, file, helper:NAME or none (default: keyring, else file)"},
	}
}

// All returns every setting, in the order they are shown.
func All() Group {
	return join(Environment(), Request(), Validation(), Network(), Credentials(), Waiting(), Storage())
}

func join(groups ...Group) Group {
	var all Group
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}
