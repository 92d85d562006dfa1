package prompt

import (
	"fmt"
	"io"
	"sync"
)

// Line is the line on which a question is asked. A message in the meantime gets a line
// of its own. The zero value is ready to use, by any number of goroutines.
type Line struct {
	mu   sync.Mutex
	out  io.Writer // nil: nothing is asked
	text string
}

// show writes before, and the text of the question.
func (l *Line) show(out io.Writer, before, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.out, l.text = out, text
	fmt.Fprint(out, before, text)
}

func (l *Line) end(out io.Writer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.out = nil
	fmt.Fprintln(out)
}

// Aside runs say, which writes a message of whole lines, and shows the question again.
func (l *Line) Aside(say func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.out == nil {
		say()
		return
	}
	fmt.Fprintln(l.out)
	say()
	fmt.Fprint(l.out, l.text)
}
