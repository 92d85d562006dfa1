package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/implicit-cli/implicit/internal/report"
	"github.com/implicit-cli/implicit/internal/state"
)

// Where a recording is written.

// sink is a form and where it goes.
type sink struct {
	reportKind
	out *state.Output // nil: standard error
}

// openSinks opens where the forms go that were asked for.
func (a *app) openSinks(kinds []reportKind) error {
	for _, kind := range kinds {
		if !kind.asked {
			continue
		}
		s, err := openSink(kind)
		if err == nil {
			a.records.sinks = append(a.records.sinks, s)
			err = a.onlyOnce(s)
		}
		if err != nil {
			a.closeSinks()
			return err
		}
	}
	return nil
}

// onlyOnce refuses two flags that name one file, of which the last would win.
func (a *app) onlyOnce(s sink) error {
	for _, other := range a.records.sinks {
		if other.name != s.name && other.out != nil && s.out != nil && s.out.Same(other.out) {
			return usagef("--%s and --%s name the same file: %s", other.name, s.name, s.file)
		}
	}
	return nil
}

// closeSinks leaves the files as they were.
func (a *app) closeSinks() {
	for _, s := range a.records.sinks {
		if s.out != nil {
			_ = s.out.Close()
		}
	}
	a.records.sinks = nil
}

// withDebug adds what the variable IMPLICIT_DEBUG asks for: a list of trace, and of
// KIND:FOLDER, in which each run gets a file of its own. A flag wins.
func (a *app) withDebug(kinds []reportKind, command string) ([]reportKind, error) {
	for _, word := range strings.FieldsFunc(a.getenv("IMPLICIT_DEBUG"), func(c rune) bool { return c == ',' }) {
		name, folder, _ := strings.Cut(word, ":")
		found := false
		for i := range kinds {
			k := &kinds[i]
			if k.name != name || k.name == "curl" || k.name == "evidence" || (k.suffix == "") != (folder == "") {
				continue
			}
			found = true
			if k.asked = true; k.suffix != "" && k.file == "" {
				k.file, k.folder = a.debugFile(folder, command, k.suffix), true
			}
		}
		if !found {
			return nil, usagef("IMPLICIT_DEBUG: expected %s; found %q", debugForms(kinds), word)
		}
	}
	return kinds, nil
}

func debugForms(kinds []reportKind) string {
	var forms []string
	for _, k := range kinds {
		switch {
		case k.suffix != "":
			forms = append(forms, k.name+":FOLDER")
		case k.name != "curl" && k.name != "evidence":
			forms = append(forms, k.name)
		}
	}
	return strings.Join(forms, ", ")
}

// debugFile is a name in folder that no other run has.
func (a *app) debugFile(folder, command, suffix string) string {
	random := make([]byte, 3)
	_, _ = io.ReadFull(a.random, random) // names differ without it too, second by second
	return filepath.Join(folder, fmt.Sprintf("implicit-%s-%s-%x%s", command, a.now().UTC().Format("20060102T150405Z"), random, suffix))
}

// openSink opens where a form goes. The error is one of usage: nothing was sent.
func openSink(k reportKind) (sink, error) {
	switch k.file {
	case "":
		return sink{k, nil}, nil
	case "-":
		return sink{}, usagef("--%s: expected the name of a file; standard output is for the result", k.name)
	}
	if k.folder {
		if err := os.MkdirAll(filepath.Dir(k.file), 0o700); err != nil {
			return sink{}, usagef("IMPLICIT_DEBUG: %w", err)
		}
	}
	out, err := state.OpenOutput(k.file)
	if err != nil {
		return sink{}, usagef("--%s: %w", k.name, err)
	}
	return sink{k, out}, nil
}

// writeSinks writes each form of its run.
func (a *app) writeSinks(err error, runFor func(sink) *report.Run) error {
	for _, s := range a.records.sinks {
		if failed := a.writeSink(s, runFor(s)); failed != nil {
			err = a.endUnwritten(err, fmt.Errorf("--%s: %w", s.name, failed))
		}
	}
	return err
}

// endUnwritten is how a command ends that could not write a file: as it ended without
// that, or else by this error.
func (a *app) endUnwritten(err, unwritten error) error {
	if err == nil {
		return unwritten
	}
	a.warn("%v", unwritten)
	return err
}

// writeSink writes one form, and takes the run's secrets out of the whole of it.
func (a *app) writeSink(s sink, run *report.Run) error {
	var b bytes.Buffer
	err := s.write(&b, run)
	if err != nil {
		if s.out != nil {
			_ = s.out.Close()
		}
		return err
	}
	text := b.String()
	if !s.own {
		text = a.scrubRecord(text)
	}
	if s.out != nil {
		if err = s.out.Write([]byte(text)); err == nil && s.after != nil {
			s.after(s.file)
		}
		return err
	}
	_, err = io.WriteString(a.errOut, text)
	return err
}

// scrubRecord takes out the secrets that were handed in, and those seen on the way.
func (a *app) scrubRecord(text string) string {
	return a.records.learned.Scrub(a.secrets.Scrub(text))
}
