package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/implicit-cli/implicit/internal/config"
)

// A user looks for a variable, a status or a guarantee, and does not know which
// command's help has it.

// topics are help pages that belong to no command.
func topics(a *app) []*cobra.Command {
	topic := func(name, short string, text func() string) *cobra.Command {
		cmd := &cobra.Command{Use: name, Short: short}
		cmd.SetHelpFunc(func(*cobra.Command, []string) { a.help(text() + "\n") })
		return cmd
	}
	return []*cobra.Command{
		topic("environment", "The environment variables that are read", environmentTopic),
		topic("exit-codes", "What each exit status means, and what a script should do", func() string { return exitCodesTopic }),
		topic("security", "What is protected, and what is not", func() string { return securityTopic }),
	}
}

// isTopic says whether a command is a page of help alone.
func isTopic(cmd *cobra.Command) bool {
	return cmd.HasParent() && !cmd.Runnable() && !cmd.HasSubCommands()
}

func environmentTopic() string {
	var b strings.Builder
	b.WriteString(`Each setting is a flag, a variable and a key of a profile. The first of these wins: the
flag, the IMPLICIT_* variable, the profile that --profile names, the PINGONE_* variable,
the default profile. An empty variable counts as missing.

`)
	for _, k := range config.All() {
		name := k.Env()
		if k.Alias != "" {
			name += ", " + k.Alias
		}
		fmt.Fprintf(&b, "  %s\n      %s\n", name, k.Usage)
	}
	b.WriteString(`
Secrets without a flag, since other users can read the arguments of a process:

  IMPLICIT_PASSWORD
      the password, sent once
  IMPLICIT_TOTP_SECRET
      the secret of an authenticator app, base32 or otpauth://
  IMPLICIT_SESSION_TOKEN
      the session cookie for implicit resume
  IMPLICIT_SANDBOX_CONTROL_KEY
      the key of a sandbox's control API

Others:

  IMPLICIT_PROFILE
      as --profile
  IMPLICIT_DEBUG
      trace, har:DIR or report:DIR: records each command of a pipeline
  IMPLICIT_SANDBOX_CONTROL
      the address of a sandbox's control API
  NO_COLOR, CLICOLOR, CLICOLOR_FORCE, FORCE_COLOR
      NO_COLOR and CLICOLOR=0 turn colours off; CLICOLOR_FORCE and FORCE_COLOR turn them on, and 0 off
  BROWSER
      the browser to open
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY
      the proxy; never used for this machine
  KUBERNETES_EXEC_INFO
      the API version that --format exec-credential prints; kubectl sets it
  GITHUB_OUTPUT
      the file that --format github writes to; GitHub sets it

A program that implicit runs (a browser, a credential helper, a command that prints a
secret) inherits none of these secrets. A command of implicit exec gets ACCESS_TOKEN and
ID_TOKEN.`)
	return b.String()
}

const exitCodesTopic = `What a script may rely on:

  0    done
       go on
  1    something unexpected: a bug, a full disk
       report it
  2    wrong usage or settings; nothing was sent
       fix the call
  3    the server refused, or its answer cannot be used
       do not retry
  4    interactive sign-on required
       ask the user to run implicit login
  5    a token, or the response around it, failed validation
       stop; never use the token
  6    not reached, or gave up waiting
       retry later
  130, 143
       interrupted, terminated

implicit exec exits with the status of its command, or 126 or 127 when it cannot be run, as
in a shell. implicit status exits 4 when no profile has a valid token. implicit diff
--exit-code exits 1 when something differs.

With --output json an error is one JSON object on standard error, whose "kind" and "code" do
not change between versions; its wording may.`

const securityTopic = `The implicit grant is legacy: it puts tokens into a URL, and RFC 9700 section
2.1.2 advises against it. A new application should use the authorization code
grant with PKCE.

Protected:

  - A password, a passcode and a cookie are never arguments, are sent once, and
    only to the configured environment.
  - A token is printed or stored only after every check: state, nonce, signature,
    issuer, audience, times, at_hash. If one fails, the exit status is 5.
  - Stored tokens are sealed with AES-GCM; the key is in the system's keyring if
    it has one.
  - The listener is only on this machine, accepts one response, and keeps tokens
    out of the browser's history. On Linux it refuses connections of other users.
  - Records (--trace, --har, --report) hold fingerprints in place of secrets.

Not protected:

  - Anyone who can read the memory or the home directory of your user can read
    the tokens.
  - Without a keyring the key is in a file next to the tokens, which only you can
    read.
  - A browser and its extensions see the tokens, as in every implicit grant.
  - ACCESS_TOKEN of implicit exec is visible to that command and to everything
    that it runs.
  - A program that has the key of implicit proxy uses the API as you.`
