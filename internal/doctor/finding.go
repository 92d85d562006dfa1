package doctor

import (
	"errors"
	"fmt"
	"strings"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// A probe begins a finding with Name, Hop and Tried, and ends it with one of these.

func (f Finding) ok(saw string) Finding {
	f.Status, f.Saw = OK, saw
	return f
}

func (f Finding) warn(saw, change string) Finding {
	f.Status, f.Saw, f.Change = Warning, saw, change
	return f
}

func (f Finding) fail(exit int, saw, change string) Finding {
	f.Status, f.Exit, f.Saw, f.Change = Failed, exit, saw, change
	return f
}

// failAs takes exit status, text and, where change is empty, the remedy from err.
func (f Finding) failAs(err error, change string) Finding {
	known := fault.Of(err, fault.Context{PingOne: true})
	if change == "" {
		change = known.Hint
	}
	exit := known.Exit
	if exit == fault.ExitUnexpected {
		exit = fault.ExitRefused
	}
	return f.fail(exit, brief(err, known.Message), change)
}

// brief leaves out what PingOne says with every error: the first detail says more.
func brief(err error, message string) string {
	var platform *pingone.Error
	switch {
	case unsent(err):
		return text(err)
	case errors.As(err, &platform) && len(platform.Details) > 0:
		headline, _, _ := strings.Cut(message, `: "`)
		return fmt.Sprintf("%s: %q", headline, platform.Details[0].Message)
	}
	return message
}

func (f Finding) skip(why string) Finding {
	f.Status, f.Saw = Skipped, why
	return f
}

func (f Finding) unknown(why string) Finding {
	f.Status, f.Saw = CouldNotTell, why
	return f
}
