package doctor

import (
	"github.com/implicit-cli/implicit/internal/fault"
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
	if unsent(err) {
		known.Message = text(err)
	}
	return f.fail(exit, known.Message, change)
}

func (f Finding) skip(why string) Finding {
	f.Status, f.Saw = Skipped, why
	return f
}

func (f Finding) unknown(why string) Finding {
	f.Status, f.Saw = CouldNotTell, why
	return f
}
