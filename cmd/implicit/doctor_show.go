package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/doctor"
	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/render"
	"github.com/implicit-cli/implicit/internal/words"
)

// showDoctor prints the report; run is nil where the settings kept everything else
// from being tried.
func (a *app) showDoctor(report doctor.Report, flags *pflag.FlagSet, o doctorOptions, run *doctor.Run) error {
	for i := range report.Findings {
		f := &report.Findings[i]
		for _, text := range []*string{&f.Tried, &f.Saw, &f.Change} {
			*text = a.secrets.Scrub(*text)
		}
	}
	var err error
	switch a.global.output {
	case "json":
		err = words.JSON(a.out, report)
	case "junit":
		err = report.JUnit(a.out)
	default:
		a.doctorText(report, flags, o, run)
	}
	if err == nil && report.Exit != 0 {
		err = &silentError{report.Exit}
	}
	return err
}

func (a *app) doctorText(report doctor.Report, flags *pflag.FlagSet, o doctorOptions, run *doctor.Run) {
	w, style := io.Writer(cleaned{a}), a.style()
	style.Paragraph(w, doctorVerdict(style, report))
	if o.checks {
		eachFinding(w, style, report)
	} else if !a.global.quiet {
		fmt.Fprintln(w)
		style.Rows(w, append(patient(run), hopRows(report)...))
	}
	for _, f := range report.Findings {
		if f.Status == doctor.Failed || f.Status == doctor.Warning && (report.Exit == 0 || o.checks) && !a.global.quiet {
			findingInFull(w, style, f, o.checks)
		}
	}
	if next := nextOfDoctor(report, flags, run); next != "" && !a.global.quiet {
		fmt.Fprintf(w, "\nNext: %s\n", style.Bold(next))
	}
}

// doctorVerdict is the first line.
func doctorVerdict(style render.Style, report doctor.Report) string {
	for _, f := range report.Findings {
		if f.Status == doctor.Failed {
			return style.Bad(class(f.Exit) + ": " + f.Name)
		}
	}
	if signedOn(report) {
		return style.Good("An implicit sign-on works here")
	}
	return style.Good("Nothing found that keeps an implicit sign-on from working")
}

// class says what an exit status means for a sign-on.
func class(exit int) string {
	switch exit {
	case fault.ExitUsage:
		return "The settings cannot be used"
	case fault.ExitInvalid:
		return "Tokens from here cannot be trusted"
	case fault.ExitUnreachable:
		return "The provider gives no usable answer now"
	}
	return "An implicit sign-on does not work here"
}

func signedOn(report doctor.Report) bool {
	for _, f := range report.Findings {
		if f.Name == "sign_on" && f.Status == doctor.OK {
			return true
		}
	}
	return false
}

// statuses are the words for the statuses, in the order in which a row has them.
var statuses = [...]struct {
	status doctor.Status
	words  string
}{{doctor.Failed, "failed"}, {doctor.Warning, "warning"}, {doctor.OK, "ok"}, {doctor.CouldNotTell, "could not tell"}, {doctor.Skipped, "skipped"}}

// patient names what was checked.
func patient(run *doctor.Run) [][2]string {
	if run == nil {
		return nil
	}
	return [][2]string{{"issuer", words.Text(run.Issuer())}, {"client", words.Text(run.Settings.ClientID)}}
}

// hopRows has a row for each hop: the names of its findings by their status.
func hopRows(report doctor.Report) (rows [][2]string) {
	for _, hop := range doctor.Hops() {
		var parts []string
		for _, s := range statuses {
			var names []string
			for _, f := range report.Findings {
				if f.Hop == hop && f.Status == s.status {
					names = append(names, f.Name)
				}
			}
			if names != nil {
				parts = append(parts, s.words+": "+strings.Join(names, ", "))
			}
		}
		rows = append(rows, [2]string{strings.ReplaceAll(string(hop), "_", "-"), strings.Join(parts, "; ")})
	}
	return rows
}

// eachFinding lists every finding with what it saw.
func eachFinding(w io.Writer, style render.Style, report doctor.Report) {
	for _, hop := range doctor.Hops() {
		var rows [][2]string
		for _, f := range report.Findings {
			if f.Hop == hop {
				rows = append(rows, [2]string{f.Name, statusWords(f.Status) + ": " + shown(f.Saw)})
			}
		}
		if rows != nil {
			fmt.Fprintf(w, "\n%s\n", style.Bold(strings.ReplaceAll(string(hop), "_", "-")))
			style.Rows(w, rows)
		}
	}
}

func statusWords(status doctor.Status) string {
	for _, s := range statuses {
		if s.status == status {
			return s.words
		}
	}
	return string(status)
}

// findingInFull shows what failed, or should be known. The address is not wrapped,
// so that a terminal can open it.
func findingInFull(w io.Writer, style render.Style, f doctor.Finding, tried bool) {
	mark := style.Bold("WARNING")
	if f.Status == doctor.Failed {
		mark = style.Bad("FAILED")
	}
	fmt.Fprintf(w, "\n%s  %s\n", mark, f.Name)
	rows := [][2]string{{"saw", shown(f.Saw)}, {"change", shown(f.Change)}}
	if tried {
		rows = append([][2]string{{"tried", shown(f.Tried)}}, rows...)
	}
	style.Rows(w, rows)
	if f.Status == doctor.Failed {
		width := len("see")
		for _, r := range rows {
			if r[1] != "" {
				width = max(width, len(r[0]))
			}
		}
		fmt.Fprintf(w, "  %-*s  %s\n", width, "see", f.Page)
	}
}

// shown is a text that may quote the network, on one line and unable to drive a
// terminal.
func shown(text string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\n':
			return ' '
		case words.Drives(c):
			return '\uFFFD'
		}
		return c
	}, text)
}

// nextOfDoctor is the one command that follows.
func nextOfDoctor(report doctor.Report, flags *pflag.FlagSet, run *doctor.Run) string {
	switch {
	case run == nil && strings.HasPrefix(report.Findings[0].Change, "implicit config init"):
		return "implicit config init"
	case run == nil:
		return ""
	case report.Exit != 0 && flags.Changed(checksFlag):
		return ""
	case report.Exit != 0:
		return again("doctor --checks", flags)
	case run.Service == nil && run.PingOne() != nil:
		return again("doctor", flags) + " --username NAME --password-file FILE"
	}
	return again("login", flags)
}

// doctorProgress shows on a terminal which checks are running; clear ends it.
func (a *app) doctorProgress() (progress func(running []string), clear func()) {
	if !a.errTerminal || a.global.quiet || a.global.output != "text" || a.getenv("TERM") == "dumb" {
		return nil, func() {}
	}
	width := cmp.Or(a.errStyle().Width, 80)
	progress = func(running []string) {
		if len(running) == 0 {
			return
		}
		line := []rune("looking at: " + strings.Join(running, ", "))
		fmt.Fprintf(a.errOut, "\r\x1b[K%s", string(line[:min(len(line), width-1)]))
	}
	return progress, func() { _, _ = io.WriteString(a.errOut, "\r\x1b[K") }
}
