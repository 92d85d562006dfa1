package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// entry is what help lists of a command, and how the whole of it is made. A test
// compares the two.
type entry struct {
	name, short, group string
	build              func(*app) *cobra.Command
}

func commands() []entry {
	return []entry{
		{"login", "Sign on and get validated tokens", "signon", newLoginCmd},
		{"token", "Print a valid access token, for scripts", "signon", newTokenCmd},
		{"exec", "Run a command with the tokens in its environment", "signon", newExecCmd},
		{"proxy", "Add a fresh token to the requests of other programs", "signon", newProxyCmd},
		{"status", "Show the stored tokens of every profile", "signon", newStatusCmd},
		{"logout", "Remove the stored tokens of a profile", "signon", newLogoutCmd},
		{"authorize", "Send only the authorize request", "steps", newAuthorizeCmd},
		{"flow", "Show a sign-on flow, or send one action of it", "steps", newFlowCmd},
		{"resume", "Exchange a completed flow for the tokens", "steps", newResumeCmd},
		{"parse", "Parse a pasted redirect URL", "tokens", newParseCmd},
		{"verify", "Validate a token or a redirect URL, check by check", "tokens", newVerifyCmd},
		{"decode", "Show the header and claims of a token, unverified", "tokens", newDecodeCmd},
		{"replay", "Validate a recorded sign-on again, offline", "tokens", newReplayCmd},
		{"diff", "Compare two tokens, results or recordings", "tokens", newDiffCmd},
		{"userinfo", "Get the user's claims from userinfo", "tokens", newUserInfoCmd},
		{"doctor", "Find out what keeps a sign-on from working, and what to change", "setup", newDoctorCmd},
		{"config", "Show settings and where they come from; manage profiles", "setup", newConfigCmd},
		{"sandbox", "Run the embedded PingOne as a server", "setup", newSandboxCmd},
		{"completion", "Print the shell completion script", "setup", newCompletionCmd},
		{"version", "Print the version", "setup", newVersionCmd},
	}
}

// addCommands adds every command, and makes those that the command line may run:
// making all takes longer than most commands run. The others have only what the
// root's help lists.
func addCommands(a *app, root *cobra.Command, args []string) {
	completing := len(args) > 0 && strings.HasPrefix(args[0], "__complete")
	for _, e := range commands() {
		if completing || slices.Contains(args, e.name) {
			root.AddCommand(e.build(a))
		} else {
			root.AddCommand(e.outline())
		}
	}
	for _, cmd := range root.Commands() {
		settleArgs(cmd)
	}
	if completing {
		addCompletion(a, root)
	}
}

// outline is the command as the root's help lists it. It is never run: a command line
// that runs a command has its name.
func (e entry) outline() *cobra.Command {
	return &cobra.Command{Use: e.name, Short: e.short, GroupID: e.group, Run: func(*cobra.Command, []string) {}}
}
