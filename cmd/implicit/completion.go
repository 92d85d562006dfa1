package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// A user wants the Tab key to work, once and then in each new shell.

func newCompletionCmd(a *app) *cobra.Command {
	cmd := group("completion", "Print the shell completion script", `Print the script that lets a shell complete commands, flags and their values.

Exit status: 0 printed, 2 unknown shell.`)
	cmd.GroupID = "setup"
	for _, s := range []struct {
		shell, once, always string
		print               func(root *cobra.Command, w io.Writer, describe bool) error
	}{
		{"bash", "source <(implicit completion bash)", "echo 'source <(implicit completion bash)' >>~/.bashrc", bashCompletion},
		{"zsh", "source <(implicit completion zsh)", "echo 'autoload -U compinit; compinit; source <(implicit completion zsh)' >>~/.zshrc", zshCompletion},
		{"fish", "implicit completion fish | source", "implicit completion fish >~/.config/fish/completions/implicit.fish", (*cobra.Command).GenFishCompletion},
		{"powershell", "implicit completion powershell | Out-String | Invoke-Expression",
			"echo 'implicit completion powershell | Out-String | Invoke-Expression' >>$PROFILE", powershellCompletion},
	} {
		var bare bool
		sub := &cobra.Command{
			Use:   s.shell + " [flags]",
			Short: "Print the script for " + s.shell,
			Long: fmt.Sprintf(`Print the script that lets %s complete commands, flags and their values.
The first example is for this shell, the second for each new one.

Exit status: 0 printed, 2 wrong usage.`, s.shell),
			Example: "  $ " + s.once + "\n  $ " + s.always,
			Args:    cobra.NoArgs,
			RunE:    func(cmd *cobra.Command, _ []string) error { return s.print(cmd.Root(), a.out, !bare) },
		}
		sub.Flags().BoolVar(&bare, "no-descriptions", false, "values only, without descriptions")
		cmd.AddCommand(sub)
	}
	return cmd
}

// bashWords is what Cobra's script takes from the package bash-completion, for a
// shell without it.
const bashWords = `if ! declare -F _get_comp_words_by_ref >/dev/null; then
_get_comp_words_by_ref() {
    local line=${COMP_LINE:0:COMP_POINT}
    read -ra words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=('')
    cword=$((${#words[@]} - 1))
    cur=${words[cword]} prev=${words[cword-1]}
}
fi

`

func bashCompletion(root *cobra.Command, w io.Writer, describe bool) error {
	if _, err := io.WriteString(w, bashWords); err != nil {
		return err
	}
	return root.GenBashCompletionV2(w, describe)
}

func zshCompletion(root *cobra.Command, w io.Writer, describe bool) error {
	if describe {
		return root.GenZshCompletion(w)
	}
	return root.GenZshCompletionNoDesc(w)
}

func powershellCompletion(root *cobra.Command, w io.Writer, describe bool) error {
	if describe {
		return root.GenPowerShellCompletionWithDesc(w)
	}
	return root.GenPowerShellCompletion(w)
}
