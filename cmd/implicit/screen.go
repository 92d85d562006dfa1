package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/credstore"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/render"
	"github.com/implicit-cli/implicit/internal/session"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// After a login the user wants to know who, what, until when, and what to run next.

const checksFlag = "checks"

func addChecksFlag(fs *pflag.FlagSet) { fs.Bool(checksFlag, false, "list every check") }

// showLogin prints the outcome of a login, valid or not; out is nil where there is
// none. It returns what is still to be reported of err.
func (a *app) showLogin(s *login.Service, fs *pflag.FlagSet, out *login.Outcome, err error) error {
	if out == nil {
		return err
	}
	view := render.Login{Result: out.Result, UserInfo: out.UserInfo, Issuer: out.Issuer,
		ClientID: out.Request.ClientID, Now: a.now(), Secrets: a.global.showSecrets}
	switch {
	case a.json():
		a.warnings = out.Result.Warnings
		return errors.Join(err, view.JSON(a.out))
	case a.global.quiet:
		return err
	}
	w := io.Writer(cleaned{a})
	if a.global.showSecrets {
		w = a.out
	}
	view.Text(w, a.style(), storedIn(out, s.Store))
	if listed, _ := fs.GetBool(checksFlag); listed {
		fmt.Fprintln(w)
		render.Checks(w, a.style(), out.Result.Checks)
	}
	a.warnOf(out.Result)
	a.showNext(w, s.Settings, fs, out)
	return a.shown(err)
}

// storedIn says where the tokens are.
func storedIn(out *login.Outcome, store *session.Store) string {
	if !out.Stored || store == nil {
		return ""
	}
	switch kind := store.Sealed.Kind(); {
	case store.Fallback != "":
		return store.Fallback
	case kind == credstore.None:
		return ""
	case kind == "keyring":
		return "in sealed files; their key is in the system's keyring"
	case kind == "file":
		return "in sealed files; their key is in a file next to them"
	default:
		return "by " + kind
	}
}

// showNext names the one command that follows.
func (a *app) showNext(w io.Writer, s *config.Settings, fs *pflag.FlagSet, out *login.Outcome) {
	next, why := "", ""
	again := func(command string) string { return again(command, fs) }
	repeatable := fs.Lookup("via") != nil && !fs.Changed(checksFlag) // a flow is resumed once
	switch {
	case !out.Result.Valid() && repeatable:
		next, why = again("login --checks"), "each check"
	case !out.Result.Valid():
	case s.Provider.Sandbox:
		fmt.Fprintln(w)
		a.style().Paragraph(w, "This was the embedded PingOne, which stopped when the command ended.")
		next, why = "implicit config init", "for your own environment"
	case !out.Stored || s.Store == credstore.None:
		next, why = again("login -o json"), "prints the tokens; nothing is stored"
	case !slices.Contains(strings.Fields(out.Request.ResponseType), "token"):
		next = again("token --id-token")
	default:
		next = again("token")
	}
	if next != "" {
		if width := a.style().Width; width > 0 && len("Next: "+next+"  # "+why) > width {
			why = "" // the command matters
		}
		if why != "" {
			why = a.style().Dim("  # " + why)
		}
		fmt.Fprintf(w, "\nNext: %s%s\n", a.style().Bold(next), why)
	}
}

// again is a command that finds the same login: with the flags that this one had.
// Those that hold a secret or are for one request only are left out.
func again(command string, fs *pflag.FlagSet) string {
	args := []string{"implicit", command}
	fs.Visit(func(f *pflag.Flag) {
		setting := slices.ContainsFunc(config.All(), func(k config.Key) bool { return k.Name == f.Name })
		once := slices.Contains([]string{"state", "nonce", "id-token-hint", "prompt", "password-stdin"}, f.Name)
		way := (f.Name == "via" || f.Name == "switch") && strings.HasPrefix(command, "login")
		if f.Name != "profile" && f.Name != config.ParamFlag && !way && (!setting || once) {
			return
		}
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, value := range values {
			switch f.NoOptDefVal {
			case "":
				args = append(args, "--"+f.Name, quoted(value))
			case value:
				args = append(args, "--"+f.Name)
			default:
				args = append(args, "--"+f.Name+"="+value)
			}
		}
	})
	return strings.Join(args, " ")
}

// quoted leaves a word of letters, digits and plain signs as it is.
func quoted(value string) string {
	plain := func(c rune) bool {
		return c < '~' && (c >= '@' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '+' && c <= ':' || c == '_')
	}
	if value != "" && !strings.ContainsFunc(value, func(c rune) bool { return !plain(c) }) {
		return value
	}
	return words.QuoteSh(value)
}

// shown shortens the error of a failed check that has been printed in full with
// the result, where both are on the same screen.
func (a *app) shown(err error) error {
	var failed *implicit.VerifyError
	if a.json() || a.outTerminal != a.errTerminal || !errors.As(err, &failed) {
		return err
	}
	return &shownError{err, failed.Check.Name}
}

type shownError struct {
	error
	check string
}

func (e *shownError) Error() string { return "validation failed: " + e.check }
func (e *shownError) Unwrap() error { return e.error }
