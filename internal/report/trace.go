package report

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// TraceOptions say where a trace is shown.
type TraceOptions struct {
	Color bool
	Width int // in columns; 0: 80

	// Clean takes the run's secrets out of a value, and what drives a terminal. It is
	// called before lines are wrapped: a secret on two lines would not be found. nil:
	// for a terminal only.
	Clean func(string) string
}

// Trace writes a few lines for each hop: what was sent (>), what was received (<), over
// which connection, and what took how long.
func Trace(w io.Writer, run *Run, o TraceOptions) error {
	if o.Width == 0 {
		o.Width = 80
	}
	if o.Clean == nil {
		o.Clean = (*words.Scrubber)(nil).Clean
	}
	var b strings.Builder
	for i, e := range run.Recording.Entries {
		t := hop{entry: &e}
		t.describe()
		if i > 0 {
			b.WriteByte('\n')
		}
		o.write(&b, i+1, t)
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	for _, line := range o.layOut("", "", []rune(o.line(summary(run)))) {
		fmt.Fprintln(&b, o.paint("1", line))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// row is a line of a hop, or several where its value is long.
type row struct {
	mark  string // ">", "<", "!" or nothing
	name  string // empty: the value takes the whole width
	value string
}

// maxValue is how many characters of a value are shown.
const maxValue = 4000

// maxName is the width up to which names align.
const maxName = 24

func (o TraceOptions) write(b *strings.Builder, number int, t hop) {
	fmt.Fprintln(b, o.paint("1", fmt.Sprintf("%2d  %s", number, o.line(t.title()))))
	width := 0
	for _, r := range t.rows {
		if n := utf8.RuneCountInString(r.name); n <= maxName {
			width = max(width, n)
		}
	}
	for _, r := range t.rows {
		for _, text := range o.wrap(r, width) {
			fmt.Fprintln(b, o.paint(colour(r.mark), text))
		}
	}
}

// line makes one line of a value.
func (o TraceOptions) line(value string) string {
	return strings.ReplaceAll(o.Clean(strings.ReplaceAll(value, "\n", " ")), "\n", " ")
}

// wrap lays a row out in lines of the width, at spaces where there are any.
func (o TraceOptions) wrap(r row, width int) (lines []string) {
	head := fmt.Sprintf("%2s  ", r.mark)
	if r.name != "" {
		name := []rune(o.line(r.name))
		if len(name) > 2*maxName {
			name = append(name[:2*maxName-1:2*maxName-1], '…')
		}
		head += fmt.Sprintf("%-*s  ", width, string(name))
	}
	indent := strings.Repeat(" ", min(utf8.RuneCountInString(head), o.Width/2))
	rest := []rune(o.line(r.value))
	if more := len(rest) - maxValue; more > 0 {
		rest = append(rest[:maxValue:maxValue], []rune(fmt.Sprintf("… and %d characters more", more))...)
	}
	return o.layOut(head, indent, rest)
}

// layOut breaks a text into lines of the width, the first behind head and the others
// behind indent.
func (o TraceOptions) layOut(head, indent string, rest []rune) (lines []string) {
	for {
		room := max(o.Width-utf8.RuneCountInString(head), 8)
		if len(rest) <= room {
			return append(lines, strings.TrimRight(head+string(rest), " "))
		}
		at := breakAt(rest, room)
		lines = append(lines, strings.TrimRight(head+string(rest[:at]), " "))
		for at < len(rest) && rest[at] == ' ' {
			at++
		}
		rest, head = rest[at:], indent
	}
}

// breakAt finds where a line may end: at a space, else behind a sign of an address.
func breakAt(text []rune, room int) int {
	for i := room; i > room/2; i-- {
		if text[i] == ' ' {
			return i
		}
	}
	for i := room; i > room/2; i-- {
		if strings.ContainsRune("/?&,", text[i-1]) {
			return i
		}
	}
	return room
}

func colour(mark string) string {
	switch mark {
	case ">":
		return "36"
	case "<":
		return ""
	case "!":
		return "1;31"
	}
	return "2"
}

func (o TraceOptions) paint(code, text string) string {
	if !o.Color || code == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// summary is the last line: how many hops and checks, and how it ended.
func summary(run *Run) string {
	n := len(run.Recording.Entries)
	text := fmt.Sprintf("%d hops in %s", n, took(run.Ended.Sub(run.Recording.Started)))
	if n == 1 {
		text = "1 hop" + strings.TrimPrefix(text, "1 hops")
	}
	passed, failed := 0, []string{}
	for _, c := range run.Checks {
		switch c.Status {
		case implicit.StatusPass:
			passed++
		case implicit.StatusFail:
			failed = append(failed, c.Name)
		}
	}
	if len(run.Checks) > 0 {
		text += fmt.Sprintf("; %d checks passed, %d failed", passed, len(failed))
	}
	if len(failed) > 0 {
		text += ": " + strings.Join(failed, ", ")
	}
	if run.Verdict.Exit != 0 {
		text += fmt.Sprintf("; exit status %d", run.Verdict.Exit)
	}
	return text
}

// took is a duration as precise as it matters.
func took(d time.Duration) string {
	switch {
	case d < 0:
		return "?"
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	case d < 10*time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
